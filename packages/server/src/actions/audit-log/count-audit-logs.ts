import * as z from 'zod';
import { bucketsMin } from '../../search/histogram.ts';
import { defineRead } from '../action.ts';
import { searchLimits } from '../data-lake/caller-limits.ts';
import { requireAuditLogAccess } from './audit-log-access.ts';
import { asRecordFilter, auditLogFilter, recordTimestamp } from './list-audit-logs.ts';

/** How many records match, by time and by what they have in common. */
export const countAuditLogs = defineRead({
  name: 'COUNT_AUDIT_LOGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({
    input: z
      .strictObject({
        ...auditLogFilter,
        bucketsMax: z.int().min(bucketsMin).max(500).nullish(),
        top: z.int().min(1).max(100).nullish(),
      })
      .nullish(),
  }),
  async run({ caller, services, now }, { input }) {
    requireAuditLogAccess(caller);
    return services.recordSearch.count(asRecordFilter(input ?? {}), {
      bucketsMax: input?.bucketsMax ?? 100,
      top: input?.top ?? 10,
      now: recordTimestamp(now, 0n),
      limits: searchLimits(caller),
    });
  },
});
