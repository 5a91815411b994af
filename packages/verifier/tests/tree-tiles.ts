import type { LogReader } from '../src/log-reader.ts';
import { merkleTreeHash } from './reference-tree.ts';

/** The hash tiles of a tree, worked out from the words of C2SP tlog-tiles without any function of src/. */
export class TreeTiles implements LogReader {
  /** What was read and was there. */
  readonly paths = new Set<string>();
  readonly #tiles = new Map<string, Buffer>();

  constructor(entries: readonly Uint8Array[]) {
    let hashes = entries.map((entry) => merkleTreeHash([entry]));
    for (let level = 0; hashes.length > 0; level += 1) {
      const span = 256 ** (level + 1);
      const above: Buffer[] = [];
      for (let tile = 0; tile * 256 < hashes.length; tile += 1) {
        const part = hashes.slice(tile * 256, (tile + 1) * 256);
        const name = `tile/${level}/${String(tile).padStart(3, '0')}`;
        this.#tiles.set(part.length === 256 ? name : `${name}.p/${part.length}`, Buffer.concat(part));
        if (part.length === 256) above.push(merkleTreeHash(entries.slice(tile * span, (tile + 1) * span)));
      }
      hashes = above;
    }
  }

  get count(): number {
    return this.#tiles.size;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    const tile = this.#tiles.get(path);
    if (tile !== undefined) this.paths.add(path);
    return tile;
  }
}
