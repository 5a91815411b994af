import { type LogReader, parseTilePath, treeHasTile } from '@pawprint/verifier';
import type { Published } from './journal.ts';
import type { ObjectStore } from './storage/object-store.ts';

/**
 * The objects of a store as far as they are published. What is written but not signed yet is not there, and neither is a
 * partial object that gave way to the full one, as C2SP tlog-tiles allows (Partial Tiles).
 */
export function publishedObjects(store: Pick<ObjectStore, 'read'>, published: () => Published): LogReader {
  return {
    async read(path) {
      const { size, checkpoint } = published();
      if (path === 'checkpoint') return Buffer.from(checkpoint);
      const name = parseTilePath(path);
      return name !== undefined && treeHasTile(size, name) ? store.read(path) : undefined;
    },
  };
}
