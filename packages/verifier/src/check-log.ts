import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { compareLeaves } from './compare-leaves.ts';
import { type LogReader, readFoundEntries, readTile } from './log-reader.ts';
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
   * Called with each bundle once its entries are known to match their leaf hashes, in order: progress, or a copy. `size` is
   * that of the checkpoint.
   */
  readonly onEntries?: (from: number, entries: readonly Uint8Array[], size: number) => void | Promise<void>;
}

/** A bundle is at most 16 MiB. Waiting for each read took most of the time, on a disk and even more over HTTP. */
const bundlesAhead = 8;

/**
 * Reads the whole log and recomputes everything in it: each entry against its leaf hash, each tile against the tiles below
 * it, and the root against the signed checkpoint and the one known from before. Memory does not grow with the log.
 *
 * Only `known` shows that a log was cut short, or rewritten by whoever has its key.
 * @returns the checkpoint that all of it agrees with
 * @throws {VerificationError} names the first object or entry that is missing, unreadable or different
 */
export async function checkLog(check: LogCheck): Promise<Checkpoint> {
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

  for await (const { from, width, entries, isWhole, due } of readBundles(reader, checkpoint.size)) {
    const bundle = from / tileWidth;
    const found = entries.map((entry) => hasher.leaf(entry));
    compareLeaves(found, due, from, tilePath(0, bundle, width));
    if (!isWhole) throw new VerificationError('malformed_bundle', `${entryBundlePath(bundle)} is not full`);
    const fullTiles: { level: number; index: number; hashes: readonly Uint8Array[] }[] = [];
    for (const leafHash of found) {
      tree.append(leafHash, (level, index, hashes) => fullTiles.push({ level, index, hashes }));
      requireKnown(tree, known);
    }
    for (const { level, index, hashes } of fullTiles) await checkTile(reader, level, index, hashes);
    await onEntries?.(from, entries, checkpoint.size);
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
  return checkpoint;
}

interface FoundBundle {
  readonly from: number;
  readonly width: number;
  readonly entries: readonly Uint8Array[];
  readonly isWhole: boolean;
  /** The leaf hashes as the tile has them. */
  readonly due: readonly Uint8Array[];
}

/** Reads the bundles of a log of `size` entries, in order, some ahead of the one that is checked. */
async function* readBundles(reader: LogReader, size: number): AsyncGenerator<FoundBundle> {
  const ahead: Promise<FoundBundle>[] = [];
  for (let from = 0; from < size || ahead.length > 0; from += tileWidth) {
    if (from < size) {
      const bundle = readBundle(reader, from, Math.min(tileWidth, size - from));
      // Its failure is told when its turn comes.
      bundle.catch(() => undefined);
      ahead.push(bundle);
    }
    const next = ahead.length > bundlesAhead || from >= size ? ahead.shift() : undefined;
    if (next !== undefined) yield await next;
  }
}

async function readBundle(reader: LogReader, from: number, width: number): Promise<FoundBundle> {
  const due = readTile(reader, 0, from / tileWidth, width);
  due.catch(() => undefined);
  const found = await readFoundEntries(reader, from / tileWidth, width);
  return { from, width, ...found, due: await due };
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
