import { sameHash } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/**
 * Compares the leaf hashes of entries that were found with those that are due, and says what happened to the first that
 * differs.
 * @param from the index of the first entry
 * @param where what holds the hashes that are due, for the message
 * @throws {VerificationError} `entry_mismatch`, `entry_missing`, `entries_reordered`
 */
export function compareLeaves(
  found: readonly Uint8Array[],
  due: readonly Uint8Array[],
  from: number,
  where: string,
): void {
  const isDue = (position: number, duePosition: number) => same(found[position], due[duePosition]);
  const at = due.findIndex((_, position) => !isDue(position, position));
  if (at < 0) {
    if (found.length === due.length) return;
    throw new VerificationError(
      'entry_mismatch',
      `there are ${found.length - due.length} entries too many after entry ${from + due.length - 1}`,
    );
  }
  if (found.length <= at) throw missing(from + at, from + due.length - 1);
  const other = due.findIndex((_, position) => isDue(at, position));
  if (other < 0) {
    const isInserted = isDue(at + 1, at);
    throw new VerificationError(
      'entry_mismatch',
      isInserted
        ? `an entry that is not in the log stands before entry ${from + at}`
        : `entry ${from + at} differs from its hash in ${where}`,
    );
  }
  if (found.length < due.length && other > at) throw missing(from + at, from + other - 1);
  const isSwapped = isDue(other, at);
  throw new VerificationError(
    'entries_reordered',
    isSwapped
      ? `entries ${from + at} and ${from + other} are swapped`
      : `entry ${from + other} stands in the place of entry ${from + at}`,
  );
}

function missing(first: number, last: number): VerificationError {
  const which = first === last ? `entry ${first} is` : `entries ${first} to ${last} are`;
  return new VerificationError('entry_missing', `${which} missing`);
}

function same(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && sameHash(one, other);
}
