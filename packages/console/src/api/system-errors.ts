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

/** A record as far as it tells of system errors. */
interface News {
  readonly actionName: string;
  /** `YYYY-MM-DD HH:MM:SS.fffffffff`, UTC. */
  readonly timestamp: string;
}

/** Between the time of an action and its being seen by others. */
const commitMsMax = 10_000;

/**
 * @returns what is to be told of each record that is read or arrives; one about a system error makes the list be read anew, unless it was made before the
 * session told what is wrong.
 */
export function useSystemErrorNews(): (news: News) => void {
  const queryClient = useQueryClient();
  const { systemErrorsAt } = useSession();
  return ({ actionName, timestamp }) => {
    if (actionName !== 'REPORT_SYSTEM_ERROR' && actionName !== 'RESOLVE_SYSTEM_ERROR') return;
    if (systemErrorsAt === undefined) return;
    const knownUntil = new Date(Date.parse(systemErrorsAt) - commitMsMax).toISOString();
    if (timestamp < knownUntil.replace('T', ' ').replace('Z', '')) return;
    void queryClient.prefetchQuery(systemErrorsQuery);
  };
}
