import type { DamagedFile, Lake } from '@pawprint/lake';
import { decodeEntry } from '@pawprint/record';
import { auditLogSource } from '../actions/log-source/audit-log-source.ts';
import type { EntrySource } from '../followers/follow.ts';
import { isGone, type RemovedRows, type ReturningRows, readLakePeriod } from '../retention/lake-periods.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Store } from '../store/store.ts';
import type { LakeCatalogue } from './catalogue.ts';
import { auditLogTable } from './lake-loader.ts';
import { readableEntry } from './opened-entries.ts';

/** Where the rows of damaged files come back from. */
export const rebuildSources = ['LEDGER', 'BUCKET'] as const;
export type RebuildSource = (typeof rebuildSources)[number];

/** Makes tables whole again that have damaged files. */
export interface TableRepairs {
  /**
   * Begins with a table, unless it is being repaired already: what is missing of the audit log comes back from the ledger.
   * Other tables get their files back from the copy in the bucket, and let go of those that it does not have whole. After a crash it is to be started again.
   * @param returning what else comes back of the rows that went with the table's period; none of them unless said.
   */
  start(table: string, returning?: ReturningRows): void;
  /** Where the rows of a table come back from, as far as they are there; undefined if from nowhere. */
  source(table: string): RebuildSource | undefined;
  /** The files of a table whose rows are left out of queries. */
  damagedFiles(table: string): Promise<readonly DamagedFile[]>;
  /** How much of a table's repair is done, from 0 to 1; undefined while there is none. */
  progress(table: string): number | undefined;
  /** Until the batch under way is loaded or has failed. */
  batchDone(): Promise<void>;
  /** Until no repair is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface TableRepairsOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly ledger: EntrySource;
  readonly catalogue: Pick<LakeCatalogue, 'damagedFiles'>;
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
  readonly lake: Pick<Lake, 'missing' | 'restore' | 'heal' | 'discardDamaged'>;
  /** Whether there is a copy of the lake's files in a bucket. */
  readonly hasCopy: boolean;
  onFailure(table: string, error: unknown): void;
  onRepaired(table: string): void;
}

const batchMax = 2_000;

export function createTableRepairs(options: TableRepairsOptions): TableRepairs {
  const { store, ledger, catalogue, subjectKeys, lake, hasCopy, onFailure, onRepaired } = options;
  const running = new Map<string, Promise<void>>();
  const progress = new Map<string, number>();
  let isStopping = false;
  let underWay: Promise<unknown> = Promise.resolve();

  async function repair(table: string, returning: ReturningRows | undefined): Promise<void> {
    try {
      if (source(table) === 'LEDGER') await restoreFromLedger(table, returning);
      else await lake.heal(table);
      if (isStopping) return;
      if (returning !== undefined) await keepReturned(table, returning);
      await lake.discardDamaged(table);
      onRepaired(table);
    } catch (error) {
      if (!isStopping) onFailure(table, error);
    } finally {
      progress.delete(table);
      running.delete(table);
    }
  }

  function source(table: string): RebuildSource | undefined {
    if (table === auditLogTable) return 'LEDGER';
    return hasCopy ? 'BUCKET' : undefined;
  }

  async function restoreFromLedger(table: string, returning: ReturningRows | undefined): Promise<void> {
    const gone = stillGone((await readLakePeriod(store.reader, table)).removed, returning);
    const ranges = await lake.missing(table, ledger.firstIndex);
    const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    let done = 0;
    for (const range of ranges) {
      for (let from = range.from; from < range.to; from += batchMax) {
        if (isStopping) return;
        const to = Math.min(from + batchMax, range.to);
        const batch = restore(table, from, to, gone);
        underWay = batch;
        await batch;
        done += to - from;
        progress.set(table, done / total);
      }
    }
  }

  async function restore(
    table: string,
    from: number,
    to: number,
    gone: RemovedRows | undefined,
  ): Promise<void> {
    const encoded = (await ledger.read(from, to)).map(decodeEntry);
    const source = await auditLogSource(store.reader);
    for (let at = 0; at < encoded.length; ) {
      const end = encoded.findIndex(
        ({ record }, next) => next >= at && isGone(gone, from + next, record.timestamp),
      );
      const kept = encoded.slice(at, end < 0 ? encoded.length : end);
      if (kept.length > 0) {
        const entries = (await subjectKeys.open(kept)).map(readableEntry);
        // The rows say where they come from only while the audit log is a source.
        await lake.restore({ table, fromIndex: from + at, entries, sourceId: source?.id ?? '' });
      }
      at += kept.length + 1;
    }
  }

  /** Until then they count as gone, so that a search of the audit log looks for them in the ledger. */
  async function keepReturned(table: string, { before, after }: ReturningRows): Promise<void> {
    await store.bookkeep((bookkeeper) =>
      bookkeeper
        .updateTable('lake_retention')
        .set({ removed_before: after, ...(after === null && { removed_before_index: null }) })
        .where('table_name', '=', table)
        .where('removed_before', '=', before)
        .execute(),
    );
  }

  return {
    start(table, returning) {
      if (isStopping || running.has(table)) return;
      progress.set(table, 0);
      running.set(table, repair(table, returning));
    },
    source,
    damagedFiles: (table) => catalogue.damagedFiles(table),
    progress: (table) => progress.get(table),
    async batchDone() {
      await underWay.catch(() => undefined);
    },
    async settled() {
      await Promise.all(running.values());
    },
    async stop() {
      isStopping = true;
      await Promise.all(running.values());
    },
  };
}

function stillGone(
  removed: RemovedRows | undefined,
  returning: ReturningRows | undefined,
): RemovedRows | undefined {
  if (removed === undefined || returning === undefined) return removed;
  return returning.after === null ? undefined : { ...removed, before: returning.after };
}

/** What is said of damaged files, for operators. */
export function describeDamage(table: string, files: readonly DamagedFile[]): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const named = files.slice(0, 3).map(({ path, damage }) => `${path} is ${damage}`);
  const more = files.length > named.length ? ` and ${files.length - named.length} more` : '';
  return `${rows} rows of the data lake's table ${table} are left out: ${named.join(', ')}${more}`;
}
