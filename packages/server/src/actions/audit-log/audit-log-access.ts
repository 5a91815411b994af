import { mayReadLogType } from '../../access/log-type-access.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import { auditLogType } from '../log-source/audit-log-source.ts';

/** The history is the log type Panther.Audit: a role that may not see that type doesn't see the history. @throws ActionError FORBIDDEN */
export function requireAuditLogAccess(caller: Caller): void {
  if (caller.kind === 'user' && !mayReadLogType(caller.logTypeAccess, auditLogType)) {
    throw new ActionError('FORBIDDEN', `Your role may not see the log type ${auditLogType}`);
  }
}
