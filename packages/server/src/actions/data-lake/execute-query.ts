import { tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { visibleTables } from './data-lake-access.ts';

/** Starts a query and returns at once. */
export const executeQuery = defineChange({
  name: 'EXECUTE_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z.strictObject({
      sql: z.string().min(1, 'must not be empty').max(65_536, 'at most 65,536 characters'),
      databaseName: z.string().max(256).nullish(),
    }),
  }),
  async run({ transactor, caller, now, services, annotate, afterCommit }, { input }) {
    const database = (input.databaseName ?? 'panther_logs').toLowerCase().replace(/\.public$/, '');
    if (!services.lakeTables.some((table) => table.database === database)) {
      throw new ActionError('NOT_FOUND', `There is no database ${input.databaseName}`, {
        field: 'input.databaseName',
      });
    }
    const id = services.newId();
    await transactor
      .insertInto('lake_queries')
      .values({
        id,
        sql: input.sql,
        database_name: database,
        issued_by: actorReference(caller) ?? 'SYSTEM',
        started_at: now,
        cancelled_at: null,
      })
      .execute();
    annotate.details({ queryId: id });
    const tables = visibleTables(services.lakeTables, caller).map(tableKey);
    afterCommit(() => services.queries.start({ id, sql: input.sql, database, tables, now }));
    return { id };
  },
});
