import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { compareLeaves } from './compare-leaves.ts';
import type { Cosignature } from './cosignature.ts';
import { type LogReader, readFoundEntries, readTile } from './log-reader.ts';
import type { TreeHead } from './merkle-proof.ts';
import { decodeNote, parseVerifierKey, type VerifyEd25519 } from './signed-note.ts';
import { entryBundlePath, tilePath, tileWidth } from './tile.ts';
import { TiledTree } from './tiled-tree.ts';
import { createTreeHasher, type Sha256, sameHash } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';
import { checkPolicy, type WitnessPolicy } from './witness-policy.ts';

export interface LogCheck {
  readonly reader: LogReader;
  /** The log's public key as a "vkey" string; its name is the log's origin. */
  readonly vkey: string;
  readonly sha256: Sha256;
  readonly verify?: VerifyEd25519;
  /** What an earlier checkpoint, kept where nobody could change it, says: the log must go on from there. */
  readonly known?: TreeHead | undefined;
  /** Whose cosignatures a checkpoint of the log must have: the log must go on from the newest that has them. */
  readonly policy?: WitnessPolicy | undefined;
  /**
   * Called with each bundle once its entries are known to match their leaf hashes, in order: progress, or a copy. `size` is
   * that of the checkpoint.
   */
  readonly onEntries?: (from: number, entries: readonly Uint8Array[], size: number) => void | Promise<void>;
}

/** What everything in a log agrees with. */
export interface CheckedLog extends Checkpoint {
  /** With a policy, the newest checkpoint that satisfies it: nothing but the log's key vouches for what came later. */
  readonly witnessed?: WitnessedHead;
}

export interface WitnessedHead extends TreeHead {
  readonly cosignatures: readonly Cosignature[];
}

/** A checkpoint with the cosignatures that a policy asks for lies here, as the newest one may not have them yet. */
export const witnessedCheckpointPath = 'checkpoint.witnessed';

/** A tree that the log must go on from, and who vouches for it. */
interface KnownHead extends TreeHead {
  readonly by: string;
}

/**
 * Reads the whole log and recomputes everything in it: each entry against its leaf hash, each tile against the tiles below
 * it, and the root against the signed checkpoint and the one known from before. Memory does not grow with the log.
 *
 * Only `known` and `policy` show that a log was cut short, or rewritten by whoever has its key.
 * @returns the checkpoint that all of it agrees with
 * @throws {VerificationError} names the first object or entry that is missing, unreadable or different
 */
export async function checkLog(check: LogCheck): Promise<CheckedLog> {
  const { reader, sha256, known, onEntries } = check;
  const hasher = createTreeHasher(sha256);
  const checkpoint = await readCheckpoints(check);
  const { witnessed } = checkpoint;
  const tree = new TiledTree(hasher);
  const knownHeads: KnownHead[] = [
    ...(known === undefined ? [] : [{ ...known, by: 'signed before' }]),
    ...(witnessed === undefined ? [] : [{ ...witnessed, by: 'cosigned by witnesses' }]),
  ];
  for (const { size, by } of knownHeads) {
    if (size <= checkpoint.size) continue;
    throw new VerificationError(
      'truncated',
      `the log's checkpoint is of ${checkpoint.size} entries, but one of ${size} was ${by}`,
    );
  }
  requireKnown(tree, knownHeads);

  for (let from = 0; from < checkpoint.size; from += tileWidth) {
    const bundle = from / tileWidth;
    const width = Math.min(tileWidth, checkpoint.size - from);
    const { entries, isWhole } = await readFoundEntries(reader, bundle, width);
    const due = await readTile(reader, 0, bundle, width);
    const found = entries.map((entry) => hasher.leaf(entry));
    compareLeaves(found, due, from, tilePath(0, bundle, width));
    if (!isWhole) throw new VerificationError('malformed_bundle', `${entryBundlePath(bundle)} is not full`);
    const fullTiles: { level: number; index: number; hashes: readonly Uint8Array[] }[] = [];
    for (const leafHash of found) {
      tree.append(leafHash, (level, index, hashes) => fullTiles.push({ level, index, hashes }));
      requireKnown(tree, knownHeads);
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

function requireKnown(tree: TiledTree, knownHeads: readonly KnownHead[]): void {
  for (const { size, rootHash, by } of knownHeads) {
    if (size !== tree.size || sameHash(rootHash, tree.root())) continue;
    throw new VerificationError(
      'forked',
      `the log's first ${size} entries are not those that were ${by}: its history was rewritten`,
    );
  }
}

async function readCheckpoints(check: LogCheck): Promise<CheckedLog> {
  const { reader, vkey, sha256, verify, policy } = check;
  const key = parseVerifierKey(vkey, sha256);
  // Before the newest: a log that grows meanwhile must not look as if it had been cut back.
  const kept = policy && (await readNote(reader, witnessedCheckpointPath));
  const newest = await readNote(reader, 'checkpoint');
  if (newest === undefined) throw new VerificationError('missing_object', 'the checkpoint is missing');
  const checkpoint = await openCheckpoint(newest, key, verify);
  if (policy === undefined) return checkpoint;
  const { note, cosignatures } = await findWitnessed(newest, kept, policy, verify);
  const { size, rootHash } = await openCheckpoint(note, key, verify);
  return { ...checkpoint, witnessed: { size, rootHash, cosignatures } };
}

/** The newest checkpoint if it satisfies the policy already, else the one that was kept since it did. */
async function findWitnessed(
  newest: string,
  kept: string | undefined,
  policy: WitnessPolicy,
  verify: VerifyEd25519 | undefined,
): Promise<{ readonly note: string; readonly cosignatures: readonly Cosignature[] }> {
  try {
    return { note: newest, cosignatures: await checkPolicy(newest, policy, verify) };
  } catch (error) {
    const isUnwitnessed = error instanceof VerificationError && error.code === 'not_witnessed';
    if (!isUnwitnessed || kept === undefined) throw error;
    return { note: kept, cosignatures: await checkPolicy(kept, policy, verify) };
  }
}

async function readNote(reader: LogReader, path: string): Promise<string | undefined> {
  const bytes = await reader.read(path);
  return bytes && decodeNote(bytes);
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
