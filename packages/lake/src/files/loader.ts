import { existsSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEntry, parseTimestamp } from '@pawprint/record';
import type { Catalogue, CatalogueChange, DamagedFile, LakeFile } from '../catalogue.ts';
import { createEngine, type Engine } from '../engine/engine.ts';
import { LakeError } from '../lake-error.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { tableByKey, tablesOfLog } from '../tables/tables.ts';
import type { PlacedEntry } from './append-entries.ts';
import { durableRename } from './durable-rename.ts';
import { microseconds } from './event-time-range.ts';
import type { Findings, InspectRequest } from './inspect-process.ts';
import { indexPath } from './layout.ts';
import { isIndexed, planMerge } from './merge-plan.ts';
import type { IndexRange } from './missing-entries.ts';
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

/** Rows of a table that is not made from the ledger. */
export interface RowBatch {
  /** `panther_rule_matches.panther_audit`. */
  readonly table: string;
  /** The position of the first row, counted from 0 since the table began; the others follow it one by one. */
  readonly fromPosition: number;
  /** Each a JSON object: values by column name, where JSON may be any value. Columns left out are null. */
  readonly rows: readonly string[];
}

export interface AppendOutcome {
  /** Rows added: fewer than given when some were loaded before. */
  readonly rows: number;
  /** The next ledger index or position the table waits for. */
  readonly cursor: number;
}

/** Which rows of a table are past their time. */
export interface Expiry {
  /** Those of events before it. */
  readonly time: Date;
  /** Of these, those of ledger entries before an index; all of them unless said. */
  readonly beforeIndex?: number;
  /** Told which files go, before they do. If it throws, they stay. */
  readonly onRemove?: (files: readonly LakeFile[]) => Promise<void>;
}

/** What is to be loaded, whether made from the ledger or not. */
interface Batch<Item extends { readonly length: number }> {
  readonly table: string;
  readonly from: number;
  readonly items: readonly Item[];
  /** What the writer is asked for those of the items that begin at a position. */
  request(position: number, items: readonly Item[]): WriteRequest;
}

export interface LoaderOptions {
  readonly directory: string;
  readonly catalogue: Catalogue;
  /** Of the files, for those that are damaged. */
  readonly copies?: Pick<Mirror, 'fetch' | 'forget'> | undefined;
  readonly clock: () => Date;
  readonly onBackgroundError: (error: unknown) => void;
  /** Told of each file that is found damaged, once it is marked as such in the catalogue. */
  readonly onDamaged: (table: string, file: DamagedFile) => void;
  /** After a failure files are merged again in this time. */
  readonly retryMs: number;
  /** A process without work ends after `idleMs`, and one that is to stop has `stopMs` to do so. */
  readonly idleMs: number;
  readonly stopMs: number;
}

const memoryMb = 512;

const indexesIntervalMs = 60_000;

/** What a merge leaves to others of the room on the disk. */
const roomLeftBytesMin = 67_108_864;

/** A larger batch is loaded in parts, each committed by itself, so that the writer's memory stays bounded. */
const partBytesMax = 16_777_216;

