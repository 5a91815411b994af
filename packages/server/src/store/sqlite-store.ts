import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { compileInsertEntry, lendBookkeeper, lendTransactor } from './lending.ts';
import { migrate } from './migrations.ts';
import { type Store, StoreError, type StoreErrorCode } from './store.ts';
import type { Tables } from './tables.ts';

/** Enough to share an fsync widely, few enough that the first in a group doesn't wait long for the last. */
const groupSizeMax = 256;

/** Few enough that nobody waits for them. */
const pagesFreedAtOnce = 1_000;

type Job = { run(): Promise<void>; done(): void; failed(cause: unknown): void };

/**
 * Opens (and migrates) the SQLite database in `file`. WAL with synchronous=FULL: committed means on disk.
 * @throws StoreError when the file can't be opened or written.
 */
export async function openSqliteStore(file: string): Promise<Store> {
  const database = guarded(() => openDatabase(file));
  // `destroy` closes the handle; the same handle serves both faces, as the queue below runs one transaction at a time.
  const kysely = kyselyOver<Tables>(database);
  await migrate(kysely, 'sqlite').catch((error: unknown) => {
    throw asStoreError(error);
  });
  const readOnly = guarded(() => new DatabaseSync(file, { readOnly: true, timeout: 5_000 }));
  const reader = kyselyOver<Tables>(readOnly);
  const group = new GroupCommit(database);
  const insertEntry = compileInsertEntry(kysely);

  return {
    engine: 'sqlite',
    reader,
    transact: (work) => group.join(() => lendTransactor(kysely, insertEntry, work)),
    bookkeep: (work) => group.join(() => lendBookkeeper(kysely, work)),
    async shrink() {
      while (readPragma(database, 'freelist_count') > 0) {
        const before = readPragma(database, 'freelist_count');
        await group.between(() => database.exec(`pragma incremental_vacuum(${pagesFreedAtOnce})`));
        // A database made before this was possible frees none.
        if (readPragma(database, 'freelist_count') === before) return;
      }
      await group.between(() => database.exec('pragma wal_checkpoint(truncate)'));
    },
    async close() {
      await group.close();
      await reader.destroy();
      await kysely.destroy();
    },
  };
}

function readPragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  // Free pages are given back when asked for; a database has to begin with this. The outbox rewrites the same pages all the
  // time: checkpoints each 16 MiB instead of 4 copy them less often.
  database.exec(`pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma wal_autocheckpoint = 4000`);
  return database;
}

/**
 * Group commit: transactions that wait together run one after another as savepoints of one SQLite transaction, and
 * share its fsync. Each is undone alone if it fails; nobody is told of success before the commit.
 */
class GroupCommit {
  readonly #database: DatabaseSync;
  #waiting: Job[] = [];
  #between: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  join<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError('closed'));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    this.#waiting.push({
      async run() {
        result = await work();
      },
      done: () => resolve(result),
      failed: reject,
    });
    this.#running ??= this.#drain();
    return promise;
  }

  /** Runs when no transaction is under way. */
  between(work: () => void): Promise<void> {
    if (this.#closed) return Promise.reject(new StoreError('closed'));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#between.push(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(asStoreError(error));
      }
    });
    this.#running ??= this.#drain();
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#between.length > 0) {
      // One turn of the event loop, so that all requests which have arrived by now share this commit.
      await nextTurn();
      for (const work of this.#between.splice(0)) work();
      if (this.#waiting.length > 0) await this.#commitGroup(this.#waiting.splice(0, groupSizeMax));
    }
    this.#running = undefined;
  }

  async #commitGroup(jobs: readonly Job[]): Promise<void> {
    const succeeded: Job[] = [];
    const failed: { job: Job; cause: unknown }[] = [];
    try {
      this.#database.exec('begin immediate');
      for (const job of jobs) {
        this.#database.exec('savepoint job');
        try {
          await job.run();
          succeeded.push(job);
        } catch (error) {
          // A full disk or an I/O error makes SQLite end the whole transaction; then all of the group has failed.
          if (!this.#database.isTransaction || storageCode(error) !== undefined) throw error;
          this.#database.exec('rollback to job');
          failed.push({ job, cause: error });
        }
        this.#database.exec('release job');
      }
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      const cause = asStoreError(error);
      for (const job of jobs) job.failed(cause);
      return;
    }
    for (const job of succeeded) job.done();
    for (const { job, cause } of failed) job.failed(cause);
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that say the storage, not the statement, is at fault. */
const storageCodes: ReadonlyMap<number, StoreErrorCode> = new Map([
  [5, 'in_use'],
  [6, 'in_use'],
  [8, 'read_only'],
  [10, 'io'],
  [11, 'io'],
  [13, 'full'],
  [14, 'io'],
  [26, 'io'],
]);

function storageCode(error: unknown): StoreErrorCode | undefined {
  if (error instanceof StoreError) return error.code;
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? storageCodes.get(code & 0xff) : undefined;
}

function asStoreError(error: unknown): unknown {
  const code = storageCode(error);
  if (code === undefined || error instanceof StoreError) return error;
  return new StoreError(code, { cause: error });
}

function guarded<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw asStoreError(error);
  }
}

/** Kysely's SQLite dialect speaks better-sqlite3; this is the part of that interface it uses, over node:sqlite. */
function kyselyOver<T>(database: DatabaseSync): Kysely<T> {
  const statements = new Map<string, SqliteStatement>();
  const adapter: SqliteDatabase = {
    close: () => database.close(),
    prepare(text) {
      let statement = statements.get(text);
      if (statement === undefined) {
        statement = asKyselyStatement(database.prepare(text));
        // Statements differ with the filters of a search; a bound keeps odd ones from piling up.
        if (statements.size >= 500) statements.clear();
        statements.set(text, statement);
      }
      return statement;
    },
  };
  return new Kysely<T>({ dialect: new SqliteDialect({ database: adapter }) });
}

function asKyselyStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
