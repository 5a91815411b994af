import { instanceLimits, type LakeLimits, lakeLimits } from '../../access/query-limits.ts';
import type { SearchLimits } from '../../search/lake-search.ts';
import type { Caller } from '../caller.ts';

/** What a query of a caller may take, and what is said to whoever meets a limit. */
export interface CallerLimits {
  /** Those that are set for the caller. */
  readonly limits: LakeLimits;
  readonly limitsOrigin: string;
  readonly concurrentQueries: number;
}

/** The limits of a search of the audit log, whose pages are small. */
export function searchLimits(caller: Caller): SearchLimits {
  const { timeMs, memoryMb } = callerLimits(caller).limits;
  return { ...(timeMs !== undefined && { timeMs }), ...(memoryMb !== undefined && { memoryMb }) };
}

export function callerLimits(caller: Caller): CallerLimits {
  if (!('queryLimits' in caller)) {
    return { limits: {}, limitsOrigin: '', concurrentQueries: instanceLimits.concurrentQueries };
  }
  const { queryLimits } = caller;
  return {
    limits: lakeLimits(queryLimits),
    // The name of a token may be that of a person; the message stays with the query.
    limitsOrigin:
      caller.kind === 'user'
        ? `This is a limit of the role ${caller.roleName}; who has the permission UserModify can change it`
        : 'This is a limit of the API token; who has the permission OrganizationAPITokenModify can change it',
    concurrentQueries: queryLimits.concurrentQueries ?? instanceLimits.concurrentQueries,
  };
}
