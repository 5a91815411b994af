import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { compareLeaves } from './compare-leaves.ts';
import { type FoundEntries, type LogReader, readFoundEntries, readTile } from './log-reader.ts';
import type { TreeHead } from './merkle-proof.ts';
import { decodeNote, parseVerifierKey, type VerifyEd25519 } from './signed-note.ts';
import { entryBundlePath, tilePath, tileWidth } from './tile.ts';
import { TiledTree } from './tiled-tree.ts';
import { createTreeHasher, type Sha256, sameHash } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

export interface LogCheck {
  readonly reader: LogReader;
  /** The log's public key as a "vkey" string; its name is the log's origin. */
  readonly vkey: string;
  readonly sha256: Sha256;
  readonly verify?: VerifyEd25519;
  /** What an earlier checkpoint, kept where nobody could change it, says: the log must go on from there. */
  readonly known?: TreeHead | undefined;
  /**
   * Entries before this index may be gone: of bundles that lie wholly before it only the hashes are checked. For who knows
   * from elsewhere where a log begins whose front was removed (C2SP tlog-tiles, Pruning: the minimum index).
   */
  readonly from?: number | undefined;
  /**
   * Reads in an entry that those before some index were removed, and returns that index; undefined for any other entry. The
   * bundles at the front may then be gone as far as an entry of the log itself, and so the log's signature, says.
   */
  readonly keptFrom?: ((entry: Uint8Array) => number | undefined) | undefined;
  /**
   * Called with each bundle once its entries are known to match their leaf hashes, in order: progress, or a copy. `size` is
   * that of the checkpoint.
   */
  readonly onEntries?: (from: number, entries: readonly Uint8Array[], size: number) => void | Promise<void>;
}

/** What was found to be a whole log. */
export interface CheckedLog extends Checkpoint {
  /** Present when bundles at the front are gone and an entry says why. */
  readonly removal?: Removal;
}

/** That entries at the front were removed, as an entry of the log says. */
export interface Removal {
  /** The entries before this index are gone; their hashes are there and were checked. */
  readonly removedTo: number;
  /** Index of the entry that says so. */
  readonly recordedAt: number;
}

/** A bundle is at most 16 MiB. Waiting for each read took most of the time, on a disk and even more over HTTP. */
const bundlesAhead = 8;

/**
 * Reads the whole log and recomputes everything in it: each entry against its leaf hash, each tile against the tiles below
 * it, and the root against the signed checkpoint and the one known from before. Memory does not grow with the log.
 *
 * Only `known` shows that a log was cut short, or rewritten by whoever has its key. Bundles are missed wherever
 * they are gone, save those at the front that `from` or `keptFrom` allows.
 * @returns the checkpoint that all of it agrees with
 * @throws {VerificationError} names the first object or entry that is missing, unreadable or different
 */
export async function checkLog(check: LogCheck): Promise<CheckedLog> {
  const { reader, vkey, sha256, verify, known, onEntries } = check;
  const hasher = createTreeHasher(sha256);
  const checkpoint = await readCheckpoint(reader, vkey, sha256, verify);
  const tree = new TiledTree(hasher);
  if (known !== undefined && known.size > checkpoint.size) {
    throw new VerificationError(
      'truncated',
      `the log's checkpoint is of ${checkpoint.size} entries, but one of ${known.size} was signed before`,
    );
  }
  requireKnown(tree, known);

  const front = new RemovedFront(check);
  for await (const read of readBundles(reader, checkpoint.size, front.askedFrom)) {
    const { start, width } = read;
    const bundle = start / tileWidth;
    const found = front.entriesOf(read);
    const due = await read.due;
    if (found !== undefined) {
      const leafHashes = found.entries.map((entry) => hasher.leaf(entry));
      compareLeaves(leafHashes, due, start, tilePath(0, bundle, width));
      if (!found.isWhole)
        throw new VerificationError('malformed_bundle', `${entryBundlePath(bundle)} is not full`);
    }
    const fullTiles: { level: number; index: number; hashes: readonly Uint8Array[] }[] = [];
    for (const leafHash of due) {
      tree.append(leafHash, (level, index, hashes) => fullTiles.push({ level, index, hashes }));
      requireKnown(tree, known);
    }
    for (const { level, index, hashes } of fullTiles) await checkTile(reader, level, index, hashes);
    if (found !== undefined) await onEntries?.(start, found.entries, checkpoint.size);
  }

  for (const [level, hashes] of tree.partialTiles.entries()) {
    if (hashes.length === 0) continue;
    const index = Math.floor(checkpoint.size / tileWidth ** (level + 1));
    await checkTile(reader, level, index, hashes);
  }
  if (!sameHash(tree.root(), checkpoint.rootHash)) {
    throw new VerificationError(
      'root_mismatch',
      `the ${checkpoint.size} entries do not have the root hash of the signed checkpoint`,
    );
  }
  const removal = front.end();
  return { ...checkpoint, ...(removal && { removal }) };
}

