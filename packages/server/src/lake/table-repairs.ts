import type { DamagedFile, Lake } from '@pawprint/lake';
import { decodeEntry } from '@pawprint/record';
import { auditLogSource } from '../actions/log-source/audit-log-source.ts';
import type { EntrySource } from '../followers/follow.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Store } from '../store/store.ts';
import type { LakeCatalogue } from './catalogue.ts';
import { auditLogTable, readableEntry } from './lake-loader.ts';

/** Makes tables whole again that have damaged files. */
export interface TableRepairs {
  /**
   * Begins with a table, unless it is being repaired already: what is missing of the audit log comes back from the ledger.
   * Other tables have no other source; they let go of their damaged files. After a crash it is to be started again.
   */
  start(table: string): void;
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
  readonly store: Pick<Store, 'reader'>;
  readonly ledger: EntrySource;
  readonly catalogue: Pick<LakeCatalogue, 'damagedFiles'>;
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
  readonly lake: Pick<Lake, 'missing' | 'restore' | 'discardDamaged'>;
  onFailure(table: string, error: unknown): void;
  onRepaired(table: string): void;
}

const batchMax = 2_000;

export function createTableRepairs(options: TableRepairsOptions): TableRepairs {
  const { store, ledger, catalogue, subjectKeys, lake, onFailure, onRepaired } = options;
  const running = new Map<string, Promise<void>>();
  const progress = new Map<string, number>();
  let isStopping = false;
  let underWay: Promise<unknown> = Promise.resolve();

  async function repair(table: string): Promise<void> {
    try {
      if (table === auditLogTable) await restoreFromLedger(table);
      if (isStopping) return;
      await lake.discardDamaged(table);
      onRepaired(table);
    } catch (error) {
      if (!isStopping) onFailure(table, error);
    } finally {
      progress.delete(table);
      running.delete(table);
    }
  }

  async function restoreFromLedger(table: string): Promise<void> {
    const ranges = await lake.missing(table, ledger.firstIndex);
    const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    let done = 0;
    for (const range of ranges) {
      for (let from = range.from; from < range.to; from += batchMax) {
        if (isStopping) return;
        const to = Math.min(from + batchMax, range.to);
        const batch = restore(table, from, to);
        underWay = batch;
        await batch;
        done += to - from;
        progress.set(table, done / total);
      }
    }
  }

  async function restore(table: string, from: number, to: number): Promise<void> {
    const encoded = await ledger.read(from, to);
    const entries = (await subjectKeys.open(encoded.map(decodeEntry))).map(readableEntry);
    const source = await auditLogSource(store.reader);
    // The rows say where they come from only while the audit log is a source.
    await lake.restore({ table, fromIndex: from, entries, sourceId: source?.id ?? '' });
  }

  return {
    start(table) {
      if (isStopping || running.has(table)) return;
      progress.set(table, 0);
      running.set(table, repair(table));
    },
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

/** What is said of damaged files, for operators. */
export function describeDamage(table: string, files: readonly DamagedFile[]): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const named = files.slice(0, 3).map(({ path, damage }) => `${path} is ${damage}`);
  const more = files.length > named.length ? ` and ${files.length - named.length} more` : '';
  return `${rows} rows of the data lake's table ${table} are left out: ${named.join(', ')}${more}`;
}
