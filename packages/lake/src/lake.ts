import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Catalogue, DamagedFile, LakeFile } from './catalogue.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import type { PlacedEntry } from './files/append-entries.ts';
import { lockDirectory } from './files/directory-lock.ts';
import { indexPath } from './files/layout.ts';
import { type AppendBatch, type AppendOutcome, type Expiry, Loader, type RowBatch } from './files/loader.ts';
import { isIndexed } from './files/merge-plan.ts';
import type { IndexRange } from './files/missing-entries.ts';
import { removeOrphans } from './files/orphans.ts';
import { LakeError } from './lake-error.ts';
import type { Mirror } from './mirror/mirror.ts';
import { damagedFile } from './query/duckdb-errors.ts';
import { createEnginePool, type EnginePool } from './query/engine-pool.ts';
import type {
  QueryLimits,
  QueryOutcome,
  QueryProgress,
  QueryRequest,
  QueryTable,
} from './query/query-request.ts';
import {
  deleteFinishedResults,
  deleteResult,
  type KeptResult,
  listResults,
  openResultRows,
  openResultStore,
  type ResultPage,
  readResultPage,
  readResultSource,
  spillDirectory,
} from './results/result-store.ts';
import type { ColumnSummary, ResultRequest, ResultWork } from './results/result-work.ts';
import type { Histogram, HistogramCounts, Search, SearchPage } from './search/search.ts';
import { histogram, type SearchMeans, search } from './search/searcher.ts';
import { type TableDefinition, tableKey } from './tables/table-definition.ts';
import { storedTables, tableDefinitions } from './tables/tables.ts';

export interface LakeOptions {
  /** Where the data files are. One lake at a time has it open. */
  readonly directory: string;
  /** Where results of queries are kept until they are deleted. */
  readonly resultsDirectory: string;
  readonly catalogue: Catalogue;
  /** Keeps a copy of the files elsewhere; made over the same directory and catalogue. */
  readonly mirror?: Mirror | undefined;
  readonly clock: () => Date;
  /** Told of failures of work nobody waits for, which is tried again after the next append, or some time later. */
  readonly onBackgroundError: (error: unknown) => void;
  /** Told of each file that is found damaged. Queries do without its rows from then on, and say so. */
  readonly onDamaged?: (table: string, file: DamagedFile) => void;
  /** For queries that bring none of their own. */
  readonly limits?: Partial<QueryLimits>;
  /** How many queries run at once, each in its own process, and how many more may wait. */
  readonly concurrency?: number;
  readonly waitingMax?: number;
  /** A process without work ends after this long. */
  readonly idleMs?: number;
  /** How long after a failure files are merged again. */
  readonly retryMs?: number;
}

export interface LakeQuery {
  /** Names the result: letters, digits, `-` and `_`, at most 64. */
  readonly id: string;
  readonly sql: string;
  /** The database of table names that name none. */
  readonly database: string;
  /** What the caller may read, each as `panther_logs.panther_audit`. */
  readonly tables: readonly string[];
  /** What the time macros and the clock take as the present. */
  readonly now: Date;
  /** Instead of the lake's own; the memory may only be less. */
  readonly limits?: Partial<QueryLimits>;
  /** Called a few times a second while it runs. */
  readonly onProgress?: (progress: QueryProgress) => void;
}

export interface RunningQuery {
  /** Rejects with a LakeError. */
  readonly done: Promise<QueryOutcome>;
  /** Stops it if it has not finished: `done` rejects with `cancelled`. */
  cancel(): void;
}

/** Of what is made of a result. */
export interface ResultWorkOptions {
  /** Instead of the lake's own; the memory may only be less. */
  readonly limits?: Partial<Pick<QueryLimits, 'timeMs' | 'memoryMb'>>;
  readonly signal?: AbortSignal;
}

