import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord, encodeEntry } from '@pawprint/record';
import type { Catalogue, CatalogueChange, DamagedFile, LakeFile } from '../catalogue.ts';
import { type Lake, type LakeOptions, type LakeQuery, openLake } from '../lake.ts';
import type { Mirror, MirrorOptions } from '../mirror/mirror.ts';
import type { ResultPage } from '../results/result-store.ts';

/** The table every test loads. */
export const auditTable = 'panther_logs.panther_audit';

/** The present of every test. */
export const testNow = new Date('2026-11-23T12:00:00Z');

/** A catalogue in memory that keeps the contract to the letter. */
export class MemoryCatalogue implements Catalogue {
  readonly #cursors = new Map<string, number>();
  readonly #files = new Map<string, readonly LakeFile[]>();
  readonly #damaged = new Map<string, string>();
  /** Throws instead of the next commit: before it takes effect, or after. */
  failNext: 'before' | 'after' | undefined;

  async cursor(table: string = auditTable): Promise<number> {
    return this.#cursors.get(table) ?? 0;
  }

  async files(table: string = auditTable): Promise<readonly LakeFile[]> {
    return this.#all(table).filter(({ path }) => !this.#damaged.has(path));
  }

  async damagedFiles(table: string = auditTable): Promise<readonly DamagedFile[]> {
    return this.#all(table).flatMap((file) => {
      const damage = this.#damaged.get(file.path);
      return damage === undefined ? [] : [{ ...file, damage }];
    });
  }

  async markDamaged(path: string, damage: string): Promise<void> {
    this.#damaged.set(path, damage);
  }

  #all(table: string): readonly LakeFile[] {
    return this.#files.get(table) ?? [];
  }

  async commit({ table, add, remove, fromCursor, toCursor }: CatalogueChange): Promise<void> {
    const failing = this.failNext;
    this.failNext = undefined;
    if (failing === 'before') throw new Error('the connection was lost');
    const cursor = await this.cursor(table);
    if (fromCursor !== cursor) throw new Error(`the cursor is ${cursor}, not ${fromCursor}`);
    const files = this.#all(table);
    const live = new Set(files.map(({ path }) => path));
    if (remove.some(({ path }) => !live.has(path))) throw new Error('a removed file is not live');
    for (const { path } of remove) this.#damaged.delete(path);
    this.#files.set(table, [
      ...files.filter((file) => !remove.some(({ path }) => path === file.path)),
      ...add,
    ]);
    this.#cursors.set(table, toCursor);
    if (failing === 'after') throw new Error('the connection was lost');
  }
}

/** A lake in a folder of its own, and what a test does with it. */
export interface TemporaryLake {
  readonly lake: Lake;
  readonly catalogue: MemoryCatalogue;
  readonly directory: string;
  readonly backgroundErrors: readonly unknown[];
  /** Loads records behind those already loaded. */
  load(...records: readonly Partial<AuditRecord>[]): Promise<void>;
  /** The rows a query gives to someone who may read the audit log. */
  rows(sql: string, query?: Partial<LakeQuery>): Promise<ResultPage['rows']>;
  /** Opens it again, as after a restart. */
  reopen(): Promise<TemporaryLake>;
}

/** Where a lake leaves what is to be done when the tests that use it are over. */
export interface TestScope {
  after(cleanup: () => unknown): unknown;
}

export interface TemporaryLakeOptions extends Partial<LakeOptions> {
  readonly createMirror?: (
    place: Pick<MirrorOptions, 'directory' | 'catalogue' | 'onBackgroundError'>,
  ) => Mirror;
}

/** Opens a lake that is removed after the test. */
export async function temporaryLake(
  t: TestScope,
  options: TemporaryLakeOptions = {},
): Promise<TemporaryLake> {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-lake-'));
  const lakes: Lake[] = [];
  t.after(async () => {
    // What still merges would write into the folder while it is removed.
    for (const lake of lakes) await lake.close();
    await rm(folder, { recursive: true });
  });
  return open(lakes, folder, new MemoryCatalogue(), options);
}

async function open(
  lakes: Lake[],
  folder: string,
  catalogue: MemoryCatalogue,
  { createMirror, ...options }: TemporaryLakeOptions,
): Promise<TemporaryLake> {
  const backgroundErrors: unknown[] = [];
  const onBackgroundError = (error: unknown) => backgroundErrors.push(error);
  const { directory = join(folder, 'lake') } = options;
  const lake = await openLake({
    directory,
    mirror: createMirror?.({ directory, catalogue, onBackgroundError }),
    resultsDirectory: join(folder, 'results'),
    catalogue,
    clock: () => testNow,
    onBackgroundError,
    ...options,
  });
  lakes.push(lake);
  let queries = 0;
  return {
    ...{ lake, catalogue, directory, backgroundErrors },
    async load(...records) {
      const fromIndex = await catalogue.cursor();
      const entries = records.map((record, at) => auditEntry(fromIndex + at, record));
      await lake.append({ table: auditTable, fromIndex, entries, sourceId: 'source-1' });
    },
    async rows(sql, query = {}) {
      queries += 1;
      const id = `query-${queries}`;
      await lake.query({ id, sql, ...readsAudit, ...query }).done;
      return (await lake.results(id, { offset: 0, pageSize: 10_000 })).rows;
    },
    async reopen() {
      await lake.close();
      return open(lakes, folder, catalogue, { ...options, ...(createMirror && { createMirror }) });
    },
  };
}

/** What a query of someone who may read the audit log says besides its id and SQL. */
export const readsAudit = { database: 'panther_logs', tables: [auditTable], now: testNow };

/** The ledger entry of a record; what the test does not say is the same in all. */
export function auditEntry(index: number, record: Partial<AuditRecord> = {}): Uint8Array {
  const id = index.toString(16).padStart(32, '0');
  return encodeEntry({
    v: 1,
    id,
    record: {
      actionName: 'GET_USER',
      actionResult: 'SUCCEEDED',
      actor: { id: 'user-1', type: 'USER', name: 'Homer Simpson' },
      timestamp: '2026-11-23 11:00:00.000000000',
      pantherVersion: '0.1.0',
      ...record,
    },
  });
}
