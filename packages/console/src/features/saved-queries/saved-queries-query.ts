import { queryOptions } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { SavedQueriesDocument } from '../../api/operations.ts';

/** As many as the page shows. */
const shownMax = 1_000;

export const savedQueriesQuery = queryOptions({
  queryKey: ['saved-queries'],
  queryFn: async ({ signal }) => {
    const { savedQueries } = await graphql(SavedQueriesDocument, { input: { pageSize: shownMax } }, signal);
    return savedQueries.edges.map(({ node }) => node);
  },
});
