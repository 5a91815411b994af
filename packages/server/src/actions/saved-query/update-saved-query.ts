import * as z from 'zod';
import { defineChange } from '../action.ts';
import { actorReference } from '../caller.ts';
import {
  asSavedQueries,
  requireFreeQueryName,
  requireSavedQuery,
  requireUnused,
  savedQueryDetails,
  savedQueryFields,
  savedQueryValues,
} from './saved-query.ts';

/** What is given replaces all that was. A changed schedule, or one turned on, counts from now. */
export const updateSavedQuery = defineChange({
  name: 'UPDATE_SAVED_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsModify',
  input: z.strictObject({ input: z.strictObject({ id: z.string().max(256), ...savedQueryFields }) }),
  async run({ transactor, services, caller, now, annotate, afterCommit }, { input }) {
    const before = await requireSavedQuery(transactor, input.id, 'input.id');
    const values = savedQueryValues(input, services, caller);
    await requireFreeQueryName(transactor, input.name, before.id);
    if (values.name !== before.name) await requireUnused(transactor, before.name, 'renamed', 'input.name');
    const isOn = input.schedule?.disabled === false;
    const keepsTime = isOn && values.schedule === before.schedule;
    const after = await transactor
      .updateTable('saved_queries')
      .set({
        ...values,
        ...(!keepsTime && { scheduled_from: isOn ? now : null, last_scheduled_at: null }),
        updated_at: now,
        updated_by: actorReference(caller),
      })
      .where('id', '=', before.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ before: savedQueryDetails(before), after: savedQueryDetails(after) });
    afterCommit(services.scheduledQueries.changed);
    const [query] = await asSavedQueries(transactor, [after], now);
    return { query };
  },
});
