import { tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { instanceLimits } from '../../access/query-limits.ts';
import type { LakeQueryKind } from '../../store/tables.ts';
import { type ChangeContext, defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import type { Services } from '../services.ts';
import { type CallerLimits, callerLimits } from './caller-limits.ts';
import { visibleTables } from './data-lake-access.ts';
import { queryText, requireLakeDatabase } from './query-text.ts';

/** Starts a query and returns at once. */
export const executeQuery = defineChange({
  name: 'EXECUTE_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z.strictObject({
      sql: queryText,
      databaseName: z.string().max(256).nullish(),
    }),
  }),
  async run(context, { input }) {
    const database = requireLakeDatabase(context.services, input.databaseName);
    return startQuery(context, { sql: input.sql, database, kind: 'ad_hoc' });
  },
});

/**
 * Keeps a query in the history and starts it, over what the caller may read.
 * @throws ActionError RATE_LIMITED.
 */
export async function startQuery(
  { transactor, caller, now, services, annotate, afterCommit }: ChangeContext,
  { sql, database, kind }: { readonly sql: string; readonly database: string; readonly kind: LakeQueryKind },
): Promise<{ readonly id: string }> {
  const issuedBy = actorReference(caller) ?? 'SYSTEM';
  const given = callerLimits(caller);
  requireFreeTurn(services, issuedBy, given);
  const id = services.newId();
  await transactor
    .insertInto('lake_queries')
    .values({
      ...{ id, sql, kind },
      database_name: database,
      issued_by: issuedBy,
      started_at: now,
      cancelled_at: null,
    })
    .execute();
  annotate.details({ queryId: id });
  const tables = visibleTables(services.lakeTables, caller).map(tableKey);
  afterCommit(() => services.queries.start({ ...given, id, sql, database, issuedBy, tables, now }));
  return { id };
}

/** So that nobody takes all the turns. @throws ActionError RATE_LIMITED. */
function requireFreeTurn(
  { queries }: Services,
  issuedBy: string,
  { concurrentQueries, limitsOrigin }: CallerLimits,
): void {
  if (queries.running(issuedBy) < concurrentQueries) return;
  throw new ActionError(
    'RATE_LIMITED',
    concurrentQueries === instanceLimits.concurrentQueries
      ? `You have ${concurrentQueries} queries running; wait for one to end, or cancel one`
      : `You may have at most ${concurrentQueries} running at once; wait for a query to end, or cancel one. ${limitsOrigin}`,
  );
}
