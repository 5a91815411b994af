import * as z from 'zod';
import { defineRead } from '../action.ts';
import { requireAuditLogAccess } from './audit-log-access.ts';
import { asRecordFilter, auditLogFilter } from './list-audit-logs.ts';

/** Starts a live tail; recorded once, when it starts. Returns what to follow: from which index on, and which records. */
export const followAuditLogs = defineRead({
  name: 'FOLLOW_AUDIT_LOGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ ...auditLogFilter, after: z.int().min(-1).nullish() }),
  async run({ caller, services }, { after, ...filter }) {
    requireAuditLogAccess(caller);
    return { from: after == null ? services.ledger.size : after + 1, filter: asRecordFilter(filter) };
  },
});
