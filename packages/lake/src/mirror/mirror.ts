import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Catalogue, LakeFile } from '../catalogue.ts';
import { durableRename } from '../files/durable-rename.ts';
import { tableFolder, workDirectory } from '../files/layout.ts';
import { LakeError } from '../lake-error.ts';
import { type TableDefinition, tableKey } from '../tables/table-definition.ts';
import { storedTables } from '../tables/tables.ts';
import { createTableStatement } from './hive-table.ts';

/** What a mirror needs of an object store. A write is durable when it resolves and replaces an object at once. */
export interface MirrorObjects {
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
}

export interface MirrorOptions {
  /** The lake's, in which the files are. */
  readonly directory: string;
  readonly catalogue: Catalogue;
  readonly objects: MirrorObjects;
  /** By what other engines know the place of the objects, such as `s3://bucket/prefix`. */
  readonly address: string;
  /** Told of failures, after which it is tried again. */
  readonly onBackgroundError: (error: unknown) => void;
  /** Told each time the objects are what the catalogue says. */
  readonly onMirrored?: () => void;
  /** Changes are mirrored this long after the first of them; a file that is merged until then is never copied. */
  readonly delayMs?: number;
  /** A stop waits no longer for a store that does not answer. */
  readonly closeMsMax?: number;
}

