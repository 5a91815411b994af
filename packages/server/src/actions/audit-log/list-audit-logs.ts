import { formatTimestamp, isActionName, parseTimestamp, personal } from '@pawprint/record';
import * as z from 'zod';
import { addressRange, type HistoryFilter, searchHistory } from '../../followers/history.ts';
import { defineRead } from '../action.ts';
import { asPage, pageInput, readCursor } from '../page.ts';
import { requireAuditLogAccess } from './audit-log-access.ts';

const instant = z.iso.datetime({ offset: true, error: 'not an RFC 3339 date and time' });

/** What the history is narrowed to, as callers write it. */
export const auditLogFilter = {
  actorId: z.string().max(256).nullish(),
  actorName: personal(z.string().max(256)).nullish(),
  actionName: z.array(z.string().refine(isActionName, 'not the name of an action')).max(500).nullish(),
  actionResult: z
    .array(z.enum(['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED']))
    .max(3)
    .nullish(),
  sourceIP: personal(
    z
      .string()
      .max(64)
      .refine((text) => addressRange(text) !== undefined, 'not an IP address or CIDR block'),
  ).nullish(),
  timestampAfter: instant.nullish(),
  timestampBefore: instant.nullish(),
};

/** A page of the history, newest first. */
export const listAuditLogs = defineRead({
  name: 'LIST_AUDIT_LOGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ input: z.strictObject({ ...auditLogFilter, ...pageInput }).nullish() }),
  async run({ reader, caller, services }, { input }) {
    requireAuditLogAccess(caller);
    const before = readCursor(input?.cursor);
    const { entries, hasMore, end } = await searchHistory(reader, services, asHistoryFilter(input ?? {}), {
      size: input?.pageSize ?? 50,
      before,
    });
    return asPage(entries, {
      hasNextPage: hasMore,
      hasPreviousPage: before !== undefined,
      // Where a live tail goes on, also from an empty page.
      startCursor: String(end),
      endCursor: entries.length === 0 ? null : String(entries.at(-1)?.index),
    });
  },
});

const filterObject = z.object(auditLogFilter);

/** The filter in the history's own terms. */
export function asHistoryFilter(input: z.infer<typeof filterObject>): HistoryFilter {
  return {
    actorId: input.actorId ?? undefined,
    actorName: input.actorName ?? undefined,
    actionName: input.actionName?.length ? input.actionName : undefined,
    actionResult: input.actionResult?.length ? input.actionResult : undefined,
    sourceIP: input.sourceIP == null ? undefined : addressRange(input.sourceIP),
    timestampAfter: input.timestampAfter == null ? undefined : recordTimestamp(input.timestampAfter, 0n),
    timestampBefore:
      input.timestampBefore == null ? undefined : recordTimestamp(input.timestampBefore, 999_999n),
  };
}

/** RFC 3339 in the form of records; `rest` fills what milliseconds leave open, so that the end of a range is in it. */
function recordTimestamp(text: string, restNanoseconds: bigint): string {
  const iso = new Date(text).toISOString();
  return formatTimestamp(parseTimestamp(`${iso.slice(0, 10)} ${iso.slice(11, 23)}`) + restNanoseconds);
}
