import * as z from 'zod';
import { defineRead } from '../action.ts';
import { actorReference } from '../caller.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asQueries, maySeeQuery, queryRows } from './query.ts';

/** The newest queries are enough for a history of them. */
const queriesMax = 10_000;

/** The history of queries the caller may see, newest first. */
export const listQueries = defineRead({
  name: 'LIST_DATA_LAKE_QUERIES',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z
      .strictObject({
        contains: z.string().max(1_024).nullish(),
        isScheduled: z.boolean().nullish(),
        kinds: z.array(z.enum(['ad_hoc', 'scheduled', 'indicator_search'])).nullish(),
        /** Only the caller's own. */
        own: z.boolean().nullish(),
        savedQueryId: z.string().max(256).nullish(),
        status: z.array(z.enum(['running', 'succeeded', 'failed', 'cancelled'])).nullish(),
        ...pageInput,
      })
      .nullish(),
  }),
  async run({ reader, services, caller }, { input }) {
    const rows = await queryRows(reader)
      .orderBy('started_at', 'desc')
      .orderBy('id')
      .limit(queriesMax)
      .execute();
    const part = input?.contains?.toLowerCase() ?? '';
    const own = actorReference(caller);
    const found = rows.filter(
      (row) =>
        maySeeQuery(services, caller, row) &&
        `${row.name ?? ''}\n${row.sql}`.toLowerCase().includes(part) &&
        (input?.isScheduled == null || input.isScheduled === (row.kind === 'scheduled')) &&
        (!input?.kinds?.length || input.kinds.includes(row.kind)) &&
        (input?.own !== true || row.issued_by === own) &&
        (input?.savedQueryId == null || row.saved_query_id === input.savedQueryId) &&
        (!input?.status?.length || input.status.includes(row.status ?? 'running')),
    );
    const page = offsetPage(found, input?.pageSize ?? 25, input?.cursor);
    const queries = await asQueries(
      reader,
      page.edges.map(({ node }) => node),
    );
    return { ...page, edges: queries.map((node) => ({ node })) };
  },
});