export interface Lake {
  /**
   * Loads entries; when it returns they are on disk and every later query sees them. Entries already loaded are
   * skipped, so a batch may be given again after a crash at any point.
   * @throws LakeError `entry_gap`, `unreadable_entry`, `storage`, `engine_failed`; or what the catalogue throws.
   */
  append(batch: AppendBatch): Promise<AppendOutcome>;
  /**
   * Loads rows of a table that is not made from the ledger, as `append` does: those at positions already loaded are skipped.
   * @throws LakeError `entry_gap`, `unreadable_row`, `unknown_table`, `storage`, `engine_failed`; or what the catalogue throws.
   */
  appendRows(batch: RowBatch): Promise<AppendOutcome>;
  /**
   * Removes the files of a log, and of the tables made of its rows, whose rows are all of ledger entries before `index`, once no
   * query reads them, and loads none of those entries any more. A file that also holds a later row stays whole until that one's time comes.
   * @throws LakeError `closed`; or what the catalogue throws.
   */
  removeBefore(log: string, index: number): Promise<void>;
  /** Removes a table's files whose rows are all past their time, as `removeBefore` does. @throws what `onRemove` throws. */
  removeOlder(table: string, expiry: Expiry): Promise<void>;
  query(query: LakeQuery): RunningQuery;
  /** Rows of one table that match typed filters. @throws LakeError as `query` does, or `invalid_search`. */
  search(search: Search): Promise<SearchPage>;
  /** How many match, over time and by their values. @throws LakeError as `query` does, or `invalid_search`. */
  histogram(histogram: Histogram): Promise<HistogramCounts>;
  /** @throws LakeError `unknown_result`. */
  results(id: string, page: { readonly offset: number; readonly pageSize: number }): Promise<ResultPage>;
  /** All rows as NDJSON. What deletes the result does not cut it short. @throws LakeError `unknown_result`. */
  resultRows(id: string): Promise<Readable>;
  /**
   * Makes a Parquet file of a result.
   * @returns its path; it is the caller's to delete.
   * @throws LakeError `unknown_result`, `storage`, `timed_out`, `out_of_memory`, `engine_failed`; the signal's reason.
   */
  resultParquet(id: string, options?: ResultWorkOptions): Promise<string>;
  /** What one column of a result holds. @throws LakeError `unknown_column`, and as `resultParquet` does. */
  summarizeResult(id: string, column: string, options?: ResultWorkOptions): Promise<ColumnSummary>;
  deleteResults(id: string): Promise<void>;
  /** The results that are kept, in no order. */
  keptResults(): Promise<readonly KeptResult[]>;
  /** Deletes all results that are kept, but not those of queries that run. */
  deleteAllResults(): Promise<void>;
  /**
   * Which of the entries that were loaded, from an index on, have no row in the table: those in damaged files, and in files that
   * are gone from the catalogue.
   * @throws LakeError `closed`, `engine_failed`; or what the catalogue throws.
   */
  missing(table: string, fromIndex: number): Promise<readonly IndexRange[]>;
  /** Loads entries again that are `missing`. @throws LakeError as `append` does. */
  restore(batch: AppendBatch): Promise<void>;
  /**
   * Makes damaged files of a table live again that can be read by now, or of which the mirror has a whole copy. Only for tables
   * whose rows do not come back by `restore`, too. @returns those that are sound again.
   * @throws LakeError `closed`, `storage`, `engine_failed`; or what the mirror or the catalogue throws.
   */
  heal(table: string): Promise<readonly LakeFile[]>;
  /** Takes the damaged files of a table away for good, and with them the warnings. @returns them. */
  discardDamaged(table: string): Promise<readonly DamagedFile[]>;
  /**
   * Makes the rows of entries anew, where they are loaded; what tells of their loading stays. When it returns, the files
   * that held the rows as they were are gone, and no query reads them. It may be given again after a crash at any point.
   * @throws LakeError as `append` does; or what the catalogue throws.
   */
  replace(table: string, entries: readonly PlacedEntry[]): Promise<void>;
  /** Every table there is, whoever may read it. */
  tables(): readonly TableDefinition[];
  /** Process ids of the engines that are running, by what they do. */
  processes(): { readonly queries: readonly number[]; readonly writers: readonly number[] };
  /** Ends all work: running queries fail with `closed`. */
  close(): Promise<void>;
}

/** Of queries that bring none of their own. */
export const defaultLimits: QueryLimits = {
  timeMs: 60_000,
  memoryMb: 512,
  spillMb: 2_048,
  resultColumns: 2_000,
  resultRows: 1_000_000,
  resultBytes: 1_073_741_824,
};

/** What work on a result may use. */
const resultMemoryMb = 512;

const stopMs = 2_000;

/** How many searches run at once; more wait. */
const searchConcurrency = 2;

/** Opens the lake after removing what an earlier crash left behind. @throws LakeError `in_use`; or what the catalogue throws. */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const directory = resolve(options.directory);
  const resultsDirectory = resolve(options.resultsDirectory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  using opened = new DisposableStack();
  opened.defer(lockDirectory(directory));
  await removeOrphans(directory, storedTables, options.catalogue);
  await openResultStore(resultsDirectory);
  const catalogue = options.mirror?.catalogue ?? options.catalogue;
  const lock = opened.move();
  return new DirectoryLake({ ...options, catalogue, directory, resultsDirectory, lock });
}

type QueryEngine = Engine<QueryRequest, QueryOutcome, QueryProgress>;

