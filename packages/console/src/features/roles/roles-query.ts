import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { type RoleRowFragment, RolesDocument } from '../../api/operations.ts';

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async ({ signal }) => (await graphql(RolesDocument, {}, signal)).roles,
});

/** Changes the list of roles as it is shown, with what a mutation answered. */
export function useUpdateRoles(): (
  update: (roles: readonly RoleRowFragment[] | undefined) => readonly RoleRowFragment[],
) => void {
  const queryClient = useQueryClient();
  return (update) => queryClient.setQueryData(rolesQuery.queryKey, (roles) => [...update(roles)]);
}
