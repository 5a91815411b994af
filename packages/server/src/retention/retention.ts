import { type Lake, tableKey } from '@pawprint/lake';
import type { Ledger } from '@pawprint/ledger';
import { tileWidth } from '@pawprint/verifier';
import { removeExpiredRecords } from '../actions/retention/remove-expired-records.ts';
import { removeExpiredRows } from '../actions/retention/remove-expired-rows.ts';
import type { ActionRunner, Call } from '../actions/run-action.ts';
import { auditLogTable } from '../lake/lake-loader.ts';
import type { TableRepairs } from '../lake/table-repairs.ts';
import type { Store } from '../store/store.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { readExpiredBundles } from './expired-bundles.ts';
import { folderBytes } from './folder-bytes.ts';
import { readRowLimit } from './lake-periods.ts';
import { readLegalHolds } from './legal-holds.ts';
import { createLockKeeper, type ObjectLocks } from './object-locks.ts';
import { keptUntilMs, type RetentionPeriods, readRetentionPeriods } from './retention-periods.ts';

/** Removes what is past its time, and keeps the locks of the rest. */
export interface Retention {
  /** Looks now: a period or a hold has changed. */
  wake(): void;
  status(): RetentionStatus;
  /** Until all that was due at the call is done, or could not be. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface RetentionStatus {
  /** What the ledger takes in its folder, as of the last look; null where it is kept elsewhere. */
  readonly ledgerBytes: number | null;
  /** Records whose locks are still to be changed; null where nothing is locked. */
  readonly recordsToLock: number | null;
}

/** The periods that are in force, as far as this process knows: those set since the last look come with the next one. */
export class KnownPeriods {
  current: RetentionPeriods;
  constructor(current: RetentionPeriods) {
    this.current = current;
  }

  /** Until when an object that is written now is to be locked. */
  lockedUntil(nowMs: number): Date {
    return new Date(keptUntilMs(this.current, nowMs));
  }
}

export interface RetentionOptions {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly lake: Pick<Lake, 'tables' | 'removeBefore' | 'removeOlder'>;
  readonly repairs: Pick<TableRepairs, 'progress'>;
  readonly periods: KnownPeriods;
  readonly runner: ActionRunner;
  readonly systemErrors: SystemErrors;
  bySystem(description: string, input?: Record<string, unknown>): Call;
  /** By the instance's clock. */
  nowMs(): number;
  /** The ledger's folder, where it has one. */
  readonly folder: string | undefined;
  /** The ledger's store, where it keeps locks. */
  readonly locks: ObjectLocks | undefined;
}

const everyMs = 3_600_000;
const retryMs = 60_000;
const clockCheckMs = 1_000;
const historyRowsAtOnce = 5_000;

