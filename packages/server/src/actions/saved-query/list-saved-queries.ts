import * as z from 'zod';
import { defineRead } from '../action.ts';
import { offsetPage, pageInput } from '../page.ts';
import { asSavedQueries, requireSavedQuery } from './saved-query.ts';

/** The saved queries, by name. */
export const listSavedQueries = defineRead({
  name: 'LIST_SAVED_DATA_LAKE_QUERIES',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({
    input: z
      .strictObject({
        contains: z.string().max(1_024).nullish(),
        isScheduled: z.boolean().nullish(),
        ...pageInput,
      })
      .nullish(),
  }),
  async run({ reader, now }, { input }) {
    const rows = await reader.selectFrom('saved_queries').selectAll().orderBy('name_key').execute();
    const part = input?.contains?.toLowerCase() ?? '';
    const found = rows.filter(
      (row) =>
        `${row.name}\n${row.description}\n${row.sql}`.toLowerCase().includes(part) &&
        (input?.isScheduled == null || input.isScheduled === (row.schedule !== null)),
    );
    const page = offsetPage(found, input?.pageSize ?? 25, input?.cursor);
    const queries = await asSavedQueries(
      reader,
      page.edges.map(({ node }) => node),
      now,
    );
    return { ...page, edges: queries.map((node) => ({ node })) };
  },
});

export const getSavedQuery = defineRead({
  name: 'GET_SAVED_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256) }),
  async run({ reader, now }, { id }) {
    const row = await requireSavedQuery(reader, id, 'id');
    const [query] = await asSavedQueries(reader, [row], now);
    return query;
  },
});
