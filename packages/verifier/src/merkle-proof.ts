import { hashBytes, sameHash, type TreeHasher } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** What a checkpoint says of the tree. */
export interface TreeHead {
  /** Number of entries. */
  readonly size: number;
  readonly rootHash: Uint8Array;
}

/** That an entry is at an index of a tree: the siblings on the way from the leaf to the root, lowest first. */
export interface InclusionProof {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
}

/**
 * Checks that `leafHash` is the leaf at `proof.index` of the tree (RFC 9162 section 2.1.3.2).
 * @throws {VerificationError} `invalid_proof`
 */
export function verifyInclusion(
  hasher: TreeHasher,
  leafHash: Uint8Array,
  proof: InclusionProof,
  head: TreeHead,
): void {
  if (!isSize(head.size) || !isSize(proof.index) || proof.index >= head.size) {
    throw invalidProof(`index ${proof.index} is not in a tree of ${head.size} entries`);
  }
  const path = new ProofPath(proof.index, head.size - 1);
  let root = leafHash;
  for (const sibling of proof.hashes) {
    root = path.step(sibling) === 'left' ? hasher.node(sibling, root) : hasher.node(root, sibling);
  }
  path.end();
  if (!sameHash(root, head.rootHash)) {
    throw invalidProof(
      `the inclusion proof of entry ${proof.index} does not lead to the root of ${head.size} entries`,
    );
  }
}

/**
 * Checks that the newer tree begins with all the entries of the older one, in the same order
 * (RFC 9162 section 2.1.4.2). Between equal sizes, and from the empty tree, the proof is empty.
 * @throws {VerificationError} `invalid_proof`
 */
export function verifyConsistency(
  hasher: TreeHasher,
  hashes: readonly Uint8Array[],
  older: TreeHead,
  newer: TreeHead,
): void {
  if (!isSize(older.size) || !isSize(newer.size) || older.size > newer.size) {
    throw invalidProof(`a tree of ${newer.size} entries does not extend one of ${older.size}`);
  }
  if (older.size === 0 || older.size === newer.size) {
    if (hashes.length > 0) throw invalidProof('the consistency proof has hashes where it must be empty');
    const expected = older.size === 0 ? hasher.emptyRoot : newer.rootHash;
    if (!sameHash(older.rootHash, expected)) {
      throw invalidProof(`two different roots are claimed for a tree of ${older.size} entries`);
    }
    return;
  }

  const path = new ProofPath(older.size - 1, newer.size - 1);
  // A tree of 2^k entries is itself a node of the newer one, so its root is left out of the proof.
  const [start, ...rest] = path.skipRightChildren() ? [older.rootHash, ...hashes] : hashes;
  if (start === undefined) throw invalidProof('the consistency proof is empty');
  let olderRoot = start;
  let newerRoot = start;
  for (const sibling of rest) {
    if (path.step(sibling) === 'left') {
      olderRoot = hasher.node(sibling, olderRoot);
      newerRoot = hasher.node(sibling, newerRoot);
    } else {
      newerRoot = hasher.node(newerRoot, sibling);
    }
  }
  path.end();
  if (!sameHash(olderRoot, older.rootHash) || !sameHash(newerRoot, newer.rootHash)) {
    throw invalidProof(`the tree of ${newer.size} entries does not extend the one of ${older.size}`);
  }
}

/** The way up from a node to the root: `fn` and `sn` of RFC 9162. Arithmetic, as bit operators stop at 32 bits. */
class ProofPath {
  #node: number;
  #last: number;

  constructor(node: number, last: number) {
    this.#node = node;
    this.#last = last;
  }

  /** Goes up while the node is a right child; true if that leaves the leftmost node of a level. */
  skipRightChildren(): boolean {
    while (this.#node % 2 === 1) this.#up();
    return this.#node === 0;
  }

  /** Takes the next sibling of the proof and says on which side it stands. */
  step(sibling: Uint8Array): 'left' | 'right' {
    if (sibling.length !== hashBytes) throw invalidProof('a hash of the proof is not 32 bytes long');
    if (this.#last === 0) throw invalidProof('the proof is too long');
    const siblingIsLeft = this.#node % 2 === 1 || this.#node === this.#last;
    // The last node of a level has no right sibling: it moves up unchanged until it is a right child.
    if (siblingIsLeft) while (this.#node % 2 === 0 && this.#node !== 0) this.#up();
    this.#up();
    return siblingIsLeft ? 'left' : 'right';
  }

  end(): void {
    if (this.#last !== 0) throw invalidProof('the proof is too short');
  }

  #up(): void {
    this.#node = Math.floor(this.#node / 2);
    this.#last = Math.floor(this.#last / 2);
  }
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function invalidProof(message: string): VerificationError {
  return new VerificationError('invalid_proof', message);
}