class DirectoryLake implements Lake {
  readonly #options: LakeOptions & { readonly lock: Disposable };
  readonly #limits: QueryLimits;
  readonly #loader: Loader;
  readonly #queryEngines: readonly QueryEngine[];
  readonly #pool;
  readonly #searchPool;
  readonly #resultEngine: Engine<ResultRequest, ColumnSummary | undefined, never>;
  readonly #resultPool;
  readonly #closing = new AbortController();

  constructor(options: LakeOptions & { readonly lock: Disposable }) {
    const { idleMs = 60_000, retryMs = 60_000, concurrency = 2, waitingMax = 100 } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#loader = new Loader({
      ...{ onDamaged: () => undefined, ...options, idleMs, stopMs, retryMs },
      copies: options.mirror,
    });
    const queryEngine = () =>
      createEngine<QueryRequest, QueryOutcome, QueryProgress>({
        program: new URL('./query/query-process.ts', import.meta.url),
        programArguments: [String(rssBytesMax(this.#limits.memoryMb))],
        ...{ idleMs, stopMs },
        cleanUp: (pid) => rm(spillDirectory(options.resultsDirectory, pid), { recursive: true, force: true }),
      });
    // One at a time: it is work on what somebody has already.
    this.#resultEngine = createEngine({
      program: new URL('./results/result-process.ts', import.meta.url),
      programArguments: [String(rssBytesMax(resultMemoryMb))],
      ...{ idleMs, stopMs },
    });
    this.#resultPool = createEnginePool([this.#resultEngine], waitingMax);
    const searchEngines = Array.from({ length: searchConcurrency }, queryEngine);
    const sqlEngines = Array.from({ length: concurrency }, queryEngine);
    this.#queryEngines = [...sqlEngines, ...searchEngines];
    this.#pool = createEnginePool(sqlEngines, waitingMax);
    // Apart, so that a page of the audit log does not wait for somebody's heavy SQL.
    this.#searchPool = createEnginePool(searchEngines, waitingMax);
  }

  append(batch: AppendBatch): Promise<AppendOutcome> {
    return this.#loader.append(batch);
  }

  appendRows(batch: RowBatch): Promise<AppendOutcome> {
    return this.#loader.appendRows(batch);
  }

  removeBefore(log: string, index: number): Promise<void> {
    return this.#loader.removeBefore(log, index);
  }

  removeOlder(table: string, expiry: Expiry): Promise<void> {
    return this.#loader.removeOlder(table, expiry);
  }

  query(query: LakeQuery): RunningQuery {
    return this.#query(this.#pool, query);
  }

  search(request: Search): Promise<SearchPage> {
    return search(this.#searchMeans, request);
  }

  histogram(request: Histogram): Promise<HistogramCounts> {
    return histogram(this.#searchMeans, request);
  }

  get #searchMeans(): SearchMeans {
    const { catalogue, clock } = this.#options;
    return {
      clock,
      files: (table) => catalogue.files(table),
      query: (query) => this.#query(this.#searchPool, query),
      results: (id, page) => this.results(id, page),
      deleteResults: (id) => this.deleteResults(id),
    };
  }

  #query(pool: EnginePool<QueryEngine>, query: LakeQuery): RunningQuery {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const done = pool.lend(signal, (engine) => this.#runQuery(engine, query, stop, signal));
    return { done, cancel: () => stop.abort(new LakeError('cancelled', 'the query was cancelled')) };
  }

  async #runQuery(
    engine: QueryEngine,
    query: LakeQuery,
    stop: AbortController,
    signal: AbortSignal,
  ): Promise<QueryOutcome> {
    const limits = { ...this.#limits, ...query.limits };
    const timer = setTimeout(() => stop.abort(timedOut(limits.timeMs)), limits.timeMs);
    const lease = this.#loader.read();
    try {
      const request = await this.#request(query, limits);
      return await engine.run(request, { signal, ...(query.onProgress && { onProgress: query.onProgress }) });
    } catch (error) {
      await this.deleteResults(query.id);
      if (error instanceof LakeError && error.code === 'damaged_file') {
        const [damaged] = await this.#loader.findDamaged(query.tables.filter(isStored), error.message);
        if (damaged !== undefined) throw damagedFile(damaged.path);
      }
      throw error;
    } finally {
      clearTimeout(timer);
      lease.end();
    }
  }

  async #request(query: LakeQuery, limits: QueryLimits): Promise<QueryRequest> {
    const { id, sql, database, now } = query;
    const { directory: lakeDirectory, resultsDirectory } = this.#options;
    const tables = await this.#readableTables(query.tables);
    return { id, sql, database, now, tables, limits, resultsDirectory, lakeDirectory };
  }

  #readableTables(keys: readonly string[]): Promise<readonly QueryTable[]> {
    const { catalogue, directory } = this.#options;
    const readable = tableDefinitions.filter((table) => keys.includes(tableKey(table)));
    return Promise.all(
      readable.map(async (definition) => {
        const [files, damaged] = definition.unites
          ? [[], []]
          : await Promise.all([
              catalogue.files(tableKey(definition)),
              catalogue.damagedFiles(tableKey(definition)),
            ]);
        return {
          definition,
          warnings: damaged.map((file) => damageWarning(tableKey(definition), file)),
          files: files.map(({ path, level, ...known }) => ({
            ...known,
            path: join(directory, path),
            indexPath: isIndexed({ level, ...known }) ? join(directory, indexPath(path)) : undefined,
          })),
        };
      }),
    );
  }

  results(id: string, page: { offset: number; pageSize: number }): Promise<ResultPage> {
    return readResultPage(this.#options.resultsDirectory, id, page);
  }

  resultRows(id: string): Promise<Readable> {
    return openResultRows(this.#options.resultsDirectory, id);
  }

  async resultParquet(id: string, options: ResultWorkOptions = {}): Promise<string> {
    const source = await readResultSource(this.#options.resultsDirectory, id);
    const path = join(this.#options.resultsDirectory, `${id}.${randomUUID()}.parquet`);
    try {
      await this.#workOnResult({ kind: 'parquet', path, source }, options);
      return path;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async summarizeResult(id: string, column: string, options: ResultWorkOptions = {}): Promise<ColumnSummary> {
    const source = await readResultSource(this.#options.resultsDirectory, id);
    if (source.columns.every(({ name }) => name !== column))
      throw new LakeError('unknown_column', `the result has no column ${column}`);
    const summary = await this.#workOnResult({ kind: 'summary', column, source }, options);
    if (summary === undefined) throw new LakeError('engine_failed', 'the data engine gave no summary');
    return summary;
  }

  #workOnResult(
    work: ResultWork,
    { limits, signal: stop }: ResultWorkOptions,
  ): Promise<ColumnSummary | undefined> {
    const { timeMs, memoryMb } = { ...this.#limits, memoryMb: resultMemoryMb, ...limits };
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(timedOut(timeMs)), timeMs);
    const signal = AbortSignal.any([timer.signal, this.#closing.signal, ...(stop ? [stop] : [])]);
    const spillDirectory = join(this.#options.resultsDirectory, `${randomUUID()}.spill`);
    return this.#resultPool
      .lend(signal, (engine) => engine.run({ ...work, memoryMb, spillDirectory }, { signal }))
      .finally(() => clearTimeout(timeout));
  }

  deleteResults(id: string): Promise<void> {
    return deleteResult(this.#options.resultsDirectory, id);
  }

  keptResults(): Promise<readonly KeptResult[]> {
    return listResults(this.#options.resultsDirectory);
  }

  deleteAllResults(): Promise<void> {
    return deleteFinishedResults(this.#options.resultsDirectory);
  }

  missing(table: string, fromIndex: number): Promise<readonly IndexRange[]> {
    return this.#loader.missing(table, fromIndex);
  }

  restore(batch: AppendBatch): Promise<void> {
    return this.#loader.restore(batch);
  }

  heal(table: string): Promise<readonly LakeFile[]> {
    return this.#loader.heal(table);
  }

  discardDamaged(table: string): Promise<readonly DamagedFile[]> {
    return this.#loader.discardDamaged(table);
  }

  async replace(table: string, entries: readonly PlacedEntry[]): Promise<void> {
    await this.#loader.replace(table, entries);
    // Whoever is erased is to be gone from the copy, too.
    await this.#options.mirror?.flush();
  }

  tables(): readonly TableDefinition[] {
    return tableDefinitions;
  }

  processes(): { queries: readonly number[]; writers: readonly number[] } {
    return { queries: this.#queryEngines.flatMap(({ pid }) => pid ?? []), writers: this.#loader.pids };
  }

  async close(): Promise<void> {
    this.#closing.abort(new LakeError('closed', 'the lake is closing'));
    await Promise.all([this.#loader, this.#resultEngine, ...this.#queryEngines].map((part) => part.close()));
    await this.#options.mirror?.close();
    this.#options.lock[Symbol.dispose]();
  }
}

/** Memory outside DuckDB's accounting (the process itself, rows on their way to disk) comes on top of its limit. */
function rssBytesMax(memoryMb: number): number {
  return memoryMb * 1_250_000 + 500_000_000;
}

function isStored(key: string): boolean {
  return storedTables.some((table) => tableKey(table) === key);
}

function damageWarning(table: string, { path, rows, damage }: DamagedFile): string {
  return `${rows} rows of ${table} are left out: the data file ${path} is ${damage}`;
}

function timedOut(timeMs: number): LakeError {
  return new LakeError('timed_out', `the query timed out after ${timeMs / 1_000} s`);
}
