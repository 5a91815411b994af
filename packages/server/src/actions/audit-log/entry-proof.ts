import { hash } from 'node:crypto';
import { decodeEntry, type OpenedEntry } from '@pawprint/record';
import {
  createTreeHasher,
  formatTlogProof,
  parseCheckpoint,
  parseNote,
  readInclusionProof,
} from '@pawprint/verifier';
import type { PublishedLog, Services } from '../services.ts';

const hasher = createTreeHasher((data) => hash('sha256', data, 'buffer'));

/** One entry as it is hashed, and the proof that it is in the log (C2SP tlog-proof). */
export interface EntryProof {
  readonly entry: Uint8Array;
  /** The same readable, with the keys to make the hashed form from it. */
  readonly opened: OpenedEntry;
  readonly proof: string;
}

/** Undefined for an index that the log does not have, or has no more. */
export async function proveEntry(
  { ledger, subjectKeys }: Pick<Services, 'ledger' | 'subjectKeys'>,
  index: number,
): Promise<EntryProof | undefined> {
  const { checkpoint, size } = coveringCheckpoint(ledger, index);
  if (index < ledger.firstIndex || index >= size) return undefined;
  const [entry] = await ledger.read(index, index + 1);
  const [opened] = entry === undefined ? [] : await subjectKeys.open([decodeEntry(entry)]);
  if (entry === undefined || opened === undefined) return undefined;
  const inclusion = await readInclusionProof(ledger.objects, hasher, index, size);
  return { entry, opened, proof: formatTlogProof({ ...inclusion, checkpoint }) };
}

/** One that witnesses vouch for, if it covers the entry already; else the newest. */
function coveringCheckpoint({ checkpoint, witnessed = checkpoint }: PublishedLog, index: number) {
  const sizeOf = (note: string) => parseCheckpoint(parseNote(note).text).size;
  return index < sizeOf(witnessed)
    ? { checkpoint: witnessed, size: sizeOf(witnessed) }
    : { checkpoint, size: sizeOf(checkpoint) };
}
