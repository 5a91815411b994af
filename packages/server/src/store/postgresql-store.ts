import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { compileInsertEntry, lendBookkeeper, lendTransactor } from './lending.ts';
import { migrate } from './migrations.ts';
import { type Store, StoreError, type StoreErrorCode } from './store.ts';
import type { Tables } from './tables.ts';

/** Serialization failures are rare and short; an action that loses this often is told so. */
const attemptsMax = 10;

/** The advisory lock that one instance holds on its database ("paw" in ASCII). */
const instanceLock = 0x706177;

/**
 * Opens (and migrates) the PostgreSQL database at `url`. Each transaction is SERIALIZABLE and tried again after a
 * conflict, so that an action reads and writes as if alone, as on SQLite.
 * @throws StoreError `unreachable`, or `in_use` when another instance works on this database.
 */
export async function openPostgresqlStore(url: string): Promise<Store> {
  // Counts and ledger indexes come as bigint text from the driver; all of ours are safe integers.
  const types: pg.CustomTypesConfig = {
    getTypeParser: (oid: number, format?: string) =>
      oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
  };
  const pool = new pg.Pool({
    connectionString: url,
    types,
    max: 20,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 15_000,
  });
  // An idle connection that breaks is replaced by the pool; what it was doing fails where it was awaited.
  pool.on('error', () => {});
  // The pool listens to idle connections only, and an error that nobody listens to would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}));
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

  const lock = new InstanceLock(url);
  try {
    await requireAtStart(lock);
  } catch (error) {
    await database.destroy();
    throw asStoreError(error);
  }
  await migrate(database, 'postgresql');
  const insertEntry = `${compileInsertEntry(database)} returning pg_current_xact_id()::text as transaction`;
  let closed = false;

  const transaction = async <T>(isolation: 'serializable' | 'read committed', work: Work<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      if (closed) throw new StoreError('closed');
      try {
        await lock.require();
        return await runOnce(database, isolation, work);
      } catch (error) {
        if (!isConflict(error)) throw asStoreError(error);
        if (attempt === attemptsMax) throw new StoreError('too_slow', { cause: error });
        await delay(Math.random() * 2 ** attempt);
      }
    }
  };

  return {
    engine: 'postgresql',
    reader: database,
    transact: (work) =>
      transaction('serializable', (lent, note) =>
        lendTransactor(lent, insertEntry, work, ([row]) =>
          note((row as { transaction: string }).transaction),
        ),
      ),
    // Bookkeeping has one writer for each row and compares before it swaps; it must not make actions conflict.
    bookkeep: (work) => transaction('read committed', (lent) => lendBookkeeper(lent, work)),
    // Its autovacuum makes the room of deleted rows free for new ones.
    shrink: async () => undefined,
    // PostgreSQL keeps dead rows until it vacuums, and its log until it archives or reuses it: docs/decisions/0009.
    eraseDeleted: async () => {},
    async close() {
      closed = true;
      await database.destroy();
      await lock.release();
    },
  };
}

/** What runs in a transaction; it notes the transaction's id once it knows it. */
type Work<T> = (transaction: Kysely<Tables>, note: (transactionId: string) => void) => Promise<T>;

/**
 * Runs `work` in one transaction. Where the connection breaks during the commit, the server is asked for its outcome
 * (PostgreSQL manual, functions-info, pg_xact_status).
 * @throws StoreError `outcome_unknown` where it doesn't tell in time
 */
async function runOnce<T>(
  database: Kysely<Tables>,
  isolation: 'serializable' | 'read committed',
  work: Work<T>,
): Promise<T> {
  let id: string | undefined;
  let finished: { readonly result: T; readonly id: string } | undefined;
  try {
    return await database
      .transaction()
      .setIsolationLevel(isolation)
      .execute(async (lent) => {
        const result = await work(lent, (noted) => {
          id = noted;
        });
        if (id !== undefined) finished = { result, id };
        return result;
      });
  } catch (error) {
    if (finished === undefined || storeCode(sqlState(error) ?? '') !== 'unreachable') throw error;
    const outcome = await outcomeOf(database, finished.id);
    if (outcome === 'committed') return finished.result;
    if (outcome === 'aborted') throw error;
    throw new StoreError('outcome_unknown', { cause: error });
  }
}

/** How long a caller waits to be told whether it was done. */
const outcomeWaitMs = 5_000;

async function outcomeOf(
  database: Kysely<Tables>,
  transactionId: string,
): Promise<'committed' | 'aborted' | undefined> {
  const status = sql<{ status: string | null }>`select pg_xact_status(${transactionId}::xid8) as status`;
  for (const start = performance.now(); performance.now() - start < outcomeWaitMs; await delay(100)) {
    try {
      const [row] = (await status.execute(database)).rows;
      if (row?.status === 'committed' || row?.status === 'aborted') return row.status;
    } catch {
      // The server may be on its way back.
    }
  }
  return undefined;
}

/**
 * The lock that lets one instance work on a database. A session of its own holds it, which ends with the process, however
 * that ends; when the session breaks, nothing is written until the lock is held again.
 */
class InstanceLock {
  readonly #url: string;
  #client: Promise<pg.Client> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Takes the lock where it is not held. @throws StoreError `in_use`; or the driver's error */
  async require(): Promise<void> {
    this.#client ??= this.#take();
    try {
      await this.#client;
    } catch (error) {
      this.#client = undefined;
      throw error;
    }
  }

  async release(): Promise<void> {
    await (await this.#client?.catch(() => undefined))?.end();
  }

  async #take(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    client.on('error', () => {});
    client.once('end', () => {
      this.#client = undefined;
    });
    await client.connect();
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      instanceLock,
    ]);
    if (rows[0]?.held === true) return client;
    await client.end();
    throw new StoreError('in_use');
  }
}

/** The server takes a moment to see that the session of a killed instance is gone. */
const lockAttempts = 15;
const lockDelayMs = 200;

async function requireAtStart(lock: InstanceLock): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await lock.require();
    } catch (error) {
      const isHeld = error instanceof StoreError && error.code === 'in_use';
      if (!isHeld || attempt === lockAttempts) throw error;
      await delay(lockDelayMs);
    }
  }
}

/** 40001 serialization failure, 40P01 deadlock; 23505: two made the same unique value at once, the second now sees the first. */
function isConflict(error: unknown): boolean {
  const code = sqlState(error);
  return code === '40001' || code === '40P01' || code === '23505';
}

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A) that say the server or its storage is at fault. */
function asStoreError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const state = sqlState(error);
  if (state === undefined) return error;
  const code = storeCode(state);
  return code === undefined ? error : new StoreError(code, { cause: error });
}

function storeCode(state: string): StoreErrorCode | undefined {
  if (state === '53100') return 'full';
  if (state === '25006') return 'read_only';
  if (state === '57014' || state === '55P03') return 'too_slow';
  if (/^(58|XX)/.test(state)) return 'io';
  if (/^(08|53|57P)/.test(state) || /^E[A-Z]+$/.test(state) || state === '28P01' || state === '3D000')
    return 'unreachable';
  return undefined;
}

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  // The driver has no code for these.
  return error instanceof Error &&
    /connection (terminated|timeout|error)|timeout expired/i.test(error.message)
    ? '08006'
    : undefined;
}
