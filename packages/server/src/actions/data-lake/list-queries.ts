import * as z from 'zod';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asQueries, maySeeQuery, queryRows } from './query.ts';

/** The newest queries are enough for a history of them. */
const queriesMax = 1_000;

/** The history of queries the caller may see, newest first. */
export const listQueries = defineRead({
  name: 'LIST_DATA_LAKE_QUERIES',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z
      .strictObject({
        contains: z.string().max(1_024).nullish(),
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
    const found = rows.filter(
      (row) =>
        maySeeQuery(services, caller, row) &&
        row.sql.toLowerCase().includes(part) &&
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
