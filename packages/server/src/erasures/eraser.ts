import { setTimeout as delay } from 'node:timers/promises';
import { type Lake, type TableDefinition, tableKey } from '@pawprint/lake';
import type { Ledger } from '@pawprint/ledger';
import { decodeEntry, erasedText, type OpenedEntry } from '@pawprint/record';
import { auditLogType } from '../actions/log-source/audit-log-source.ts';
import type { BacktestRunner } from '../backtests/backtest-runner.ts';
import { eraseFromDetections } from '../detections/erase-from-detections.ts';
import type { StoredCache } from '../detections/stored-cache.ts';
import type { EntrySource } from '../followers/follow.ts';
import { historyRow } from '../followers/history.ts';
import type { Following } from '../followers/steps.ts';
import { readableEntry } from '../lake/opened-entries.ts';
import type { KeyArchive } from '../sealing/key-archive.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Store } from '../store/store.ts';
import type { ErasureRow } from '../store/tables.ts';

/** Brings the erasure of a person, which destroyed their key, to everything that was made from the ledger before. */
export interface Eraser {
  /** There may be an erasure to finish. */
  wake(): void;
  /** How much of the ledger an unfinished erasure has gone through, from 0 to 1. */
  progress(erasureId: string): number;
  /** Until all erasures of now are finished, or have failed and are tried again later. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface EraserOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep' | 'eraseDeleted'>;
  readonly ledger: EntrySource & Pick<Ledger, 'settled'>;
  /** They made what is to be erased. */
  readonly followers: readonly Pick<Following, 'batchDone'>[];
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
  readonly lake: Pick<Lake, 'tables' | 'replace' | 'deleteAllResults'>;
  readonly backtests: Pick<BacktestRunner, 'deleteResults'>;
  readonly archive: Pick<KeyArchive, 'remove'>;
  /** What detections remember. */
  readonly cache: Pick<StoredCache, 'erase'>;
  /** Told of each failure; it is tried again. */
  onFailure(error: unknown): void;
  onSuccess(): void;
}

const batchMax = 2_000;
const retryDelayMs = 5_000;
const publishingMsMax = 10_000;

