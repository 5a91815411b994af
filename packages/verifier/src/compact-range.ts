import { hashBytes, type TreeHasher } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** A node of the tree: `index` counts from the left among the nodes of `level`, and leaves are level 0. */
export type NodeVisitor = (level: number, index: number, hash: Uint8Array) => void;

/**
 * A tree that only grows, kept as the roots of its perfect subtrees: one hash for each bit set in its size.
 * Appending and taking the root need no other node.
 */
export class CompactRange {
  readonly #hasher: TreeHasher;
  readonly #peaks: Uint8Array[];
  #size: number;

  /** @param peaks the roots of the perfect subtrees of a tree of `size` leaves, from the left (the largest). */
  constructor(hasher: TreeHasher, size = 0, peaks: readonly Uint8Array[] = []) {
    if (peaks.length !== bitsSet(size) || peaks.some((peak) => peak.length !== hashBytes)) {
      throw new VerificationError(
        'malformed_tile',
        `a tree of ${size} entries is not made of ${peaks.length} subtrees`,
      );
    }
    this.#hasher = hasher;
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Uint8Array[] {
    return this.#peaks;
  }

  /** Adds a leaf; `visit` sees the leaf and each node that it completes, from the bottom. */
  append(leafHash: Uint8Array, visit?: NodeVisitor): void {
    let hash = leafHash;
    let level = 0;
    let index = this.#size;
    visit?.(level, index, hash);
    // A leaf or node with an odd index is a right child, and its left sibling is the last peak.
    for (let left: Uint8Array | undefined; index % 2 === 1; ) {
      left = this.#peaks.pop();
      if (left === undefined) break;
      hash = this.#hasher.node(left, hash);
      level += 1;
      index = (index - 1) / 2;
      visit?.(level, index, hash);
    }
    this.#peaks.push(hash);
    this.#size += 1;
  }

  /** The Merkle Tree Hash (RFC 6962 section 2.1). */
  root(): Uint8Array {
    return this.#peaks.length === 0
      ? this.#hasher.emptyRoot
      : this.#peaks.reduceRight((right, left) => this.#hasher.node(left, right));
  }

  clone(): CompactRange {
    return new CompactRange(this.#hasher, this.#size, this.#peaks);
  }
}

/** The Merkle Tree Hash of a list of leaf hashes. */
export function treeRoot(hasher: TreeHasher, leafHashes: Iterable<Uint8Array>): Uint8Array {
  const range = new CompactRange(hasher);
  for (const leafHash of leafHashes) range.append(leafHash);
  return range.root();
}

function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
