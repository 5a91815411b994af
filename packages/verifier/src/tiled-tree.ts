import { CompactRange } from './compact-range.ts';
import { tileHeight, tileWidth } from './tile.ts';
import type { TreeHasher } from './tree-hasher.ts';

/** A tile that has just been filled: its level, its index in it, and its 256 hashes. */
export type FullTileVisitor = (level: number, index: number, hashes: readonly Uint8Array[]) => void;

/** A tree that only grows, together with the tiles that are not full yet: all it takes to go on writing its tiles. */
export class TiledTree {
  readonly #hasher: TreeHasher;
  readonly #range: CompactRange;
  readonly #partialTiles: Uint8Array[][];

  /** @param partialTiles the hashes of the partial tile of each level, lowest level first; they define the tree. */
  constructor(hasher: TreeHasher, partialTiles: readonly (readonly Uint8Array[])[] = []) {
    const size = partialTiles.reduce((sum, hashes, level) => sum + hashes.length * tileWidth ** level, 0);
    // The hashes of a partial tile are the roots of equal subtrees, so they combine to peaks as leaves would.
    const peaks = partialTiles.map((hashes) => {
      const range = new CompactRange(hasher);
      for (const hash of hashes) range.append(hash);
      return range.peaks;
    });
    this.#hasher = hasher;
    this.#range = new CompactRange(hasher, size, peaks.reverse().flat());
    this.#partialTiles = partialTiles.map((hashes) => [...hashes]);
  }

  get size(): number {
    return this.#range.size;
  }

  get partialTiles(): readonly (readonly Uint8Array[])[] {
    return this.#partialTiles;
  }

  root(): Uint8Array {
    return this.#range.root();
  }

  append(leafHash: Uint8Array, onFullTile?: FullTileVisitor): void {
    this.#range.append(leafHash, (nodeLevel, nodeIndex, hash) => {
      if (nodeLevel % tileHeight !== 0) return;
      const level = nodeLevel / tileHeight;
      const hashes = this.#partialTiles[level] ?? [];
      this.#partialTiles[level] = hashes;
      hashes.push(hash);
      if (hashes.length < tileWidth) return;
      this.#partialTiles[level] = [];
      onFullTile?.(level, Math.floor(nodeIndex / tileWidth), hashes);
    });
  }

  clone(): TiledTree {
    return new TiledTree(this.#hasher, this.#partialTiles);
  }
}
