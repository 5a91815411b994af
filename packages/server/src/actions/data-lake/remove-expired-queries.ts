import * as z from 'zod';
import { defineChange } from '../action.ts';

/** Days for which the history of queries goes back, and their results are kept. */
export const queryDaysMax = 30;

/** Queries removed in one go. */
const batchMax = 1_000;

/**
 * Removes queries that started longer ago than the history goes back. Their results, and those beyond what is kept of all
 * together, are deleted by who asks for it.
 */
export const removeExpiredQueries = defineChange({
  name: 'REMOVE_EXPIRED_DATA_LAKE_QUERIES',
  requires: 'system',
  input: z.strictObject({}),
  prepare: ({ services }) => services.queries.surplusResults(),
  async run({ transactor, now, annotate }, _, surplus) {
    const expired = await transactor
      .selectFrom('lake_queries')
      .select('id')
      .where('started_at', '<', historyBegin(now))
      .limit(batchMax)
      .execute();
    const ids = expired.map(({ id }) => id);
    if (ids.length > 0) await transactor.deleteFrom('lake_queries').where('id', 'in', ids).execute();
    annotate.details({ removedQueries: ids.length, removedResults: surplus.length });
    return { removed: ids.length, surplus };
  },
});

/** The earliest start of a query that stays, RFC 3339. */
export function historyBegin(now: string): string {
  return new Date(Date.parse(now) - queryDaysMax * 86_400_000).toISOString();
}