/** Each erasure begins again after a crash: doing a part of it twice changes nothing. */
export function createEraser(options: EraserOptions): Eraser {
  const { store, onFailure, onSuccess } = options;
  const stopping = new AbortController();
  const progress = new Map<string, number>();
  let running: Promise<void> | undefined;
  let again = false;

  async function run(): Promise<void> {
    try {
      do {
        again = false;
        for (const erasure of await unfinished(store)) {
          const records = await erase(options, erasure, stopping.signal, (part) =>
            progress.set(erasure.id, part),
          );
          if (records === undefined) return;
          await finish(store, erasure, records);
          progress.delete(erasure.id);
          onSuccess();
        }
      } while (again && !stopping.signal.aborted);
    } catch (error) {
      if (stopping.signal.aborted) return;
      onFailure(error);
      delay(retryDelayMs, undefined, { signal: stopping.signal, ref: false }).then(wake, () => undefined);
    }
  }

  function wake(): void {
    again = true;
    if (stopping.signal.aborted) return;
    running ??= run().finally(() => {
      running = undefined;
      // Woken between the last look and here.
      if (again) wake();
    });
  }

  return {
    wake,
    progress: (id) => progress.get(id) ?? 0,
    async settled() {
      while (running !== undefined) await running;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function unfinished({ reader }: Pick<Store, 'reader'>): Promise<readonly ErasureRow[]> {
  return reader
    .selectFrom('erasures')
    .leftJoin('erasure_ends', 'erasure_ends.erasure_id', 'erasures.id')
    .selectAll('erasures')
    .where('erasure_ends.erasure_id', 'is', null)
    .orderBy('erasures.requested_at')
    .execute();
}

/** @returns how many records had data of the subject; undefined when it was stopped. */
async function erase(
  { store, ledger, followers, subjectKeys, lake, backtests, archive, cache }: EraserOptions,
  { key_id: keyId, subject }: ErasureRow,
  stop: AbortSignal,
  onProgress: (part: number) => void,
): Promise<number | undefined> {
  // First what could still open the records: the key beside the ledger, and its row on the disk.
  await archive.remove(keyId);
  await eraseComments(store, subject);
  await store.eraseDeleted();
  // What waits to be published is counted too, if it can be. Nobody has read it with the key.
  await Promise.race([
    ledger.settled().catch(() => undefined),
    delay(publishingMsMax, undefined, { signal: stop, ref: false }),
  ]);
  // A batch that was opened with the key lands before this; all later ones are opened without it.
  await cache.erase(keyId);
  await Promise.all(followers.map((follower) => follower.batchDone()));
  // What a batch that had begun before remembered.
  await cache.erase(keyId);
  const { size } = ledger;
  const tables = lake.tables().filter(isOfAuditLog).map(tableKey);
  let records = 0;
  for (let from = 0; from < size; from += batchMax) {
    if (stop.aborted) return undefined;
    const to = Math.min(from + batchMax, size);
    const found = await entriesOf(keyId, await ledger.read(from, to), from);
    const opened = await subjectKeys.open(found.map(({ bytes }) => decodeEntry(bytes)));
    const erased = opened.map((entry, at) => ({ index: found[at]?.index ?? 0, entry }));
    if (erased.length > 0) {
      await eraseFromHistory(store, erased);
      await eraseFromDetections(store, erased);
      // Rows that were on their way to the lake as they had been are there before they are replaced.
      await Promise.all(followers.map((follower) => follower.batchDone()));
      const entries = erased.map(({ index, entry }) => ({ index, entry: readableEntry(entry) }));
      for (const table of tables) await lake.replace(table, entries);
    }
    records += erased.length;
    onProgress(to / size);
  }
  // After the lake: each query that could read the old rows has ended by now.
  await backtests.deleteResults();
  await lake.deleteAllResults();
  await store.eraseDeleted();
  return records;
}

/** The audit log, and what detections found in it. Views have no rows of their own. */
function isOfAuditLog({ logType, unites }: TableDefinition): boolean {
  return logType === auditLogType && unites === undefined;
}

async function entriesOf(
  keyId: string,
  entries: readonly Uint8Array[],
  from: number,
): Promise<readonly { index: number; bytes: Uint8Array }[]> {
  const id = Buffer.from(keyId);
  return entries
    .map((bytes, at) => ({ index: from + at, bytes }))
    .filter(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(id));
}

async function eraseFromHistory(
  store: Pick<Store, 'bookkeep'>,
  erased: readonly { index: number; entry: OpenedEntry }[],
): Promise<void> {
  await store.bookkeep(async (bookkeeper) => {
    for (const { index, entry } of erased) {
      const { actor_text, source_ip } = historyRow(index, entry);
      await bookkeeper
        .updateTable('history')
        .set({ actor_text, source_ip })
        .where('ledger_index', '=', index)
        .execute();
    }
  });
}

/** What somebody wrote on alerts is theirs; that they wrote something stays. */
async function eraseComments(store: Pick<Store, 'bookkeep'>, subject: string): Promise<void> {
  const body = JSON.stringify({ text: erasedText, format: 'PLAIN_TEXT' });
  await store.bookkeep((bookkeeper) =>
    bookkeeper
      .updateTable('alert_activities')
      .set({ body })
      .where('actor', '=', subject)
      .where('kind', '=', 'COMMENT')
      .execute(),
  );
}

async function finish(store: Pick<Store, 'bookkeep'>, { id }: ErasureRow, records: number): Promise<void> {
  await store.bookkeep((bookkeeper) =>
    bookkeeper
      .insertInto('erasure_ends')
      .values({ erasure_id: id, completed_at: new Date().toISOString(), records })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
}