/** Brings entries into tables, and keeps the number of files small. */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #writer: Engine<WriteRequest, readonly LakeFile[], never>;
  readonly #merger: Engine<WriteRequest, readonly LakeFile[], never>;
  readonly #inspector: Engine<InspectRequest, Findings, never>;
  /** What is asked of the inspector, one after another. */
  readonly #inspections = new SerialWork();
  readonly #retired;
  /** Appends, one after another. */
  readonly #appends = new SerialWork();
  /** Merges and replacements, one after another: each takes files away. */
  readonly #rewrites = new SerialWork();
  /** Commits of all of them, one after another. */
  readonly #commits = new SerialWork();
  #closed = false;
  /** By table, when to look for missing indexes again. */
  readonly #indexesDue = new Map<string, number>();
  /** By table. */
  readonly #merging = new Map<string, Promise<void>>();
  /** By table, when it is merged again after a failure, should nothing be appended before. */
  readonly #retries = new Map<string, NodeJS.Timeout>();

  constructor(options: LoaderOptions) {
    const { directory, idleMs, stopMs } = options;
    this.#options = options;
    const program = new URL('./write-process.ts', import.meta.url);
    this.#inspector = createEngine({
      ...{ program: new URL('./inspect-process.ts', import.meta.url), idleMs, stopMs },
      programArguments: [directory, String(memoryMb)],
    });
    const engine = (name: string, niceness: number) =>
      createEngine<WriteRequest, readonly LakeFile[]>({
        ...{ program, idleMs, stopMs },
        programArguments: [directory, name, String(memoryMb), String(niceness)],
      });
    this.#writer = engine('writer', 0);
    // Nobody waits for a merge.
    this.#merger = engine('merger', 5);
    this.#retired = createRetiredFiles(async (path) => {
      for (const each of [path, indexPath(path)]) await rm(join(directory, each), { force: true });
    });
  }

  /** While it lasts, files that are live at its beginning or later stay where they are. */
  read(): ReadLease {
    return this.#retired.read();
  }

  append({ table, fromIndex, entries, sourceId }: AppendBatch): Promise<AppendOutcome> {
    const request = (ledgerIndex: number, part: readonly Uint8Array[]): WriteRequest => ({
      ...{ kind: 'append-entries', table, entries: part },
      context: { ledgerIndex, parseTime: this.#now(), sourceId },
    });
    return this.#load({ table, from: fromIndex, items: entries, request });
  }

  appendRows({ table, fromPosition, rows }: RowBatch): Promise<AppendOutcome> {
    const request = (position: number, part: readonly string[]): WriteRequest => ({
      ...{ kind: 'append-rows', table, rows: part, position, parseTime: this.#now() },
    });
    return this.#load({ table, from: fromPosition, items: rows, request });
  }

  #load<Item extends { readonly length: number }>(batch: Batch<Item>): Promise<AppendOutcome> {
    const { table } = batch;
    return this.#appends.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      const outcome = await this.#append(batch);
      this.#startMerging(table);
      return outcome;
    });
  }

  #startMerging(table: string): void {
    if (this.#closed || this.#merging.has(table)) return;
    const merging = this.#rewrites.run(() => this.#mergeAll(table));
    this.#merging.set(
      table,
      merging.finally(() => this.#merging.delete(table)),
    );
  }

  /**
   * Removes the files of a log, and of the tables made of its rows, whose rows are all of ledger entries before `index`; a file
   * with a later one stays whole. Entries before `index` that were not loaded yet are passed over.
   */
  async removeBefore(log: string, index: number): Promise<void> {
    for (const table of tablesOfLog(log)) {
      await this.#remove(table, ({ ledgerIndexMax }) => ledgerIndexMax < index, table === log ? index : 0);
    }
  }

  /** Removes the files whose rows are all past their time. */
  removeOlder(
    table: string,
    { time, beforeIndex = Number.POSITIVE_INFINITY, onRemove }: Expiry,
  ): Promise<void> {
    const limit = BigInt(time.getTime()) * 1_000n;
    const isOver = (file: LakeFile) => file.eventTimeMax < limit && file.ledgerIndexMax < beforeIndex;
    return this.#remove(table, isOver, 0, onRemove);
  }

  /**
   * @param next what the table waits for at least, afterwards.
   * @param onRemove called before files go; if it throws, they stay.
   */
  #remove(
    table: string,
    isOver: (file: LakeFile) => boolean,
    next: number,
    onRemove?: Expiry['onRemove'],
  ): Promise<void> {
    return this.#appends.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      // What it is about to replace could be among the files; no other one begins before an append.
      await this.#merging.get(table);
      const { catalogue } = this.#options;
      const files = [...(await catalogue.files(table)), ...(await catalogue.damagedFiles(table))];
      const remove = files.filter(isOver);
      if (remove.length > 0) await onRemove?.(remove);
      await this.#commits.run(async () => {
        const fromCursor = await catalogue.cursor(table);
        if (remove.length === 0 && fromCursor >= next) return;
        const toCursor = Math.max(fromCursor, next);
        await catalogue.commit({ operation: 'REMOVE', table, add: [], remove, fromCursor, toCursor });
      });
      this.#retired.retire(remove.map(({ path }) => path));
    });
  }

  async #append<Item extends { readonly length: number }>({
    table,
    from,
    items,
    request,
  }: Batch<Item>): Promise<AppendOutcome> {
    tableByKey(table);
    const start = await this.#options.catalogue.cursor(table);
    if (from > start) throw new LakeError('entry_gap', `${table} waits for ${start}, not ${from}`);
    let cursor = start;
    while (cursor < from + items.length) {
      const part = firstBytes(items.slice(cursor - from), partBytesMax);
      await this.#appendPart(table, cursor, cursor + part.length, request(cursor, part));
      cursor += part.length;
    }
    return { rows: cursor - start, cursor };
  }

  async #appendPart(
    table: string,
    fromCursor: number,
    toCursor: number,
    request: WriteRequest,
  ): Promise<void> {
    const { catalogue } = this.#options;
    const add = await this.#writer.run(request);
    // When this fails the files stay: the commit may have happened. What it left is removed at the next opening.
    await this.#commits.run(() =>
      catalogue.commit({ operation: 'LOAD', table, add, remove: [], fromCursor, toCursor }),
    );
  }

  #now(): bigint {
    return BigInt(this.#options.clock().getTime()) * 1_000_000n;
  }

  async #mergeAll(table: string): Promise<void> {
    try {
      while (await this.#mergeOnce(table));
      await this.#makeMissingIndexes(table);
    } catch (error) {
      if (this.#closed) return;
      clearTimeout(this.#retries.get(table));
      const retry = setTimeout(() => this.#startMerging(table), this.#options.retryMs);
      this.#retries.set(table, retry.unref());
      this.#options.onBackgroundError(error);
    }
  }

  /**
   * Looks for indexes that are gone, or that large new files do not have yet, not oftener than every minute: without one a file
   * is only slower to search.
   */
  async #makeMissingIndexes(table: string): Promise<void> {
    const now = this.#options.clock().getTime();
    if (now < (this.#indexesDue.get(table) ?? 0)) return;
    this.#indexesDue.set(table, now + indexesIntervalMs);
    for (const file of await this.#options.catalogue.files(table)) {
      const { path } = file;
      if (this.#closed) return;
      if (!isIndexed(file) || existsSync(join(this.#options.directory, indexPath(path)))) continue;
      await this.#merger.run({ kind: 'index', table, path });
    }
  }

  /** Whether there was something to merge. */
  async #mergeOnce(table: string): Promise<boolean> {
    const { catalogue, clock } = this.#options;
    const plan = planMerge(await catalogue.files(table), clock());
    if (plan === undefined || this.#closed) return false;
    await this.#requireRoom(plan.files);
    let add: readonly LakeFile[];
    try {
      add = await this.#merger.run({ kind: 'merge', table, ...plan });
    } catch (error) {
      // The others can be merged without the ones that can't be read.
      if ((await this.#setDamagedAside(table, plan.files)).length > 0) return true;
      throw error;
    }
    const { removed } = await this.#swap({ operation: 'MERGE', table, add, remove: plan.files });
    removed.catch(this.#options.onBackgroundError);
    return true;
  }

  /**
   * A merge holds its rows once more, and again while it sorts them. Begun without the room for that it would only fail, and take
   * what is left from whoever writes meanwhile.
   */
  async #requireRoom(files: readonly LakeFile[]): Promise<void> {
    const { bavail, bsize } = await statfs(this.#options.directory);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const needed = 2 * bytes + roomLeftBytesMin;
    if (bavail * bsize >= needed) return;
    throw new LakeError('storage', `merging files takes ${Math.ceil(needed / 1e6)} MB of room on the disk`);
  }

  /** Makes other files live in the place of some. `removed`: once these are gone, which waits for their readers. */
  async #swap({
    operation,
    table,
    add,
    remove,
  }: Omit<CatalogueChange, 'fromCursor' | 'toCursor'>): Promise<{ removed: Promise<void> }> {
    const { catalogue } = this.#options;
    await this.#commits.run(async () => {
      const cursor = await catalogue.cursor(table);
      await catalogue.commit({ operation, table, add, remove, fromCursor: cursor, toCursor: cursor });
    });
    return { removed: this.#retired.retire(remove.map(({ path }) => path)) };
  }

  /**
   * Makes the rows of entries anew, where they are loaded. When it returns, the files with the rows as they were are gone,
   * and so is every query that could read them. It may be given again after a crash at any point.
   */
  async replace(table: string, entries: readonly PlacedEntry[]): Promise<void> {
    const removals: Promise<void>[] = [];
    await this.#rewrites.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      const { catalogue } = this.#options;
      const timed = entries.map((entry) => ({ entry, time: eventTime(entry) }));
      for (const file of await catalogue.files(table)) {
        const its = timed.filter(({ time }) => file.eventTimeMin <= time && time <= file.eventTimeMax);
        if (its.length === 0) continue;
        removals.push(
          ...(await this.#replaceInFile(
            table,
            file,
            its.map(({ entry }) => entry),
          )),
        );
      }
      // What can't be read can't be made anew, but what is left of it, or its copy, may still be read by others.
      for (const { path, ...file } of await catalogue.damagedFiles(table)) {
        if (timed.every(({ time }) => time < file.eventTimeMin || file.eventTimeMax < time)) continue;
        removals.push(this.#retired.retire([path]));
        this.#options.copies?.forget(table, path);
      }
    });
    await Promise.all(removals);
  }

  /** @returns the removal of the file as it was, if it held any of the entries. */
  async #replaceInFile(
    table: string,
    file: LakeFile,
    entries: readonly PlacedEntry[],
  ): Promise<readonly Promise<void>[]> {
    const context = { ledgerIndex: 0, parseTime: 0n, sourceId: '' };
    let add: readonly LakeFile[];
    try {
      add = await this.#merger.run({ kind: 'replace', table, file, entries, context });
    } catch (error) {
      if ((await this.#setDamagedAside(table, [file])).length > 0) return [];
      throw error;
    }
    if (add.length === 0) return [];
    const { removed } = await this.#swap({ operation: 'REPLACE', table, add, remove: [file] });
    // It is awaited with the others; until then a failure must not count as unhandled.
    removed.catch(() => undefined);
    return [removed];
  }

  /**
   * Looks for the damaged file of which a message tells, and marks it. A message without a path may tell of any file of the
   * tables.
   */
  async findDamaged(tables: readonly string[], message: string): Promise<readonly LakeFile[]> {
    const damaged: LakeFile[] = [];
    for (const table of tables) {
      const files = await this.#options.catalogue.files(table);
      const named = message.includes('.parquet') ? files.filter(({ path }) => message.includes(path)) : files;
      damaged.push(...(await this.#setDamagedAside(table, named)));
    }
    return damaged;
  }

  /** Marks those of the files that are damaged. @returns them. */
  async #setDamagedAside(table: string, files: readonly LakeFile[]): Promise<readonly LakeFile[]> {
    const { catalogue, onDamaged } = this.#options;
    const damaged: LakeFile[] = [];
    for (const file of files) {
      const { damage } = await this.#inspect({ kind: 'check', file });
      if (damage === undefined) continue;
      damaged.push(file);
      await this.#commits.run(async () => {
        const files = await catalogue.files(table);
        // A query and a merge may find the same, and a merge may have taken the file away.
        if (files.every(({ path }) => path !== file.path)) return;
        await catalogue.markDamaged(file.path, damage);
        onDamaged(table, { ...file, damage });
      });
    }
    return damaged;
  }

  #inspect(request: InspectRequest): Promise<Findings> {
    return this.#inspections.run(() => this.#inspector.run(request));
  }

  /** Which of the entries that were loaded, from an index on, have no row in any live file. */
  async missing(table: string, from: number): Promise<readonly IndexRange[]> {
    const { catalogue } = this.#options;
    const lease = this.read();
    try {
      const to = await catalogue.cursor(table);
      const { missing = [] } = await this.#inspect({
        kind: 'missing',
        files: await catalogue.files(table),
        from,
        to,
      });
      return missing;
    } finally {
      lease.end();
    }
  }

  /** Loads entries again that are missing. */
  restore({ table, fromIndex, entries, sourceId }: AppendBatch): Promise<void> {
    return this.#appends.run(async () => {
      if (this.#closed) throw new LakeError('closed', 'the lake is closing');
      let ledgerIndex = fromIndex;
      while (ledgerIndex < fromIndex + entries.length) {
        const part = firstBytes(entries.slice(ledgerIndex - fromIndex), partBytesMax);
        const context = { ledgerIndex, parseTime: this.#now(), sourceId };
        const add = await this.#writer.run({ kind: 'append-entries', table, entries: part, context });
        await this.#swap({ operation: 'RESTORE', table, add, remove: [] });
        ledgerIndex += part.length;
      }
    });
  }

  /**
   * Makes those of the damaged files of a table live again that can be read by now, or that have a whole copy, which is put in their
   * place. @returns those.
   */
  heal(table: string): Promise<readonly LakeFile[]> {
    return this.#rewrites.run(async () => {
      const healed: LakeFile[] = [];
      for (const { damage: _, ...file } of await this.#options.catalogue.damagedFiles(table)) {
        if (this.#closed) throw new LakeError('closed', 'the lake is closing');
        if (!(await this.#isSound(file)) && !(await this.#replaceByCopy(file))) continue;
        await this.#commits.run(async () => {
          const cursor = await this.#options.catalogue.cursor(table);
          const change = { table, add: [file], remove: [file], fromCursor: cursor, toCursor: cursor };
          await this.#options.catalogue.commit({ operation: 'RESTORE', ...change });
        });
        healed.push(file);
      }
      return healed;
    });
  }

  async #isSound(file: LakeFile): Promise<boolean> {
    return (await this.#inspect({ kind: 'check', file })).damage === undefined;
  }

  async #replaceByCopy(file: LakeFile): Promise<boolean> {
    const { directory, copies } = this.#options;
    const fetched = await copies?.fetch(file);
    if (fetched === undefined) return false;
    if (!(await this.#isSound({ ...file, path: fetched }))) {
      await rm(join(directory, fetched));
      return false;
    }
    await durableRename(join(directory, fetched), join(directory, file.path));
    return true;
  }

  /** Takes the damaged files of a table out of the catalogue and off the disk. */
  discardDamaged(table: string): Promise<readonly DamagedFile[]> {
    return this.#rewrites.run(async () => {
      const files = await this.#options.catalogue.damagedFiles(table);
      if (files.length === 0) return [];
      const { removed } = await this.#swap({ operation: 'REMOVE', table, add: [], remove: files });
      await removed;
      return files;
    });
  }

  /** The processes that are running. */
  get pids(): readonly number[] {
    return [this.#writer, this.#merger, this.#inspector].flatMap(({ pid }) => pid ?? []);
  }

  /** Finishes what is being appended; a merge is given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#appends.run(async () => undefined);
    await Promise.all([this.#writer.close(), this.#merger.close(), this.#inspector.close()]);
    await this.#rewrites.run(async () => undefined);
  }
}

function eventTime({ entry }: PlacedEntry): bigint {
  return microseconds(parseTimestamp(decodeEntry(entry).record.timestamp));
}

/** The first of the items, as many as fit but at least one. */
function firstBytes<Item extends { readonly length: number }>(
  items: readonly Item[],
  bytesMax: number,
): readonly Item[] {
  let bytes = 0;
  const tooMany = items.findIndex(({ length }) => {
    bytes += length;
    return bytes > bytesMax;
  });
  return tooMany === -1 ? items : items.slice(0, Math.max(tooMany, 1));
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
