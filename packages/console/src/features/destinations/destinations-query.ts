import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { type DestinationRowFragment, DestinationsDocument } from '../../api/operations.ts';

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: async ({ signal }) => (await graphql(DestinationsDocument, {}, signal)).alertDestinations,
});

/** Changes the list of destinations as it is shown, with what a mutation answered. */
export function useUpdateDestinations(): (
  update: (rows: readonly DestinationRowFragment[] | undefined) => readonly DestinationRowFragment[],
) => void {
  const queryClient = useQueryClient();
  return (update) => queryClient.setQueryData(destinationsQuery.queryKey, (rows) => [...update(rows)]);
}
