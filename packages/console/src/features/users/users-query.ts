import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { AssignableRolesDocument, type UserRowFragment, UsersDocument } from '../../api/operations.ts';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await graphql(UsersDocument, {}, signal)).users,
});

export const assignableRolesQuery = queryOptions({
  queryKey: ['assignable-roles'],
  queryFn: async ({ signal }) => (await graphql(AssignableRolesDocument, {}, signal)).roles,
  // Roles are made on another page; each dialog asks anew.
  staleTime: 0,
  gcTime: 0,
});

/** Changes the list of users as it is shown, with what a mutation answered. */
export function useUpdateUsers(): (
  update: (users: readonly UserRowFragment[] | undefined) => readonly UserRowFragment[],
) => void {
  const queryClient = useQueryClient();
  return (update) => queryClient.setQueryData(usersQuery.queryKey, (users) => [...update(users)]);
}

export function userName(user: Pick<UserRowFragment, 'givenName' | 'familyName' | 'email'>): string {
  return [user.givenName, user.familyName].filter(Boolean).join(' ') || user.email;
}
