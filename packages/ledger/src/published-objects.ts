import {
  formatMinimumIndex,
  type LogReader,
  minimumIndexPath,
  parseTilePath,
  tileWidth,
  treeHasTile,
} from '@pawprint/verifier';
import type { Published } from './journal.ts';
import type { ObjectStore } from './storage/object-store.ts';

/**
 * The objects of a store as far as they are published. What is written but not signed yet is not there, and neither is a
 * partial object that gave way to the full one, as C2SP tlog-tiles allows (Partial Tiles), nor a bundle of removed entries,
 * whether or not it is deleted yet (Pruning).
 */
export function publishedObjects(
  store: Pick<ObjectStore, 'read'>,
  published: () => Published & { readonly firstIndex: number },
): LogReader {
  return {
    async read(path) {
      const { size, checkpoint, firstIndex } = published();
      if (path === 'checkpoint') return Buffer.from(checkpoint);
      if (path === minimumIndexPath) return Buffer.from(formatMinimumIndex(firstIndex));
      const name = parseTilePath(path);
      if (name === undefined || !treeHasTile(size, name)) return undefined;
      const isRemoved = name.level === 'entries' && (name.index + 1) * tileWidth <= firstIndex;
      return isRemoved ? undefined : store.read(path);
    },
  };
}
