import { parseTimestamp } from '@pawprint/record';
import { auditLogTable } from '../lake/lake-loader.ts';
import type { Rows } from '../store/store.ts';
import { readLegalHolds } from './legal-holds.ts';
import { dayMs } from './retention-periods.ts';

/** How long a table of the lake keeps its rows, and which are gone for that. */
export interface LakePeriod {
  /** Null for the default: that of the ledger, or `monitorDays`. */
  readonly days: number | null;
  /** Undefined while none are, or once all came back. */
  readonly removed: RemovedRows | undefined;
}

/** Rows that are gone: those of events before a time and of ledger entries before an index, both. */
export interface RemovedRows {
  /** RFC 3339. */
  readonly before: string;
  readonly beforeIndex: number;
}

/** Which rows of a table are past its period. */
export interface RowLimit {
  readonly days: number;
  /** Those of events before it. */
  readonly time: Date;
  /** Of these, those of ledger entries before the first that is held. */
  readonly beforeIndex: number;
}

/** What the lake did with its own files, and what was wrong with the instance, is of use for so long. */
export const monitorDays = 365;

/** Whether a table's rows are made of records of the ledger, and so go at the latest with them. */
export function isOfLedger(table: string): boolean {
  return !table.startsWith('panther_monitor.');
}

/** The days that are in force. */
export function daysInForce(table: string, days: number | null, ledgerDays: number): number {
  return isOfLedger(table) ? Math.min(days ?? ledgerDays, ledgerDays) : (days ?? monitorDays);
}

export async function readLakePeriod(rows: Rows, table: string): Promise<LakePeriod> {
  const row = await rows
    .selectFrom('lake_retention')
    .selectAll()
    .where('table_name', '=', table)
    .executeTakeFirst();
  if (row === undefined) return { days: null, removed: undefined };
  const { days, removed_before: before, removed_before_index: beforeIndex } = row;
  return { days, removed: before === null ? undefined : { before, beforeIndex: beforeIndex ?? 0 } };
}

/** Undefined for a table whose rows go with the ledger's records alone. */
export async function readRowLimit(rows: Rows, table: string, nowMs: number): Promise<RowLimit | undefined> {
  const period = await readLakePeriod(rows, table);
  const days = period.days ?? (isOfLedger(table) ? undefined : monitorDays);
  if (days === undefined) return undefined;
  const holds = isOfLedger(table) ? await readLegalHolds(rows) : [];
  return {
    days,
    time: new Date(nowMs - days * dayMs),
    beforeIndex: Math.min(Number.POSITIVE_INFINITY, ...holds.map(({ from }) => from)),
  };
}

/** Whether the row of a record is gone. @param timestamp the record's */
export function isGone(removed: RemovedRows | undefined, index: number, timestamp: string): boolean {
  if (removed === undefined || index >= removed.beforeIndex) return false;
  return parseTimestamp(timestamp) < BigInt(Date.parse(removed.before)) * 1_000_000n;
}

/** Rows that are gone as a rebuild finds and leaves them: those of events before a time, RFC 3339; null for none. */
export interface ReturningRows {
  readonly before: string;
  readonly after: string | null;
}

/** Which rows a rebuild would bring back, as the period covers them again; undefined if there are none. */
export async function readReturningRows(
  rows: Rows,
  table: string,
  nowMs: number,
): Promise<ReturningRows | undefined> {
  const { removed } = await readLakePeriod(rows, table);
  // No other table can be made again.
  if (removed === undefined || table !== auditLogTable) return undefined;
  const limit = await readRowLimit(rows, table, nowMs);
  const after = limit?.time.toISOString() ?? null;
  return after === null || after < removed.before ? { before: removed.before, after } : undefined;
}
