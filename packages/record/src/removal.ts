import { decodeEntry } from './entry.ts';
import { RecordError } from './record-error.ts';

/** What the record of a removal (REMOVE_EXPIRED_RECORDS) tells in its `actionDetails`. */
export interface RemovalDetails {
  /** Ledger indexes of the first and the last entry that were removed. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The timestamp of the newest of them. */
  readonly newestRecord: string;
  /** What was recorded before this time was to be kept no longer: now less the period of that moment. */
  readonly timeLimit: string;
  /** The period in force at that moment, and the legal holds: what a new instance needs that takes over the ledger. */
  readonly days: number;
  readonly holds: readonly HeldRecords[];
}

/** A legal hold as records tell of it: a range of ledger indexes, both ends included, or without an end. */
export interface HeldRecords {
  readonly id: string;
  readonly from: number;
  readonly to: number | null;
  readonly reason: string;
}

const action = 'REMOVE_EXPIRED_RECORDS';
const utf8 = new TextDecoder();

/** The index of the first entry that is kept, where an entry is the record of a removal; undefined for any other entry. */
export function keptFrom(entry: Uint8Array): number | undefined {
  // Spares nearly every entry the whole decoding.
  if (!utf8.decode(entry).includes(action)) return undefined;
  try {
    const { actionName, actionResult, actionDetails } = decodeEntry(entry).record;
    const to = actionName === action && actionResult === 'SUCCEEDED' ? actionDetails?.to : undefined;
    return typeof to === 'number' && Number.isSafeInteger(to) && to >= 0 ? to + 1 : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}
