import * as z from 'zod';
import { defineChange } from '../action.ts';
import { requireQuery } from './query.ts';

/** Asks a running query to stop. One that has ended stays as it is. */
export const cancelQuery = defineChange({
  name: 'CANCEL_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256) }) }),
  async run({ transactor, caller, now, services, afterCommit }, { input: { id } }) {
    await requireQuery(transactor, services, caller, id, 'input.id');
    await transactor.updateTable('lake_queries').set({ cancelled_at: now }).where('id', '=', id).execute();
    afterCommit(() => services.queries.cancel(id));
    return { id };
  },
});
