import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { SavedSearchesDocument, type SavedSearchRowFragment } from '../../api/operations.ts';

export const savedSearchesQuery = queryOptions({
  queryKey: ['saved-searches'],
  queryFn: async ({ signal }) => (await graphql(SavedSearchesDocument, {}, signal)).savedSearches,
});

/** Changes the list as it was read, so that it need not be read again. */
export function useUpdateSavedSearches() {
  const queryClient = useQueryClient();
  return (
    change: (rows: readonly SavedSearchRowFragment[] | undefined) => readonly SavedSearchRowFragment[],
  ) => queryClient.setQueryData(savedSearchesQuery.queryKey, (rows) => rows && [...change(rows)]);
}
