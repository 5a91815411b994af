import { setTimeout as delay } from 'node:timers/promises';
import { Kysely, PostgresDialect } from 'kysely';
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
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });

  const lock = await holdInstanceLock(url).catch(async (error: unknown) => {
    await database.destroy();
    throw asStoreError(error);
  });
  await migrate(database, 'postgresql');
  const insertEntry = compileInsertEntry(database);
  let closed = false;

  const transaction = async <T>(
    isolation: 'serializable' | 'read committed',
    work: (transaction: Kysely<Tables>) => Promise<T>,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      if (closed) throw new StoreError('closed');
      try {
        return await database.transaction().setIsolationLevel(isolation).execute(work);
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
    transact: (work) => transaction('serializable', (lent) => lendTransactor(lent, insertEntry, work)),
    // Bookkeeping has one writer for each row and compares before it swaps; it must not make actions conflict.
    bookkeep: (work) => transaction('read committed', (lent) => lendBookkeeper(lent, work)),
    // PostgreSQL keeps dead rows until it vacuums, and its log until it archives or reuses it: docs/decisions/0009.
    eraseDeleted: async () => {},
    async close() {
      closed = true;
      await database.destroy();
      await lock.end();
    },
  };
}

/** A session of its own holds the lock; it ends with the process, however that ends. */
async function holdInstanceLock(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
    instanceLock,
  ]);
  if (rows[0]?.held !== true) {
    await client.end();
    throw new StoreError('in_use');
  }
  return client;
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
  return error instanceof Error && /connection (terminated|timeout)|timeout expired/i.test(error.message)
    ? '08006'
    : undefined;
}
