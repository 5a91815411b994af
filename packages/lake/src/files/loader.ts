import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue, LakeFile } from '../catalogue.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { LakeError } from '../lake-error.ts';
import { tableByKey } from '../tables/tables.ts';
import { planMerge } from './merge-plan.ts';
import { createRetiredFiles, type ReadLease } from './retired-files.ts';
import type { WriteRequest } from './write-process.ts';

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

export interface LoaderOptions {
  readonly directory: string;
  readonly catalogue: Catalogue;
  readonly clock: () => Date;
  readonly onBackgroundError: (error: unknown) => void;
  /** A process without work ends after `idleMs`, and one that is to stop has `stopMs` to do so. */
  readonly idleMs: number;
  readonly stopMs: number;
}

const memoryMb = 512;

/** A larger batch is loaded in parts, each committed by itself, so that the writer's memory stays bounded. */
const partBytesMax = 8_388_608;

/** Brings entries into tables, and keeps the number of files small. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #writer: Engine<WriteRequest, readonly LakeFile[], never>;
  readonly #merger: Engine<WriteRequest, readonly LakeFile[], never>;
  readonly #retired;
  /** Appends, one after another. */
  readonly #appends = new SerialWork();
  /** Commits of appends and merges, one after another. */
  readonly #commits = new SerialWork();
  #closed = false;
  #merging: Promise<void> | undefined;

  constructor(options: LoaderOptions) {
    const { directory, idleMs, stopMs } = options;
    this.#options = options;
    const program = new URL('./write-process.ts', import.meta.url);
    const engine = (niceness: number) =>
      createEngine<WriteRequest, readonly LakeFile[]>({
        ...{ program, idleMs, stopMs },
        programArguments: [directory, String(memoryMb), String(niceness)],
      });
    this.#writer = engine(0);
    // Nobody waits for a merge.
    this.#merger = engine(5);
    this.#retired = createRetiredFiles((path) => {
      rm(join(directory, path), { force: true }).catch(options.onBackgroundError);
    });
  }

  /** While it lasts, files that are live at its beginning or later stay where they are. */
  read(): ReadLease {
    return this.#retired.read();
  }

  append(batch: AppendBatch): Promise<AppendOutcome> {
    return this.#appends.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      const outcome = await this.#append(batch);
      this.#merging ??= this.#mergeAll(batch.table).finally(() => {
        this.#merging = undefined;
      });
      return outcome;
    });
  }

  /**
   * Removes the files whose rows are all of ledger entries before `index`; a file with a later one stays whole. Entries before
   * `index` that were not loaded yet are passed over.
   */
  removeBefore(table: string, index: number): Promise<void> {
    return this.#appends.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      // What it is about to replace could be among the files; no other one begins before an append.
      await this.#merging;
      const { catalogue } = this.#options;
      const files = await catalogue.files(table);
      const remove = files.filter(({ ledgerIndexMax }) => ledgerIndexMax < index).map(({ path }) => path);
      await this.#commits.run(async () => {
        const fromCursor = await catalogue.cursor(table);
        if (remove.length === 0 && fromCursor >= index) return;
        await catalogue.commit({ table, add: [], remove, fromCursor, toCursor: Math.max(fromCursor, index) });
      });
      this.#retired.retire(remove);
    });
  }

  async #append({ table, fromIndex, entries, sourceId }: AppendBatch): Promise<AppendOutcome> {
    tableByKey(table);
    const start = await this.#options.catalogue.cursor(table);
    if (fromIndex > start) {
      throw new LakeError('entry_gap', `${table} waits for ledger entry ${start}, not ${fromIndex}`);
    }
    let cursor = start;
    while (cursor < fromIndex + entries.length) {
      const part = firstBytes(entries.slice(cursor - fromIndex), partBytesMax);
      await this.#appendPart(table, cursor, part, sourceId);
      cursor += part.length;
    }
    return { rows: cursor - start, cursor };
  }

  async #appendPart(
    table: string,
    fromCursor: number,
    entries: readonly Uint8Array[],
    sourceId: string,
  ): Promise<void> {
    const { catalogue, clock } = this.#options;
    const parseTime = BigInt(clock().getTime()) * 1_000_000n;
    const context = { ledgerIndex: fromCursor, parseTime, sourceId };
    const add = await this.#writer.run({ kind: 'append', table, entries, context });
    const toCursor = fromCursor + entries.length;
    // When this fails the files stay: the commit may have happened. What it left is removed at the next opening.
    await this.#commits.run(() => catalogue.commit({ table, add, remove: [], fromCursor, toCursor }));
  }

  async #mergeAll(table: string): Promise<void> {
    try {
      while (await this.#mergeOnce(table));
    } catch (error) {
      if (!this.#closed) this.#options.onBackgroundError(error);
    }
  }

  /** Whether there was something to merge. */
  async #mergeOnce(table: string): Promise<boolean> {
    const { catalogue } = this.#options;
    const files = planMerge(await catalogue.files(table));
    if (files === undefined || this.#closed) return false;
    const add = await this.#merger.run({ kind: 'merge', table, files });
    const remove = files.map(({ path }) => path);
    await this.#commits.run(async () => {
      const cursor = await catalogue.cursor(table);
      await catalogue.commit({ table, add, remove, fromCursor: cursor, toCursor: cursor });
    });
    this.#retired.retire(remove);
    return true;
  }

  /** The processes that are running. */
  get pids(): readonly number[] {
    return [this.#writer, this.#merger].flatMap(({ pid }) => pid ?? []);
  }

  /** Finishes what is being appended; a merge is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#appends.run(async () => undefined);
    await Promise.all([this.#writer.close(), this.#merger.close()]);
    await this.#merging;
  }
}

/** The first of the entries, as many as fit but at least one. */
function firstBytes(entries: readonly Uint8Array[], bytesMax: number): readonly Uint8Array[] {
  let bytes = 0;
  const tooMany = entries.findIndex(({ length }) => {
    bytes += length;
    return bytes > bytesMax;
  });
  return tooMany === -1 ? entries : entries.slice(0, Math.max(tooMany, 1));
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