/** Tells bundles that were removed at the front of a log from those that are missing. */
class RemovedFront {
  /** First index of the first bundle that is asked for. */
  readonly askedFrom: number;
  readonly #keptFrom: LogCheck['keptFrom'];
  /** From here on every bundle has been there. */
  #goneTo: number;
  #removal: Removal = { removedTo: 0, recordedAt: 0 };

  constructor({ from = 0, keptFrom }: LogCheck) {
    this.askedFrom = from - (from % tileWidth);
    this.#keptFrom = keptFrom;
    this.#goneTo = this.askedFrom;
  }

  /** The entries of the next bundle, in order; undefined where it may have been removed. */
  entriesOf({ start, width, found }: FoundBundle): FoundEntries | undefined {
    if (found instanceof VerificationError) {
      if (start !== this.#goneTo || width < tileWidth || this.#keptFrom === undefined) throw found;
      this.#goneTo = start + tileWidth;
      return undefined;
    }
    if (found !== undefined && this.#goneTo > this.askedFrom) this.#findRemoval(start, found.entries);
    return found;
  }

  #findRemoval(start: number, entries: readonly Uint8Array[]): void {
    for (const [position, entry] of entries.entries()) {
      const removedTo = this.#keptFrom?.(entry) ?? 0;
      const recordedAt = start + position;
      if (removedTo > this.#removal.removedTo && removedTo <= recordedAt)
        this.#removal = { removedTo, recordedAt };
    }
  }

  /**
   * What says that the missing bundles were removed; undefined when none is missing.
   * @throws {VerificationError} `missing_object` when nothing says so of all of them
   */
  end(): Removal | undefined {
    if (this.#goneTo === this.askedFrom) return undefined;
    const { removedTo, recordedAt } = this.#removal;
    if (removedTo >= this.#goneTo) return { removedTo: this.#goneTo, recordedAt };
    const first = Math.max(this.askedFrom, removedTo);
    throw new VerificationError(
      'missing_object',
      `${entryBundlePath(Math.floor(first / tileWidth))} is missing, and no entry of the log says that it was removed`,
    );
  }
}

interface FoundBundle {
  /** Index of its first entry. */
  readonly start: number;
  readonly width: number;
  /** Its entries, or that it is missing; undefined where it is not asked for. */
  readonly found: FoundEntries | VerificationError | undefined;
  /** The leaf hashes as the tile has them. */
  readonly due: Promise<readonly Uint8Array[]>;
}

/** Reads the bundles of a log of `size` entries, in order, some ahead of the one that is checked. */
async function* readBundles(reader: LogReader, size: number, askedFrom: number): AsyncGenerator<FoundBundle> {
  const ahead: Promise<FoundBundle>[] = [];
  for (let start = 0; start < size || ahead.length > 0; start += tileWidth) {
    if (start < size) {
      const bundle = readBundle(reader, start, Math.min(tileWidth, size - start), start >= askedFrom);
      // Its failure is told when its turn comes.
      bundle.catch(() => undefined);
      ahead.push(bundle);
    }
    const next = ahead.length > bundlesAhead || start >= size ? ahead.shift() : undefined;
    if (next !== undefined) yield await next;
  }
}

async function readBundle(
  reader: LogReader,
  start: number,
  width: number,
  isAsked: boolean,
): Promise<FoundBundle> {
  const due = readTile(reader, 0, start / tileWidth, width);
  due.catch(() => undefined);
  const found = isAsked ? await findEntries(reader, start / tileWidth, width) : undefined;
  // That a bundle is missing is told before what is wrong with its tile.
  return { start, width, found, due };
}

/** The entries where a bundle is due, or that there are none. */
async function findEntries(
  reader: LogReader,
  bundle: number,
  width: number,
): Promise<FoundEntries | VerificationError> {
  try {
    return await readFoundEntries(reader, bundle, width);
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'missing_object') return error;
    throw error;
  }
}

function requireKnown(tree: TiledTree, known: TreeHead | undefined): void {
  if (known === undefined || known.size !== tree.size || sameHash(known.rootHash, tree.root())) return;
  throw new VerificationError(
    'forked',
    `the log's first ${known.size} entries are not those that were signed before: its history was rewritten`,
  );
}

async function readCheckpoint(
  reader: LogReader,
  vkey: string,
  sha256: Sha256,
  verify?: VerifyEd25519,
): Promise<Checkpoint> {
  const note = await reader.read('checkpoint');
  if (note === undefined) throw new VerificationError('missing_object', 'the checkpoint is missing');
  return openCheckpoint(decodeNote(note), parseVerifierKey(vkey, sha256), verify);
}

async function checkTile(
  reader: LogReader,
  level: number,
  index: number,
  expected: readonly Uint8Array[],
): Promise<void> {
  const stored = await readTile(reader, level, index, expected.length);
  const wrong = stored.findIndex((hash, position) => !sameHash(hash, expected[position] ?? new Uint8Array()));
  if (wrong >= 0) {
    const path = tilePath(level, index, expected.length);
    throw new VerificationError(
      'tile_mismatch',
      `hash ${wrong} of ${path} does not follow from the entries below it`,
    );
  }
}
