import { hash } from 'node:crypto';
import { loadSigner, type ObjectStore } from '@pawprint/ledger';
import { keptFrom } from '@pawprint/record';
import {
  checkLog,
  decodeNote,
  type LogReader,
  parseCheckpoint,
  parseNote,
  VerificationError,
} from '@pawprint/verifier';
import { RecordedRetention } from '../retention/recorded-retention.ts';
import type { OutboxJournal } from '../store/outbox-journal.ts';

/** The instance does not start on a ledger that its database does not know, or not in this way. */
export class RestoreRefused extends Error {
  override readonly name = 'RestoreRefused';
}

const progressInterval = 65_536;

export interface Restore {
  /** Whether the operator wants it. */
  readonly isWanted: boolean;
  /** Whether nothing was ever done in this database. */
  readonly isNew: boolean;
  readonly journal: OutboxJournal;
  readonly objects: ObjectStore;
  /** Where the objects are, for messages. */
  readonly place: string;
  /** Of the log's signing key. */
  readonly keyFile: string;
  /** Tells how many entries are verified, each time after another 65,536. */
  readonly onProgress: (verified: number, size: number) => void;
}

/**
 * Lets a new database take over the ledger that another one left, once all of it is verified. What else a store keeps for
 * an instance is to be restored here, after the log. Interrupted, it is begun again by the next start.
 * @returns the journal to go on with
 * @throws {RestoreRefused} when it is not wanted and there is a ledger, or it is and can't be done
 */
export async function takeOverLedger(restore: Restore): Promise<OutboxJournal> {
  const { isWanted, isNew, journal, objects, place } = restore;
  if (isWanted && !isNew) {
    throw new RestoreRefused(
      'PAWPRINT_RESTORE is for an empty database, and this one is in use: start without it',
    );
  }
  // A database that has published is the one that the ledger goes on with; opening it compares the two.
  if ((await journal.published()) !== undefined) return journal;
  const note = await objects.read('checkpoint');
  if (note === undefined) {
    if (isWanted) throw new RestoreRefused(`There is no ledger in ${place} that could be restored`);
    return journal;
  }
  if (!isWanted) {
    throw new RestoreRefused(
      `The database is empty, but there is a ledger in ${place}. To go on with that ledger, put its signing key back at ` +
        `${restore.keyFile} and start with PAWPRINT_RESTORE=true; for a new one, choose an empty place`,
    );
  }
  return adoptVerified(restore, note);
}

async function adoptVerified(restore: Restore, noteBytes: Uint8Array): Promise<OutboxJournal> {
  const { journal, objects, place, keyFile, onProgress } = restore;
  // What is verified is the checkpoint that was read, whatever is written there meanwhile.
  const reader: LogReader = {
    read: async (path) => (path === 'checkpoint' ? noteBytes : objects.read(path)),
  };
  try {
    const note = decodeNote(noteBytes);
    const { origin } = parseCheckpoint(parseNote(note).text);
    const signer = await loadSigner(keyFile, origin);
    if (signer === undefined) {
      throw new RestoreRefused(
        `The ledger ${origin} in ${place} can only go on with its signing key, and there is none at ${keyFile}`,
      );
    }
    const retention = new RecordedRetention();
    const { size, removal } = await checkLog({
      reader,
      vkey: signer.vkey,
      sha256: (bytes) => hash('sha256', bytes, 'buffer'),
      keptFrom,
      onEntries: (from, entries, size) => {
        retention.add(entries);
        const verified = from + entries.length;
        if (verified % progressInterval === 0) onProgress(verified, size);
      },
    });
    return await journal.adopt(origin, { size, checkpoint: note }, async (bookkeeper) => {
      await bookkeeper
        .updateTable('removed_records')
        .set({ first_index: removal?.removedTo ?? 0 })
        .execute();
      await retention.store(bookkeeper);
    });
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new RestoreRefused(`The ledger in ${place} does not verify: ${cause.message}`, { cause });
  }
}
