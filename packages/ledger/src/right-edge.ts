import { setImmediate } from 'node:timers/promises';
import {
  encodeEntryBundle,
  encodeTile,
  entryBundlePath,
  type LogReader,
  readEntryBundle,
  readTile,
  sameHash,
  TiledTree,
  tileLevels,
  tilePath,
  tileWidth,
} from '@pawprint/verifier';
import { LedgerError } from './ledger-error.ts';
import { treeHasher } from './sha256.ts';

/** The unfinished right side of a log: all that must be in memory to add to it. */
export interface RightEdge {
  readonly tree: TiledTree;
  /** The entries of the partial bundle. */
  readonly entries: readonly Uint8Array[];
}

/** The right edge of the log's first `size` entries. Rejects with a VerificationError for what is missing or malformed. */
export async function loadRightEdge(reader: LogReader, size: number): Promise<RightEdge> {
  const tree = await loadTree(reader, size);
  const width = size % tileWidth;
  const entries = width === 0 ? [] : await readEntryBundle(reader, Math.floor(size / tileWidth), width);
  const leafHashes = tree.partialTiles[0] ?? [];
  const wrong = entries.findIndex((entry, at) => !sameHash(treeHasher.leaf(entry), leafHashes[at] ?? entry));
  if (wrong >= 0) {
    throw new LedgerError('tree_mismatch', `entry ${size - width + wrong} differs from its hash in the tree`);
  }
  return { tree, entries };
}

/** The tree of the log's first `size` entries, from the last tile of each level. */
export async function loadTree(reader: LogReader, size: number): Promise<TiledTree> {
  const partialTiles = tileLevels(size).map(({ level, fullTiles, partialWidth }) =>
    partialWidth === 0 ? [] : readTile(reader, level, fullTiles, partialWidth),
  );
  return new TiledTree(treeHasher, await Promise.all(partialTiles));
}

/**
 * Adds entries of at most 65,535 bytes, leaving `edge` as it is. `write` gets each object that must be in the store before
 * the new tree may be signed, as soon as it is complete; pauses after each bundle let the writing go on meanwhile.
 */
export async function extendRightEdge(
  edge: RightEdge,
  entries: readonly Uint8Array[],
  write: (path: string, bytes: Uint8Array) => void,
): Promise<RightEdge> {
  const tree = edge.tree.clone();
  let bundle = [...edge.entries];
  for (const entry of entries) {
    tree.append(treeHasher.leaf(entry), (level, index, hashes) => {
      write(tilePath(level, index), encodeTile(hashes));
    });
    bundle.push(entry);
    if (bundle.length < tileWidth) continue;
    write(entryBundlePath(tree.size / tileWidth - 1), encodeEntryBundle(bundle));
    bundle = [];
    await setImmediate();
  }

  if (bundle.length > 0) {
    write(entryBundlePath(Math.floor(tree.size / tileWidth), bundle.length), encodeEntryBundle(bundle));
  }
  const before = new Set(partialTilePaths(edge.tree.size));
  for (const [level, path] of partialTilePaths(tree.size).entries()) {
    const hashes = tree.partialTiles[level] ?? [];
    if (path !== undefined && !before.has(path)) write(path, encodeTile(hashes));
  }
  return { tree, entries: bundle };
}

/** Whether the object at this path of a log is full, and so never changes. */
export function isFullPath(path: string): boolean {
  return path.startsWith('tile/') && !path.includes('.p/');
}

/** The full tiles and bundles among the last ones of a log whose partial forms may still be stored. */
export function lastFullPaths(size: number, batchEntriesMax: number): string[] {
  return tileLevels(size).flatMap(({ level, fullTiles }) => {
    const count = Math.ceil(batchEntriesMax / tileWidth ** (level + 1)) + 1;
    const indexes = Array.from({ length: Math.min(count, fullTiles) }, (_, back) => fullTiles - 1 - back);
    return indexes.flatMap((index) =>
      level === 0 ? [tilePath(0, index), entryBundlePath(index)] : [tilePath(level, index)],
    );
  });
}

function partialTilePaths(size: number): (string | undefined)[] {
  return tileLevels(size).map(({ level, fullTiles, partialWidth }) =>
    partialWidth === 0 ? undefined : tilePath(level, fullTiles, partialWidth),
  );
}
