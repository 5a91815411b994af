import { tableKey } from '@pawprint/lake';
import * as z from 'zod';
import { defineChange } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { requireSavedQuery, scheduleOf } from './saved-query.ts';

/** The instance runs a saved query for a time at which it was due. That time is the query's present. */
export const runScheduledQuery = defineChange({
  name: 'EXECUTE_DATA_LAKE_QUERY',
  requires: 'system',
  input: z.strictObject({
    savedQueryId: z.string(),
    scheduledFor: z.string(),
    /** From 1. */
    attempt: z.int(),
    /** Times that were due before and are passed over. */
    missedRuns: z.int(),
  }),
  async run(
    { transactor, now, services, annotate, afterCommit },
    { savedQueryId, scheduledFor, attempt, missedRuns },
  ) {
    const {
      name,
      sql,
      database_name: database,
      ...row
    } = await requireSavedQuery(transactor, savedQueryId, 'savedQueryId');
    const schedule = scheduleOf(row);
    if (schedule === null || row.scheduled_from === null) {
      throw new ActionError('CONFLICT', `The query ${name} is not scheduled any more`, {
        field: 'savedQueryId',
      });
    }
    const id = services.newId();
    const issuedBy = 'SYSTEM';
    await transactor
      .insertInto('lake_queries')
      .values({
        id,
        sql,
        database_name: database,
        issued_by: issuedBy,
        started_at: now,
        cancelled_at: null,
        kind: 'scheduled',
        saved_query_id: savedQueryId,
        name,
        scheduled_for: scheduledFor,
        attempt,
      })
      .execute();
    await transactor
      .updateTable('saved_queries')
      .set({ last_scheduled_at: scheduledFor })
      .where('id', '=', savedQueryId)
      .execute();
    annotate.details({ queryId: id, name, ...(missedRuns > 0 && { missedRuns }) });
    const tables = services.lakeTables.map(tableKey);
    const limits = { timeMs: schedule.timeoutMinutes * 60_000 };
    afterCommit(() =>
      services.queries.start({ id, sql, database, issuedBy, tables, now: scheduledFor, limits }),
    );
    return { id, name };
  },
});
