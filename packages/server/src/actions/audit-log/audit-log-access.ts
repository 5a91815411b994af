import { mayReadLogType } from '../../access/log-type-access.ts';
import type { EntrySource } from '../../followers/follow.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';
import { auditLogType } from '../log-source/audit-log-source.ts';

/** The history is the log type Panther.Audit: whoever may not see that type doesn't see the history. @throws ActionError FORBIDDEN */
export function requireAuditLogAccess(caller: Caller): void {
  if ('logTypeAccess' in caller && !mayReadLogType(caller.logTypeAccess, auditLogType)) {
    throw new ActionError('FORBIDDEN', `Your role may not see the log type ${auditLogType}`);
  }
}

/** Says of a record that was removed that it was, and not just that there is none. @throws ActionError NOT_FOUND */
export function requireKept({ firstIndex }: EntrySource, index: number, field: string): void {
  if (index >= firstIndex) return;
  throw new ActionError('NOT_FOUND', `Records before ${firstIndex} were removed when their time was over`, {
    field,
  });
}
