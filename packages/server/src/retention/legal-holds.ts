import type { HeldRecords } from '@pawprint/record';
import type { Rows } from '../store/store.ts';

/** A range of ledger indexes, both ends included, that is kept beyond its time; without an end it goes on with the ledger. */
export type HeldRange = Pick<HeldRecords, 'from' | 'to'>;

/** Whether any of the entries from index `from` up to but not including `to` is held. */
export function isHeld(holds: readonly HeldRange[], from: number, to: number): boolean {
  return holds.some((hold) => hold.from < to && (hold.to === null || hold.to >= from));
}

/** The holds that are in force. */
export async function readLegalHolds(rows: Rows): Promise<readonly HeldRecords[]> {
  const holds = await rows
    .selectFrom('legal_holds')
    .select(['id', 'from_index as from', 'to_index as to', 'reason'])
    .where('released_at', 'is', null)
    .orderBy('created_at')
    .execute();
  return holds;
}
