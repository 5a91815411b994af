import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { CompactRange } from './compact-range.ts';
import { compareLeaves } from './compare-leaves.ts';
import type { LogReader } from './log-reader.ts';
import { verifyConsistency } from './merkle-proof.ts';
import { readConsistencyProof, readPeaks } from './read-proof.ts';
import { decodeNote, type VerifierKey, type VerifyEd25519 } from './signed-note.ts';
import { malformedProof, parseHash } from './tlog-proof.ts';
import { createTreeHasher, type Sha256, type TreeHasher } from './tree-hasher.ts';
import { checkPolicy, type WitnessPolicy } from './witness-policy.ts';

/**
 * That entries next to each other are in a log: what stands left of them, their own leaf hashes, and what stands right of
 * them. The leaf hashes could be worked out from the entries; they are there to say which entry differs.
 */
export interface RangeProof {
  /** Index of the first entry. */
  readonly from: number;
  /** The roots of the perfect subtrees that the entries before it are made of. */
  readonly left: readonly Uint8Array[];
  readonly leafHashes: readonly Uint8Array[];
  /** The consistency proof from the tree that ends with the last entry to the checkpoint's. */
  readonly right: readonly Uint8Array[];
  /** The signed note, as it came. */
  readonly checkpoint: string;
}

export interface RangeCheck {
  /** The leaf hashes of the entries as they were found. */
  readonly leafHashes: readonly Uint8Array[];
  readonly proof: RangeProof;
  readonly key: VerifierKey;
  readonly sha256: Sha256;
  readonly verify?: VerifyEd25519;
  /** Whose cosignatures the checkpoint must have as well. */
  readonly policy?: WitnessPolicy | undefined;
}

const header = 'pawprint/range-proof@v1';
const lines = {
  range: /^range (0|[1-9]\d*)$/,
  hash: /^(left|leaf|right) (\S+)$/,
};

/** Reads what a RangeProof needs beside the leaf hashes of the range. `size` is that of the checkpoint. */
export async function readRangeProof(
  reader: LogReader,
  hasher: TreeHasher,
  { from, to, size }: { readonly from: number; readonly to: number; readonly size: number },
): Promise<Pick<RangeProof, 'left' | 'right'>> {
  return {
    left: await readPeaks(reader, hasher, from, size),
    right: await readConsistencyProof(reader, hasher, to, size),
  };
}

/**
 * Checks that the entries found are those of the log from `proof.from` on: all of them, unchanged and in order.
 * @returns the checkpoint that covers them
 * @throws {VerificationError} `invalid_proof` when the proof itself does not hold; `entry_mismatch`, `entry_missing` or
 *   `entries_reordered` naming the first entry that is wrong; or what is wrong with the checkpoint
 */
export async function verifyRangeProof(check: RangeCheck): Promise<Checkpoint> {
  const { leafHashes, proof, key, sha256, verify, policy } = check;
  const checkpoint = await openCheckpoint(proof.checkpoint, key, verify);
  if (policy !== undefined) await checkPolicy(proof.checkpoint, policy, verify);
  const hasher = createTreeHasher(sha256);
  const range = new CompactRange(hasher, proof.from, proof.left);
  for (const leafHash of proof.leafHashes) range.append(leafHash);
  verifyConsistency(hasher, proof.right, { size: range.size, rootHash: range.root() }, checkpoint);
  compareLeaves(leafHashes, proof.leafHashes, proof.from, 'the proof');
  return checkpoint;
}

/** The proof's file: a word and a value on each line, an empty line, and the signed note. */
export function formatRangeProof({ from, left, leafHashes, right, checkpoint }: RangeProof): string {
  const list = (word: string, hashes: readonly Uint8Array[]) =>
    hashes.map((hash) => `${word} ${hash.toBase64()}`);
  const head = [
    header,
    `range ${from}`,
    ...list('left', left),
    ...list('leaf', leafHashes),
    ...list('right', right),
  ];
  return `${head.join('\n')}\n\n${checkpoint}`;
}

/** @throws {VerificationError} `malformed_proof`, `malformed_note` */
export function parseRangeProof(bytes: Uint8Array): RangeProof {
  const text = decodeNote(bytes);
  const end = text.indexOf('\n\n');
  const [first, range = '', ...rest] = text.slice(0, Math.max(end, 0)).split('\n');
  const [, from] = lines.range.exec(range) ?? [];
  if (first !== header || from === undefined || !Number.isSafeInteger(Number(from))) {
    throw malformedProof(`it does not begin with ${header} and a range`);
  }
  const hashes: Record<string, Uint8Array[]> = { left: [], leaf: [], right: [] };
  for (const line of rest) {
    const [, word = '', hash = ''] = lines.hash.exec(line) ?? [];
    const list = hashes[word];
    if (list === undefined) throw malformedProof('a line is not "left", "leaf" or "right" and a hash');
    list.push(parseHash(hash));
  }
  const { left = [], leaf = [], right = [] } = hashes;
  return { from: Number(from), left, leafHashes: leaf, right, checkpoint: text.slice(end + 2) };
}
