import { decodeNote, openCheckpoint, sameHash, type TreeHead, type VerifierKey } from '@pawprint/verifier';
import type { Published } from './journal.ts';
import { LedgerError, withLedgerErrors } from './ledger-error.ts';
import { loadRightEdge, loadTree, type RightEdge } from './right-edge.ts';
import type { ObjectStore } from './storage/object-store.ts';

export interface RecoveredLog {
  readonly edge: RightEdge;
  /** Whether the store's `checkpoint` is the published one. */
  readonly checkpointStored: boolean;
}

/**
 * Finds the right edge of a log, without writing. The journal says what has been signed, and the store must hold just that.
 * @param published what the journal holds; undefined for a new log
 * @throws {LedgerError} when they disagree in a way that no crash explains: going on could sign a second history
 */
export async function recoverLog(
  published: Published | undefined,
  store: ObjectStore,
  key: VerifierKey,
): Promise<RecoveredLog> {
  const size = published?.size ?? 0;
  const bytes = await store.read('checkpoint');
  const note = bytes && (await withLedgerErrors('the stored checkpoint', async () => decodeNote(bytes)));
  const stored = note && (await openOwn('the stored checkpoint', note, key));
  if (stored && stored.size > size) {
    throw new LedgerError(
      'store_ahead',
      `the store has a signed checkpoint of ${stored.size} entries, but the database knows of ${size} only`,
    );
  }

  const edge = await withLedgerErrors('the end of the log', () => loadRightEdge(store, size));
  if (published) {
    const head = await openOwn("the database's checkpoint", published.checkpoint, key);
    checkRoot(head, { size, rootHash: edge.tree.root() });
  }
  // After a crash the stored checkpoint may be an older one, but of this same tree.
  if (stored) {
    const tree = await withLedgerErrors('the end of the log', () => loadTree(store, stored.size));
    checkRoot(stored, { size: stored.size, rootHash: tree.root() });
  }
  return { edge, checkpointStored: published !== undefined && note === published.checkpoint };
}

/** @throws {LedgerError} `tree_mismatch` */
export function checkRoot(signed: TreeHead, found: TreeHead): void {
  if (signed.size === found.size && sameHash(signed.rootHash, found.rootHash)) return;
  throw new LedgerError(
    'tree_mismatch',
    `the log's first ${found.size} entries are not the ${signed.size} that were signed; nothing more is signed`,
  );
}

function openOwn(what: string, note: string, key: VerifierKey): Promise<TreeHead> {
  return withLedgerErrors(what, () => openCheckpoint(note, key));
}
