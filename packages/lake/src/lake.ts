import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Catalogue, LakeFile } from './catalogue.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { planMerge } from './files/merge-plan.ts';
import { removeOrphans } from './files/orphans.ts';
import { createRetiredFiles } from './files/retired-files.ts';
import type { WriteRequest } from './files/write-process.ts';
import { LakeError } from './lake-error.ts';
import { createEnginePool } from './query/engine-pool.ts';
import type {
  QueryLimits,
  QueryOutcome,
  QueryProgress,
  QueryRequest,
  QueryTable,
} from './query/query-request.ts';
import { deleteResult, openResultStore, type ResultPage, readResultPage } from './results/result-store.ts';
import { type TableDefinition, tableKey } from './tables/table-definition.ts';
import { tableByKey, tableDefinitions } from './tables/tables.ts';

export interface LakeOptions {
  /** Where the data files are. One lake at a time may have it open. */
  readonly directory: string;
  /** Where results of queries are kept until they are deleted. */
  readonly resultsDirectory: string;
  readonly catalogue: Catalogue;
  readonly clock: () => Date;
  /** Told of failures of work nobody waits for, which is tried again after the next append. */
  readonly onBackgroundError: (error: unknown) => void;
  /** Where a query names none of its own. */
  readonly limits?: Partial<QueryLimits>;
  /** How many queries run at once, each in its own process, and how many more may wait. */
  readonly concurrency?: number;
  readonly waitingMax?: number;
  /** A process without work ends after this long. */
  readonly idleMs?: number;
}

export interface AppendBatch {
  /** `panther_logs.panther_audit`. */
  readonly table: string;
  /** The ledger index of the first entry; the others follow it one by one. */
  readonly fromIndex: number;
  readonly entries: readonly Uint8Array[];
  /** The log source the rows are to name. */
  readonly sourceId: string;
}

