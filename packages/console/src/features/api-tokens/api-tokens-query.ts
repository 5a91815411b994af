import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { ApiTokensDocument, type TokenRowFragment } from '../../api/operations.ts';

export const apiTokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: async ({ signal }) => (await graphql(ApiTokensDocument, {}, signal)).apiTokens,
});

/** Changes the list of tokens as it is shown, with what a mutation answered. */
export function useUpdateTokens(): (
  update: (tokens: readonly TokenRowFragment[] | undefined) => readonly TokenRowFragment[],
) => void {
  const queryClient = useQueryClient();
  return (update) => queryClient.setQueryData(apiTokensQuery.queryKey, (tokens) => [...update(tokens)]);
}

/** A token as the list keeps it: its secret is shown once and then nowhere. */
export function withoutValue({
  value: _,
  ...token
}: TokenRowFragment & { readonly value: string | null }): TokenRowFragment {
  return token;
}