/** Looks at the start, every hour by the instance's clock, and when it is woken; after a failure within a minute. */
export function keepRetention(options: RetentionOptions): Retention {
  const { store, ledger, lake, repairs, periods, runner, systemErrors, bySystem, nowMs, folder, locks } =
    options;
  const lockKeeper = locks && createLockKeeper(store, ledger, locks);
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  stopped.catch(() => undefined);
  let ledgerBytes: number | null = null;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let isDue = true;
  let working: Promise<void> | undefined;

  function wake(): void {
    isDue = true;
    working ??= work().finally(() => {
      working = undefined;
    });
  }

  async function work(): Promise<void> {
    while (isDue && !signal.aborted) {
      isDue = false;
      lastLookMs = nowMs();
      await attempt('locks', 'The locks of records could not be changed', async () => {
        await readPeriods();
        await lockKeeper?.run(periods.current, signal);
      });
      await attempt('removal', 'Records whose time is over could not be removed', async () => {
        await removeExpired();
        if (folder !== undefined) ledgerBytes = await folderBytes(folder);
      });
      for (const table of lake.tables().filter(({ unites }) => unites === undefined)) {
        const key = tableKey(table);
        const failure = `Rows of the data lake's table ${key} whose time is over could not be removed`;
        await attempt(key, failure, () => removeExpiredOf(key));
      }
    }
  }

  async function readPeriods(): Promise<void> {
    periods.current = await readRetentionPeriods(store.reader);
  }

  /** One failure leaves the rest to be done, and is not the end of anything: it is tried again at the next look, which is soon. */
  async function attempt(subject: string, failure: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
      systemErrors.resolve({ kind: 'retention', subject });
    } catch (error) {
      if (signal.aborted) return;
      lastLookMs = nowMs() - everyMs + retryMs;
      systemErrors.report({ kind: 'retention', subject }, `${failure}: ${reasonOf(error)}`);
    }
  }

  async function removeExpired(): Promise<void> {
    // What an earlier look, or an earlier process, has decided.
    await deleteRemoved();
    while (await isAnyExpired()) {
      signal.throwIfAborted();
      const { to } = await runner.run(removeExpiredRecords, bySystem('Removes records whose time is over'));
      ledger.removeBefore(to + 1);
      await deleteRemoved();
    }
  }

  /** Before they go they are put on record. */
  async function removeExpiredOf(table: string): Promise<void> {
    const limit = await readRowLimit(store.reader, table, nowMs());
    // A repair decides by what is gone now.
    if (limit === undefined || repairs.progress(table) !== undefined) return;
    await lake.removeOlder(table, {
      ...limit,
      async onRemove(files) {
        const input = {
          table,
          rows: files.reduce((sum, { rows }) => sum + rows, 0),
          files: files.length,
          timeLimit: limit.time.toISOString(),
          lastIndex: Math.max(...files.map(({ ledgerIndexMax }) => ledgerIndexMax)),
        };
        const description = 'Removes rows of the data lake whose time is over';
        await runner.run(removeExpiredRows, bySystem(description, input));
      },
    });
  }

  async function isAnyExpired(): Promise<boolean> {
    const rules = { periods: periods.current, holds: await readLegalHolds(store.reader), nowMs: nowMs() };
    return (await readExpiredBundles(ledger, rules, 1)).length > 0;
  }

  /** Each part looks for itself what is left to do, so that a crash between any two of them is made good. */
  async function deleteRemoved(): Promise<void> {
    const { firstIndex } = ledger;
    if (firstIndex === 0) return;
    await deleteBundles(firstIndex);
    await deleteHistory(firstIndex);
    await lake.removeBefore(auditLogTable, firstIndex);
  }

  async function deleteBundles(firstIndex: number): Promise<void> {
    const row = await store.reader
      .selectFrom('retention_progress')
      .select('next_index')
      .where('task', '=', 'delete')
      .executeTakeFirst();
    if (row !== undefined && row.next_index >= firstIndex) return;
    // Whoever verifies a copy of the log finds the record of what is missing in it.
    await Promise.race([ledger.settled(), stopped]);
    await ledger.deleteRemoved(row?.next_index ?? 0, async (to) => {
      signal.throwIfAborted();
      await store.bookkeep(async (bookkeeper) => {
        await bookkeeper
          .insertInto('retention_progress')
          .values({ task: 'delete', next_index: to })
          .onConflict((conflict) => conflict.column('task').doUpdateSet({ next_index: to }))
          .execute();
      });
    });
  }

  async function deleteHistory(firstIndex: number): Promise<void> {
    const firstOf = async () =>
      (
        await store.reader
          .selectFrom('history')
          .select(({ fn }) => fn.min('ledger_index').as('index'))
          .executeTakeFirst()
      )?.index ?? firstIndex;
    const begin = await firstOf();
    for (let from = begin; from < firstIndex; from += historyRowsAtOnce) {
      signal.throwIfAborted();
      const to = Math.min(from + historyRowsAtOnce, firstIndex);
      await store.bookkeep(async (bookkeeper) => {
        await bookkeeper.deleteFrom('history').where('ledger_index', '<', to).execute();
      });
    }
    if (begin < firstIndex) await store.shrink();
  }

  const timer = setInterval(() => {
    const sinceMs = nowMs() - lastLookMs;
    // A clock that went back would otherwise put the next look off.
    if (sinceMs >= everyMs || sinceMs < 0 || (lockKeeper && hasNewBundles())) wake();
  }, clockCheckMs).unref();

  let seenSize = ledger.size;
  /** New objects come without the hold that may cover them. */
  function hasNewBundles(): boolean {
    const before = seenSize;
    seenSize = ledger.size;
    return Math.floor(seenSize / tileWidth) > Math.floor(before / tileWidth);
  }

  wake();
  return {
    wake() {
      // Not after what is under way, which may take hours: what is written from now on is locked for the new period. A failure
      // shows at the next look.
      readPeriods().catch(() => undefined);
      wake();
    },
    status: () => ({ ledgerBytes, recordsToLock: lockKeeper?.remaining ?? null }),
    async settled() {
      await working;
    },
    async stop() {
      clearInterval(timer);
      stopping.abort(new Error('the instance stops'));
      await working;
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
