import { treeRoot } from './compact-range.ts';
import { type LogReader, readTile } from './log-reader.ts';
import type { InclusionProof } from './merkle-proof.ts';
import { tileHeight, tileWidth } from './tile.ts';
import type { TreeHasher } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/**
 * The proof that the entry at `index` is in the tree of the log's first `size` entries: PATH of RFC 6962 section 2.1.1,
 * read out of the tiles. It is not checked: what is wrong in the tiles is wrong in the proof.
 * @throws {VerificationError} `invalid_proof` where there is none; `missing_object`, `malformed_tile`
 */
export async function readInclusionProof(
  reader: LogReader,
  hasher: TreeHasher,
  index: number,
  size: number,
): Promise<InclusionProof> {
  requireOrder(index, size - 1, `index ${index} is not in a tree of ${size} entries`);
  return { index, hashes: await inclusionPath(new TileNodes(reader, hasher, size), index, 0, size) };
}

/**
 * The proof that the tree of the first `size` entries begins with that of the first `olderSize`: PROOF of RFC 6962 section
 * 2.1.2, and empty from the empty tree.
 * @throws {VerificationError} `invalid_proof` where there is none; `missing_object`, `malformed_tile`
 */
export async function readConsistencyProof(
  reader: LogReader,
  hasher: TreeHasher,
  olderSize: number,
  size: number,
): Promise<Uint8Array[]> {
  requireOrder(olderSize, size, `a tree of ${size} entries does not extend one of ${olderSize}`);
  return olderSize === 0
    ? []
    : consistencyPath(new TileNodes(reader, hasher, size), olderSize, 0, size, true);
}

/**
 * The roots of the perfect subtrees that the first `count` entries are made of, from the left: what a CompactRange goes on
 * from. They are read from the tiles of the first `size` entries.
 * @throws {VerificationError} `invalid_proof` where there are fewer; `missing_object`, `malformed_tile`
 */
export async function readPeaks(
  reader: LogReader,
  hasher: TreeHasher,
  count: number,
  size: number,
): Promise<Uint8Array[]> {
  requireOrder(count, size, `a tree of ${size} entries does not have ${count}`);
  return new TileNodes(reader, hasher, size).peaks(0, count);
}

/** PATH(index, D[from:to]), lowest hash first. */
async function inclusionPath(
  nodes: TileNodes,
  index: number,
  from: number,
  to: number,
): Promise<Uint8Array[]> {
  if (to - from === 1) return [];
  const middle = from + largestPowerBelow(to - from);
  return index < middle
    ? [...(await inclusionPath(nodes, index, from, middle)), await nodes.root(middle, to)]
    : [...(await inclusionPath(nodes, index, middle, to)), await nodes.root(from, middle)];
}

/** SUBPROOF(older - from, D[from:to], isWhole), lowest hash first. */
async function consistencyPath(
  nodes: TileNodes,
  older: number,
  from: number,
  to: number,
  isWhole: boolean,
): Promise<Uint8Array[]> {
  if (older === to) return isWhole ? [] : [await nodes.root(from, to)];
  const middle = from + largestPowerBelow(to - from);
  return older <= middle
    ? [...(await consistencyPath(nodes, older, from, middle, isWhole)), await nodes.root(middle, to)]
    : [...(await consistencyPath(nodes, older, middle, to, false)), await nodes.root(from, middle)];
}

/** The nodes of a tree, worked out from its tiles; each tile is read once. */
class TileNodes {
  readonly #reader: LogReader;
  readonly #hasher: TreeHasher;
  readonly #size: number;
  readonly #tiles = new Map<string, Promise<Uint8Array[]>>();

  constructor(reader: LogReader, hasher: TreeHasher, size: number) {
    this.#reader = reader;
    this.#hasher = hasher;
    this.#size = size;
  }

  /** MTH(D[from:to]), where `from` is a multiple of the smallest power of two that is not below `to - from`. */
  async root(from: number, to: number): Promise<Uint8Array> {
    const peaks = await this.peaks(from, to);
    return peaks.reduceRight((right, left) => this.#hasher.node(left, right));
  }

  /** The perfect subtrees that D[from:to] is made of, from the left. */
  async peaks(from: number, to: number): Promise<Uint8Array[]> {
    const peaks: Uint8Array[] = [];
    for (let start = from; start < to; ) {
      const level = Math.floor(Math.log2(to - start));
      peaks.push(await this.#node(level, start / 2 ** level));
      start += 2 ** level;
    }
    return peaks;
  }

  /** Tiles hold every eighth level of the tree; what lies between is hashed from the hashes below it. */
  async #node(level: number, index: number): Promise<Uint8Array> {
    const tileLevel = Math.floor(level / tileHeight);
    const width = 2 ** (level % tileHeight);
    const first = index * width;
    const tile = await this.#tile(tileLevel, Math.floor(first / tileWidth));
    return treeRoot(this.#hasher, tile.slice(first % tileWidth, (first % tileWidth) + width));
  }

  #tile(level: number, index: number): Promise<Uint8Array[]> {
    const key = `${level}/${index}`;
    const width = Math.min(tileWidth, Math.floor(this.#size / tileWidth ** level) - index * tileWidth);
    const tile = this.#tiles.get(key) ?? readTile(this.#reader, level, index, width);
    this.#tiles.set(key, tile);
    return tile;
  }
}

/** The largest power of two smaller than n. */
function largestPowerBelow(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function requireOrder(lower: number, upper: number, message: string): void {
  const areNumbers = Number.isSafeInteger(lower) && Number.isSafeInteger(upper);
  if (!areNumbers || lower < 0 || lower > upper) throw new VerificationError('invalid_proof', message);
}
