import { parseTimestamp } from '@pawprint/record';
import { tileWidth } from '@pawprint/verifier';
import type { EntrySource } from '../followers/follow.ts';
import { type HeldRange, isHeld } from './legal-holds.ts';
import { keptUntilMs, type RetentionPeriods } from './retention-periods.ts';

/** A full entry bundle of the ledger. */
export interface Bundle {
  /** Index of its first entry. */
  readonly from: number;
  /** The timestamp of the newest of its records, as in the record. */
  readonly newestRecord: string;
}

/** What decides whether a record may go. */
export interface RetentionRules {
  readonly periods: RetentionPeriods;
  readonly holds: readonly HeldRange[];
  readonly nowMs: number;
}

/** The full bundle whose first entry is at `from`, or undefined while it is not full. */
export async function readBundle(source: EntrySource, from: number): Promise<Bundle | undefined> {
  if (from + tileWidth > source.size) return undefined;
  const entries = await source.read(from, from + tileWidth);
  // Their fixed form sorts as text.
  return { from, newestRecord: entries.map(timestampOf).reduce((one, other) => (one > other ? one : other)) };
}

/** The bundles at the front of the ledger whose time is over, at most `max`. */
export async function readExpiredBundles(
  source: EntrySource,
  rules: RetentionRules,
  max: number,
): Promise<readonly Bundle[]> {
  const expired: Bundle[] = [];
  for (let from = source.firstIndex; expired.length < max; from += tileWidth) {
    const bundle = await readBundle(source, from);
    if (bundle === undefined || !mayGo(bundle, rules)) break;
    expired.push(bundle);
  }
  return expired;
}

/** Whether the time of all of a bundle's records is over and none of them is held. */
export function mayGo({ from, newestRecord }: Bundle, { periods, holds, nowMs }: RetentionRules): boolean {
  return keptUntilMs(periods, recordTimeMs(newestRecord)) <= nowMs && !isHeld(holds, from, from + tileWidth);
}

/** A record's timestamp in milliseconds since 1970, rounded up, so that nothing goes too early. */
export function recordTimeMs(timestamp: string): number {
  return Number((parseTimestamp(timestamp) + 999_999n) / 1_000_000n);
}

const decoder = new TextDecoder();

/** An entry of our own ledger: what it holds was checked when it was recorded. */
function timestampOf(entry: Uint8Array): string {
  return JSON.parse(decoder.decode(entry)).record.timestamp;
}
