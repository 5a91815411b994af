import { hashBytes } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** Hashes in a full tile and entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256;
/** Levels of the tree that one level of tiles spans: 2^8 = 256. */
export const tileHeight = 8;

/** `tile/<L>/<N>[.p/<W>]`: the hash tile at `level` (0 holds leaf hashes), its `index`, partial below 256 hashes. */
export function tilePath(level: number, index: number, width = tileWidth): string {
  return `tile/${level}/${indexPath(index)}${partialSuffix(width)}`;
}

/** `tile/entries/<N>[.p/<W>]`: the bundle of the entries whose leaf hashes are in level 0 tile `index`. */
export function entryBundlePath(index: number, width = tileWidth): string {
  return `tile/entries/${indexPath(index)}${partialSuffix(width)}`;
}

/** Where a log says from which index on it has all entries. The path is ours: C2SP tlog-tiles (Pruning) leaves it open. */
export const minimumIndexPath = 'minimum-index';

/** The minimum index as it is published: a decimal number on a line. */
export function formatMinimumIndex(index: number): string {
  return `${index}\n`;
}

/** @throws {VerificationError} `malformed_index` */
export function parseMinimumIndex(bytes: Uint8Array): number {
  const [, digits] = /^(0|[1-9]\d{0,15})\n?$/.exec(new TextDecoder().decode(bytes)) ?? [];
  const index = Number(digits ?? Number.NaN);
  if (Number.isSafeInteger(index)) return index;
  throw new VerificationError('malformed_index', `${minimumIndexPath} is not an index`);
}

/** What a path names: a hash tile at a level, or an entry bundle. */
export interface TileName {
  readonly level: number | 'entries';
  readonly index: number;
  /** Hashes or entries in it; below 256 it is partial. */
  readonly width: number;
}

const tilePathPattern = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/(\d{1,3}))?$/;
const levelMax = 63;

/** What a path of C2SP tlog-tiles names, or undefined for one that is not spelt as it must be. */
export function parseTilePath(path: string): TileName | undefined {
  const [, kind = '', groups = '', suffix = String(tileWidth)] = tilePathPattern.exec(path) ?? [];
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = Number(suffix);
  if (width < 1 || width > tileWidth) return undefined;
  if (kind === 'entries') {
    return entryBundlePath(index, width) === path ? { level: kind, index, width } : undefined;
  }
  const level = Number(kind);
  return level <= levelMax && tilePath(level, index, width) === path ? { level, index, width } : undefined;
}

/** Whether a tree of `size` entries has all the hashes or entries of a tile. */
export function treeHasTile(size: number, { level, index, width }: TileName): boolean {
  const hashes = level === 'entries' ? size : Math.floor(size / tileWidth ** level);
  return index * tileWidth + width <= hashes;
}

/** Where a tree of `size` entries ends on one level of tiles. */
export interface TileLevelEnd {
  readonly level: number;
  /** Number of full tiles, and so also the index of the partial one. */
  readonly fullTiles: number;
  /** Hashes in the partial tile; 0 when there is none. */
  readonly partialWidth: number;
}

/** The end of each tile level of a tree of `size` entries, lowest first; none for the empty tree. */
export function tileLevels(size: number): TileLevelEnd[] {
  const levels: TileLevelEnd[] = [];
  for (let hashes = size; hashes > 0; hashes = Math.floor(hashes / tileWidth)) {
    levels.push({
      level: levels.length,
      fullTiles: Math.floor(hashes / tileWidth),
      partialWidth: hashes % tileWidth,
    });
  }
  return levels;
}

export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  const tile = new Uint8Array(hashes.length * hashBytes);
  hashes.forEach((hash, position) => {
    tile.set(hash, position * hashBytes);
  });
  return tile;
}

/** @throws {VerificationError} `malformed_tile` */
export function decodeTile(tile: Uint8Array): Uint8Array[] {
  const width = tile.length / hashBytes;
  if (!Number.isInteger(width) || width === 0 || width > tileWidth) {
    throw new VerificationError('malformed_tile', `a tile can't be ${tile.length} bytes long`);
  }
  return Array.from({ length: width }, (_, position) =>
    tile.slice(position * hashBytes, (position + 1) * hashBytes),
  );
}

/** 1234067 is `x001/x234/067`: groups of three digits, all but the last marked, so no file is also a folder. */
function indexPath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? [];
  return groups.map((group, position) => (position < groups.length - 1 ? `x${group}` : group)).join('/');
}

function partialSuffix(width: number): string {
  return width === tileWidth ? '' : `.p/${width}`;
}
