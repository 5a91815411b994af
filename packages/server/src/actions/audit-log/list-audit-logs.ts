import {
  actionResultSchema,
  auditRecordSchema,
  formatTimestamp,
  isActionName,
  parseTimestamp,
  personal,
} from '@pawprint/record';
import * as z from 'zod';
import { addressRange } from '../../followers/history.ts';
import { type FieldFilter, type RecordFilter, searchWords } from '../../search/record-filter.ts';
import { parseRecordPath } from '../../search/record-path.ts';
import type { SearchPosition } from '../../search/record-search.ts';
import { defineRead } from '../action.ts';
import { searchLimits } from '../data-lake/caller-limits.ts';
import { asPage, pageInput, readCursor } from '../page.ts';
import { requireAuditLogAccess } from './audit-log-access.ts';

const instant = z.iso.datetime({ offset: true, error: 'not an RFC 3339 date and time' });

const text = personal(z.string().max(1_024));

const fieldFilter = z
  .strictObject({
    path: z
      .string()
      .max(512)
      .refine(isRecordPath, 'not a path into a record, such as actionParams.dynamic.input.ids[*]'),
    operator: z.enum(['EQUALS', 'CONTAINS', 'EXISTS']).nullish(),
    value: text.nullish(),
  })
  .refine(({ operator, value }) => operator === 'EXISTS' || value != null, {
    path: ['value'],
    error: 'says what to compare with',
  });

/** What the history is narrowed to, as callers write it. */
export const auditLogFilter = {
  actorId: z.string().max(256).nullish(),
  actorName: personal(z.string().max(256)).nullish(),
  actionName: z.array(z.string().refine(isActionName, 'not the name of an action')).max(500).nullish(),
  actionResult: z.array(actionResultSchema).max(3).nullish(),
  sourceIP: personal(
    z
      .string()
      .max(64)
      .refine((text) => addressRange(text) !== undefined, 'not an IP address or CIDR block'),
  ).nullish(),
  timestampAfter: instant.nullish(),
  timestampBefore: instant.nullish(),
  text: text.refine((words) => searchWords(words) !== undefined, 'at most 20 words').nullish(),
  userAgent: text.nullish(),
  fields: z.array(fieldFilter).max(20).nullish(),
};

/** A page of the history, newest first. */
export const listAuditLogs = defineRead({
  name: 'LIST_AUDIT_LOGS',
  requires: 'GeneralSettingsRead',
  input: z.strictObject({ input: z.strictObject({ ...auditLogFilter, ...pageInput }).nullish() }),
  async run({ caller, services }, { input }) {
    requireAuditLogAccess(caller);
    const before = readPosition(input?.cursor);
    const { entries, next, end } = await services.recordSearch.page(asRecordFilter(input ?? {}), {
      size: input?.pageSize ?? 50,
      before,
      limits: searchLimits(caller),
    });
    return asPage(entries, {
      hasNextPage: next !== undefined,
      hasPreviousPage: before !== undefined,
      // Where a live tail goes on, also from an empty page.
      startCursor: String(end),
      endCursor: next === undefined ? String(entries.at(-1)?.index ?? end) : positionText(next),
    });
  },
});

/** `<ledger index>`, in the lake with its own cursor after a point. */
function positionText({ index, lakeCursor }: SearchPosition): string {
  return lakeCursor === undefined ? String(index) : `${index}.${lakeCursor}`;
}

/** @throws ActionError INVALID_INPUT for text that no page gave out. */
function readPosition(cursor: string | null | undefined): SearchPosition | undefined {
  const [, index, lakeCursor] = /^(\d{1,15})\.([\w-]*)$/.exec(cursor ?? '') ?? [];
  if (index !== undefined) return { index: Number(index), lakeCursor };
  const plain = readCursor(cursor);
  return plain === undefined ? undefined : { index: plain };
}

const filterObject = z.object(auditLogFilter);

/** The filter in the search's own terms. */
export function asRecordFilter(input: z.infer<typeof filterObject>): RecordFilter {
  const words = searchWords(input.text ?? '') ?? [];
  const fields = fieldFilters(input);
  return {
    actorId: input.actorId ?? undefined,
    actorName: input.actorName ?? undefined,
    actionName: input.actionName?.length ? input.actionName : undefined,
    actionResult: input.actionResult?.length ? input.actionResult : undefined,
    sourceIP: input.sourceIP == null ? undefined : addressRange(input.sourceIP),
    timestampAfter: input.timestampAfter == null ? undefined : recordTimestamp(input.timestampAfter, 0n),
    timestampBefore:
      input.timestampBefore == null ? undefined : recordTimestamp(input.timestampBefore, 999_999n),
    words: words.length > 0 ? words : undefined,
    fields: fields.length > 0 ? fields : undefined,
  };
}

function fieldFilters({ fields, userAgent }: z.infer<typeof filterObject>): readonly FieldFilter[] {
  const ofUserAgent: FieldFilter[] =
    userAgent == null ? [] : [{ path: ['userAgent'], operator: 'CONTAINS', value: userAgent }];
  return [
    ...ofUserAgent,
    ...(fields ?? []).map(({ path, operator, value }) => ({
      path: parseRecordPath(path) ?? [],
      operator: operator ?? 'EQUALS',
      value: value ?? '',
    })),
  ];
}

/** Whether a path begins with a field that records have. */
function isRecordPath(text: string): boolean {
  const [first] = parseRecordPath(text) ?? [];
  return typeof first === 'string' && Object.hasOwn(auditRecordSchema.shape, first);
}

/** RFC 3339 in the form of records; `rest` fills what milliseconds leave open, so that the end of a range is in it. */
export function recordTimestamp(text: string, restNanoseconds: bigint): string {
  const iso = new Date(text).toISOString();
  return formatTimestamp(parseTimestamp(`${iso.slice(0, 10)} ${iso.slice(11, 23)}`) + restNanoseconds);
}
