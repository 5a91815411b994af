import * as z from 'zod';
import { defineRead } from '../action.ts';
import { callerLimits } from './caller-limits.ts';
import { requireQuery } from './query.ts';
import { asResultFailure, requireResults } from './query-results.ts';

/** What one column of a query's results holds: how many nulls, which values most often, from where to where. */
export const summarizeQuery = defineRead({
  name: 'SUMMARIZE_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z.strictObject({ id: z.string().max(256), column: z.string().max(65_536) }),
  }),
  async run({ reader, services, caller }, { input: { id, column } }) {
    await requireQuery(reader, services, caller, id, 'input.id');
    await requireResults(services.queries, id, { offset: 0, pageSize: 0 });
    const given = callerLimits(caller);
    return services.queries
      .summarizeResult(id, column, given)
      .catch((error) => asResultFailure(error, given));
  },
});
