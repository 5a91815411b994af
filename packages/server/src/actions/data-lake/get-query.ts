import * as z from 'zod';
import { defineRead } from '../action.ts';
import { asQueries, queryRows, requireQuery } from './query.ts';

/** A query's state; its results are read through it, page by page. */
export const getQuery = defineRead({
  name: 'GET_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256), root: z.boolean().nullish() }),
  async run({ reader, services, caller }, { id }) {
    await requireQuery(reader, services, caller, id, 'id');
    const [query] = await asQueries(reader, await queryRows(reader).where('id', '=', id).execute());
    return query;
  },
});

/** Starts following a query's progress; recorded once, when it starts. */
export const followQuery = defineRead({
  name: 'FOLLOW_DATA_LAKE_QUERY',
  requires: 'DataAnalyticsRead',
  input: z.strictObject({ id: z.string().max(256) }),
  run: async ({ reader, services, caller }, { id }) => requireQuery(reader, services, caller, id, 'id'),
});
