import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { graphql } from './graphql.ts';
import { SystemErrorsDocument } from './operations.ts';
import { useSession } from './session.ts';

export const systemErrorsQuery = queryOptions({
  queryKey: ['system-errors'],
  queryFn: async ({ signal }) => (await graphql(SystemErrorsDocument, {}, signal)).systemErrors,
  staleTime: 0,
});

/** What is wrong with the instance, as far as this page has heard. It asks nothing: to ask would be an action on record. */
export function useLastingSystemErrors(): readonly { readonly id: string; readonly message: string }[] {
  const { systemErrors = [] } = useSession();
  const listed = useQuery({ ...systemErrorsQuery, enabled: false }).data;
  return listed?.filter(({ resolvedAt }) => resolvedAt === null) ?? systemErrors;
}

/** @returns what is to be told of each record as it is made; one about a system error makes the list be read anew. */
export function useSystemErrorNews(): (actionName: string) => void {
  const queryClient = useQueryClient();
  return (actionName) => {
    if (actionName === 'REPORT_SYSTEM_ERROR' || actionName === 'RESOLVE_SYSTEM_ERROR') {
      void queryClient.prefetchQuery(systemErrorsQuery);
    }
  };
}
