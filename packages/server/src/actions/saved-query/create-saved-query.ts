import * as z from 'zod';
import { defineChange } from '../action.ts';
import { actorReference } from '../caller.ts';
import {
  asSavedQueries,
  requireFreeQueryName,
  savedQueryDetails,
  savedQueryFields,
  savedQueryValues,
} from './saved-query.ts';

export const createSavedQuery = defineChange({
  name: 'CREATE_SAVED_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsModify',
  input: z.strictObject({ input: z.strictObject(savedQueryFields) }),
  async run({ transactor, services, caller, now, annotate, afterCommit }, { input }) {
    const values = savedQueryValues(input, services, caller);
    await requireFreeQueryName(transactor, input.name);
    const by = actorReference(caller);
    const row = await transactor
      .insertInto('saved_queries')
      .values({
        id: services.newId(),
        ...values,
        scheduled_from: input.schedule?.disabled === false ? now : null,
        last_scheduled_at: null,
        ...{ created_at: now, created_by: by, updated_at: now, updated_by: by },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    annotate.details({ after: savedQueryDetails(row) });
    afterCommit(services.scheduledQueries.changed);
    const [query] = await asSavedQueries(transactor, [row], now);
    return { query };
  },
});
