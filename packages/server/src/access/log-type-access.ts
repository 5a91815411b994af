import type { LogTypeAccessKind } from '@pawprint/record';

/** Which log types' data a role may see. */
export interface LogTypeAccess {
  readonly kind: LogTypeAccessKind;
  /** What ALLOW allows or DENY denies; empty for the other kinds. */
  readonly logTypes: readonly string[];
}

export const allLogTypes: LogTypeAccess = { kind: 'ALLOW_ALL', logTypes: [] };

/** Whether data of this log type may be seen. Names are compared exactly, as they are in tables and rules. */
export function mayReadLogType(access: LogTypeAccess, logType: string): boolean {
  switch (access.kind) {
    case 'ALLOW_ALL':
      return true;
    case 'ALLOW':
      return access.logTypes.includes(logType);
    case 'DENY':
      return !access.logTypes.includes(logType);
    case 'DENY_ALL':
      return false;
  }
}

/** What is wrong with the two fields together, in words for whoever sent them; undefined if nothing is. */
export function logTypeAccessProblem({ kind, logTypes }: LogTypeAccess): string | undefined {
  const takesList = kind === 'ALLOW' || kind === 'DENY';
  if (takesList && logTypes.length === 0) return `must name at least one log type when the kind is ${kind}`;
  if (!takesList && logTypes.length > 0) return `must be empty or left out when the kind is ${kind}`;
  return undefined;
}