export interface AppendOutcome {
  /** Rows added: fewer than entries when some were loaded before. */
  readonly rows: number;
  /** The next ledger index the table waits for. */
  readonly cursor: number;
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

export interface Lake {
  /**
   * Loads entries; when it returns they are on disk and every later query sees them. Entries already loaded are
   * skipped, so a batch may be given again after a crash at any point.
   * @throws LakeError `entry_gap`, `unreadable_entry`, `storage`, `engine_failed`; or what the catalogue throws.
   */
  append(batch: AppendBatch): Promise<AppendOutcome>;
  query(query: LakeQuery): RunningQuery;
  /** @throws LakeError `unknown_result`. */
  results(id: string, page: { readonly offset: number; readonly pageSize: number }): Promise<ResultPage>;
  deleteResults(id: string): Promise<void>;
  /** Every table there is, whoever may read it. */
  tables(): readonly TableDefinition[];
  /** Process ids of the engines that are running, by what they do. */
  processes(): { readonly queries: readonly number[]; readonly writers: readonly number[] };
  /** Ends all work: running queries fail with `closed`. */
  close(): Promise<void>;
}

const defaultLimits: QueryLimits = {
  timeMs: 60_000,
  memoryMb: 512,
  spillMb: 2_048,
  resultRows: 1_000_000,
  resultBytes: 1_073_741_824,
};

const writerMemoryMb = 512;
const stopMs = 2_000;

/** Opens the lake after removing what an earlier crash left behind. */
export async function openLake(options: LakeOptions): Promise<Lake> {
  const directory = resolve(options.directory);
  const resultsDirectory = resolve(options.resultsDirectory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await removeOrphans(directory, tableDefinitions, options.catalogue);
  await openResultStore(resultsDirectory);
  return new DirectoryLake({ ...options, directory, resultsDirectory });
}

type WriteEngine = Engine<WriteRequest, readonly LakeFile[], never>;
type QueryEngine = Engine<QueryRequest, QueryOutcome, QueryProgress>;

class DirectoryLake implements Lake {
  readonly #options: LakeOptions;
  readonly #limits: QueryLimits;
  readonly #writer: WriteEngine;
  readonly #merger: WriteEngine;
  readonly #queryEngines: readonly QueryEngine[];
  readonly #pool;
  readonly #retired;
  /** Appends, one after another. */
  readonly #appends = new SerialWork();
  /** Commits of appends and merges, one after another. */
  readonly #commits = new SerialWork();
  readonly #closing = new AbortController();
  #merging: Promise<void> | undefined;

  constructor(options: LakeOptions) {
    const { directory, idleMs = 60_000, concurrency = 2, waitingMax = 100 } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    const writer = (niceness: number): WriteEngine =>
      createEngine({
        program: new URL('./files/write-process.ts', import.meta.url),
        programArguments: [directory, String(writerMemoryMb), String(niceness)],
        idleMs,
        stopMs,
      });
    this.#writer = writer(0);
    this.#merger = writer(5);
    this.#queryEngines = Array.from({ length: concurrency }, () =>
      createEngine({
        program: new URL('./query/query-process.ts', import.meta.url),
        programArguments: [String(rssBytesMax(this.#limits.memoryMb))],
        idleMs,
        stopMs,
      }),
    );
    this.#pool = createEnginePool(this.#queryEngines, waitingMax);
    this.#retired = createRetiredFiles((path) => {
      rm(join(directory, path), { force: true }).catch(options.onBackgroundError);
    });
  }

  append(batch: AppendBatch): Promise<AppendOutcome> {
    return this.#appends.run(async () => {
      this.#closing.signal.throwIfAborted();
      const outcome = await this.#append(batch);
      this.#merging ??= this.#mergeAll(batch.table).finally(() => {
        this.#merging = undefined;
      });
      return outcome;
    });
  }

  async #append({ table, fromIndex, entries, sourceId }: AppendBatch): Promise<AppendOutcome> {
    tableByKey(table);
    const { catalogue, clock } = this.#options;
    const cursor = await catalogue.cursor(table);
    if (fromIndex > cursor) {
      throw new LakeError('entry_gap', `${table} waits for ledger entry ${cursor}, not ${fromIndex}`);
    }
    const fresh = entries.slice(cursor - fromIndex);
    if (fresh.length === 0) return { rows: 0, cursor };
    const parseTime = BigInt(clock().getTime()) * 1_000_000n;
    const context = { ledgerIndex: cursor, parseTime, sourceId };
    const add = await this.#writer.run({ kind: 'append', table, entries: fresh, context });
    const toCursor = cursor + fresh.length;
    // When this fails the files stay: the commit may have happened. What it left is removed at the next opening.
    await this.#commits.run(() => catalogue.commit({ table, add, remove: [], fromCursor: cursor, toCursor }));
    return { rows: fresh.length, cursor: toCursor };
  }

  async #mergeAll(table: string): Promise<void> {
    try {
      while (await this.#mergeOnce(table));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#options.onBackgroundError(error);
    }
  }

  /** Whether there was something to merge. */
  async #mergeOnce(table: string): Promise<boolean> {
    const { catalogue } = this.#options;
    const files = planMerge(await catalogue.files(table));
    if (files === undefined) return false;
    const add = await this.#merger.run({ kind: 'merge', table, files });
    const remove = files.map(({ path }) => path);
    await this.#commits.run(async () => {
      const cursor = await catalogue.cursor(table);
      await catalogue.commit({ table, add, remove, fromCursor: cursor, toCursor: cursor });
    });
    this.#retired.retire(remove);
    return true;
  }

  query(query: LakeQuery): RunningQuery {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    const done = this.#pool.lend(signal, (engine) => this.#runQuery(engine, query, stop, signal));
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
    const lease = this.#retired.read();
    try {
      const request = await this.#request(query, limits);
      return await engine.run(request, { signal, ...(query.onProgress && { onProgress: query.onProgress }) });
    } catch (error) {
      await this.deleteResults(query.id);
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
        const files = await catalogue.files(tableKey(definition));
        return {
          definition,
          files: files.map(({ path, bytes }) => ({ path: join(directory, path), bytes })),
        };
      }),
    );
  }

  results(id: string, page: { offset: number; pageSize: number }): Promise<ResultPage> {
    return readResultPage(this.#options.resultsDirectory, id, page);
  }

  deleteResults(id: string): Promise<void> {
    return deleteResult(this.#options.resultsDirectory, id);
  }

  tables(): readonly TableDefinition[] {
    return tableDefinitions;
  }

  processes(): { queries: readonly number[]; writers: readonly number[] } {
    const pids = (engines: readonly { pid: number | undefined }[]): readonly number[] =>
      engines.flatMap(({ pid }) => pid ?? []);
    return { queries: pids(this.#queryEngines), writers: pids([this.#writer, this.#merger]) };
  }

  async close(): Promise<void> {
    this.#closing.abort(new LakeError('closed', 'the lake is closing'));
    await this.#merger.close();
    await this.#merging;
    await this.#appends.run(async () => undefined);
    await Promise.all([this.#writer, ...this.#queryEngines].map((engine) => engine.close()));
  }
}

/** Memory outside DuckDB's accounting (the process itself, rows on their way to disk) comes on top of its limit. */
function rssBytesMax(memoryMb: number): number {
  return memoryMb * 1_250_000 + 500_000_000;
}

function timedOut(timeMs: number): LakeError {
  return new LakeError('timed_out', `the query timed out after ${timeMs / 1_000} s`);
}

/** Runs one piece of work after another, each whether or not those before it failed. */
class SerialWork {
  #last: Promise<unknown> = Promise.resolve();

  run<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
