import { createHash } from 'node:crypto';
import type { Sha256 } from '../src/tree-hasher.ts';

// RFC 6962 section 2.1 as it is written there: by recursion over the list of entries, sharing nothing with src/.

export const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

export function merkleTreeHash(entries: readonly Uint8Array[]): Buffer {
  const [first] = entries;
  if (first === undefined) return createHash('sha256').digest();
  if (entries.length === 1) return createHash('sha256').update('\x00').update(first).digest();
  const k = split(entries.length);
  return createHash('sha256')
    .update('\x01')
    .update(merkleTreeHash(entries.slice(0, k)))
    .update(merkleTreeHash(entries.slice(k)))
    .digest();
}

/** PATH(m, D[n]), section 2.1.1. */
export function inclusionPath(m: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length <= 1) return [];
  const k = split(entries.length);
  return m < k
    ? [...inclusionPath(m, entries.slice(0, k)), merkleTreeHash(entries.slice(k))]
    : [...inclusionPath(m - k, entries.slice(k)), merkleTreeHash(entries.slice(0, k))];
}

/** PROOF(m, D[n]), section 2.1.2. */
export function consistencyProof(m: number, entries: readonly Uint8Array[]): Buffer[] {
  return subProof(m, entries, true);
}

function subProof(m: number, entries: readonly Uint8Array[], whole: boolean): Buffer[] {
  if (m === entries.length) return whole ? [] : [merkleTreeHash(entries)];
  const k = split(entries.length);
  return m <= k
    ? [...subProof(m, entries.slice(0, k), whole), merkleTreeHash(entries.slice(k))]
    : [...subProof(m - k, entries.slice(k), false), merkleTreeHash(entries.slice(0, k))];
}

/** The largest power of two smaller than n. */
function split(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}
