/**
 * SHA-256 as a plain function: 32 new bytes each call.
 *
 * It is passed in because the two places this package runs have different best ones, and because Web Crypto's
 * is asynchronous: a promise per node costs several times the hash itself, and Web Crypto is absent on pages
 * served over plain HTTP.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

export const hashBytes = 32;

/** Merkle tree hashing of RFC 6962 section 2.1. */
export interface TreeHasher {
  /** The root of a tree without entries. */
  readonly emptyRoot: Uint8Array;
  leaf(entry: Uint8Array): Uint8Array;
  node(left: Uint8Array, right: Uint8Array): Uint8Array;
}

const leafPrefix = 0x00;
const nodePrefix = 0x01;

export function createTreeHasher(sha256: Sha256): TreeHasher {
  // One scratch buffer for all calls: allocating the prefixed copy cost as much as hashing it.
  let leafInput = new Uint8Array(2048);
  const nodeInput = new Uint8Array(1 + 2 * hashBytes);
  nodeInput[0] = nodePrefix;

  return {
    emptyRoot: sha256(new Uint8Array()),
    leaf(entry) {
      if (leafInput.length <= entry.length) leafInput = new Uint8Array(2 * entry.length);
      leafInput[0] = leafPrefix;
      leafInput.set(entry, 1);
      return sha256(leafInput.subarray(0, 1 + entry.length));
    },
    node(left, right) {
      nodeInput.set(left, 1);
      nodeInput.set(right, 1 + hashBytes);
      return sha256(nodeInput);
    },
  };
}

/** Whether two hashes are equal. Nothing here is secret, so the time it takes may depend on the bytes. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  for (let position = 0; position < a.length; position += 1) {
    if (a[position] !== b[position]) return false;
  }
  return a.length === b.length;
}