/**
 * A copy of the lake's files in an object store, for other engines to query and for a lake that lost its directory.
 *
 * - `<database>/<table>/<yyyy-mm>/<id>.parquet`: the files.
 * - `manifests/<database>/<table>/manifest`: the addresses of those that are live, one a line. Who reads by it sees one state of
 *   the table or the next, never a mixture: files come before the manifest that names them, and go after one that does not.
 * - `ddl/<database>/<table>.sql`: the statement that makes the table known to Athena, and by its metastore to Trino.
 *
 * The catalogue decides, so a mirror that was interrupted anywhere goes on from what it finds.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  /** Tables, by their keys, whose objects may differ from the catalogue. */
  readonly #changed = new Set(storedTables.map(tableKey));
  /** Keys of data files that are in the store, once it was listed. */
  #stored: Set<string> | undefined;
  /** By table, the files that its manifest names, and damaged ones, which may be fetched from here. */
  readonly #kept = new Map<string, ReadonlySet<string>>();
  /** Of the stored files those that were not to be kept when last looked at. */
  #surplus = new Set<string>();
  /** Damaged files whose copies are not to be kept. */
  readonly #forgotten = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** The catalogue, for whoever changes it to do it through. */
  get catalogue(): Catalogue {
    const { catalogue } = this.#options;
    return {
      cursor: (table) => catalogue.cursor(table),
      files: (table) => catalogue.files(table),
      damagedFiles: (table) => catalogue.damagedFiles(table),
      markDamaged: (path, damage) => catalogue.markDamaged(path, damage),
      commit: async (change) => {
        await catalogue.commit(change);
        if (change.add.length + change.remove.length === 0) return;
        this.#changed.add(change.table);
        this.#schedule();
      },
    };
  }

  /** Fetches the live files that the directory lacks. Before the lake is opened. @returns how many. */
  async restore(): Promise<number> {
    const { directory, catalogue } = this.#options;
    let restored = 0;
    for (const table of storedTables) {
      for (const file of await catalogue.files(tableKey(table))) {
        const place = join(directory, file.path);
        if ((await sizeOf(place)) === file.bytes) continue;
        const fetched = await this.fetch(file);
        if (fetched === undefined) continue;
        await durableRename(join(directory, fetched), place);
        restored += 1;
      }
    }
    return restored;
  }

  /**
   * Fetches the copy of a file to where unfinished files are.
   * @returns its path there, relative to the lake; undefined where there is none of the file's size.
   * @throws whatever the store throws.
   */
  async fetch({ path, bytes }: LakeFile): Promise<string | undefined> {
    const { directory, objects } = this.#options;
    if (this.#forgotten.has(path)) return undefined;
    const copy = await objects.read(path);
    if (copy?.length !== bytes) return undefined;
    const fetched = join(workDirectory(directory), path);
    await mkdir(dirname(fetched), { recursive: true });
    await writeFile(fetched, copy);
    return relative(directory, fetched);
  }

  /** The copy of a damaged file is not to be fetched any more; it goes with the next `flush`. */
  forget(table: string, path: string): void {
    this.#forgotten.add(path);
    this.#changed.add(table);
    this.#schedule();
  }

  /**
   * Makes the objects what the catalogue says, now: when it resolves, what is no longer live is gone, too.
   * @throws whatever the store throws; it is tried again later.
   */
  flush(): Promise<void> {
    return this.#run({ removesAll: true });
  }

  /** Copies what is not copied yet, as far as a few seconds allow; the rest is after the next opening. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const last = this.#changed.size === 0 ? this.#work : this.#run({ removesAll: false });
    this.#closed = true;
    const { onBackgroundError, closeMsMax = 5_000 } = this.#options;
    await Promise.race([last.catch(onBackgroundError), delay(closeMsMax, undefined, { ref: false })]);
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== undefined) return;
    const run = (): void => {
      this.#timer = undefined;
      this.#run({ removesAll: false }).catch((error) => {
        if (!this.#closed) this.#options.onBackgroundError(error);
      });
    };
    this.#timer = setTimeout(run, this.#options.delayMs ?? 60_000).unref();
  }

  #run(how: { readonly removesAll: boolean }): Promise<void> {
    const run = this.#work.then(() => this.#mirror(how));
    this.#work = run.catch(() => undefined);
    return run;
  }

  async #mirror({ removesAll }: { readonly removesAll: boolean }): Promise<void> {
    try {
      this.#stored ??= await this.#list();
      for (let table = this.#takeChanged(); table !== undefined; table = this.#takeChanged()) {
        await this.#mirrorTable(table, this.#stored);
      }
      await this.#remove(this.#stored, removesAll);
      this.#options.onMirrored?.();
    } finally {
      if (this.#changed.size + this.#surplus.size > 0) this.#schedule();
    }
  }

  async #list(): Promise<Set<string>> {
    const stored = new Set<string>();
    for (const table of storedTables) {
      for await (const key of this.#options.objects.list(`${tableFolder(table)}/`)) stored.add(key);
    }
    return stored;
  }

  #takeChanged(): TableDefinition | undefined {
    const table = storedTables.find((each) => this.#changed.has(tableKey(each)));
    if (table !== undefined) this.#changed.delete(tableKey(table));
    return table;
  }

  async #mirrorTable(table: TableDefinition, stored: Set<string>): Promise<void> {
    const { catalogue, address } = this.#options;
    const key = tableKey(table);
    try {
      const files = await catalogue.files(key);
      for (const { path } of files) {
        if (stored.has(path) || (await this.#copy(path, stored))) continue;
        const isLive = (await catalogue.files(key)).some((file) => file.path === path);
        if (isLive) throw new LakeError('damaged_file', `the data file ${path} is missing`);
        // It was merged meanwhile.
        this.#changed.add(key);
        return;
      }
      const folder = tableFolder(table);
      await this.#write(`manifests/${folder}/manifest`, manifest(files, address));
      const kept = [...files, ...(await catalogue.damagedFiles(key))].map(({ path }) => path);
      this.#kept.set(key, new Set(kept.filter((path) => !this.#forgotten.has(path))));
      await this.#write(`ddl/${folder}.sql`, createTableStatement(table, `${address}/manifests/${folder}/`));
    } catch (error) {
      this.#changed.add(key);
      throw error;
    }
  }

  /** @returns whether there was such a file. */
  async #copy(path: string, stored: Set<string>): Promise<boolean> {
    const bytes = await readFile(join(this.#options.directory, path)).catch(noFile);
    if (bytes === undefined) return false;
    await this.#options.objects.write(path, bytes);
    stored.add(path);
    return true;
  }

  async #write(key: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const before = await this.#options.objects.read(key);
    if (before === undefined || !bytes.equals(before)) await this.#options.objects.write(key, bytes);
  }

  /** A query elsewhere may still read a file that has just been replaced, so it stays until the next time. */
  async #remove(stored: Set<string>, removesAll: boolean): Promise<void> {
    const kept = new Set([...this.#kept.values()].flatMap((paths) => [...paths]));
    const surplus = new Set([...stored].filter((key) => !kept.has(key)));
    const known = this.#surplus;
    this.#surplus = surplus;
    for (const key of surplus) {
      if (!removesAll && !known.has(key)) continue;
      await this.#options.objects.delete(key);
      stored.delete(key);
      surplus.delete(key);
    }
  }
}

function manifest(files: readonly LakeFile[], address: string): string {
  return files
    .map(({ path }) => `${address}/${path}\n`)
    .toSorted()
    .join('');
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(noFile))?.size;
}

function noFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
