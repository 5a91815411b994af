import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectStore } from '@pawprint/ledger';
import * as z from 'zod';
import type { Store } from '../store/store.ts';
import type { SubjectKeyRow } from '../store/tables.ts';

/** Keeps the wrapped keys beside the ledger's objects, so that a restore from there can read the records. */
export interface KeyArchive {
  /** There may be keys that are not kept there yet. */
  wake(): void;
  /** Removes a key whose row is gone; when it returns it will not come back. */
  remove(keyId: string): Promise<void>;
  /** Until all keys of now are kept there, or could not be. */
  settled(): Promise<void>;
  /** Finishes what is under way. */
  stop(): Promise<void>;
}

export interface KeyArchiveOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly objects: ObjectStore;
  /** Told of each failure; it is tried again. */
  onFailure(error: unknown): void;
  onSuccess(): void;
}

const prefix = 'subject-keys/';
const batchMax = 100;
const retryDelayMs = 5_000;

const archivedKeySchema = z.strictObject({
  subject: z.string(),
  wrapped: z.string(),
  createdAt: z.string(),
});

export function createKeyArchive({ store, objects, onFailure, onSuccess }: KeyArchiveOptions): KeyArchive {
  const stopping = new AbortController();
  /** One thing after another, so that a key is not written after its removal. */
  let last: Promise<unknown> = Promise.resolve();
  let waiting = false;

  function next<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function archive(): Promise<void> {
    while (!stopping.signal.aborted) {
      waiting = false;
      const rows = await store.reader
        .selectFrom('subject_keys')
        .selectAll()
        .where('archived_at', 'is', null)
        .limit(batchMax)
        .execute();
      if (rows.length === 0) return;
      for (const row of rows) await objects.write(`${prefix}${row.id}`, encode(row));
      await store.bookkeep(async (bookkeeper) => {
        const ids = rows.map(({ id }) => id);
        const archivedAt = new Date().toISOString();
        await bookkeeper
          .updateTable('subject_keys')
          .set({ archived_at: archivedAt })
          .where('id', 'in', ids)
          .execute();
      });
      onSuccess();
    }
  }

  async function archiveOrRetry(): Promise<void> {
    try {
      await archive();
    } catch (error) {
      if (stopping.signal.aborted) return;
      onFailure(error);
      delay(retryDelayMs, undefined, { signal: stopping.signal, ref: false }).then(wake, () => undefined);
    }
  }

  function wake(): void {
    if (waiting || stopping.signal.aborted) return;
    waiting = true;
    void next(archiveOrRetry);
  }

  return {
    wake,
    remove: (keyId) => next(() => objects.delete(`${prefix}${keyId}`)),
    async settled() {
      await last;
    },
    async stop() {
      stopping.abort();
      await last;
    },
  };
}

function encode({ subject, wrapped, created_at }: SubjectKeyRow): Uint8Array {
  return Buffer.from(JSON.stringify({ subject, wrapped, createdAt: created_at }));
}

/**
 * Fills the keys of a new database from the object store. What is there already stays.
 * @returns how many keys there were
 */
export async function restoreSubjectKeys(
  objects: ObjectStore,
  { bookkeep }: Pick<Store, 'bookkeep'>,
): Promise<number> {
  let count = 0;
  for await (const name of objects.list(prefix)) {
    const bytes = await objects.read(name);
    // Removed since it was listed.
    if (bytes === undefined) continue;
    const { subject, wrapped, createdAt } = archivedKeySchema.parse(
      JSON.parse(Buffer.from(bytes).toString()),
    );
    const row = {
      id: name.slice(prefix.length),
      subject,
      wrapped,
      created_at: createdAt,
      archived_at: createdAt,
    };
    await bookkeep((bookkeeper) =>
      bookkeeper
        .insertInto('subject_keys')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    count += 1;
  }
  return count;
}
