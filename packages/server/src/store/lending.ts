import assert from 'node:assert/strict';
import { CompiledQuery, type Kysely, type KyselyPlugin } from 'kysely';
import type { Capture, Transactor } from './store.ts';
import type { AppTables, BookkeepingTables, Tables } from './tables.ts';

/** The one statement that every action runs, compiled once; it takes the entry. */
export function compileInsertEntry(database: Kysely<Tables>): string {
  return database.insertInto('outbox').values({ entry: '' }).compile().sql;
}

/**
 * Lends `database` to `work` as a transactor for the time of the call, and holds it to its one record.
 * @param onInserted told what the statement returned that wrote the record
 * @throws AssertionError if `work` records twice, or ends without a record, or its transactor is used afterwards.
 */
export async function lendTransactor<T>(
  database: Kysely<Tables>,
  insertEntry: string,
  work: (transactor: Transactor, capture: Capture) => Promise<T>,
  onInserted: (rows: readonly unknown[]) => void = () => {},
): Promise<T> {
  return lend(database, async (lent, assertLent) => {
    let captured = false;
    const result = await work(lent as unknown as Kysely<AppTables>, {
      async record(entry) {
        assert(!captured, 'a transaction is recorded once');
        captured = true;
        // A compiled statement does not pass the plugin that guards the others.
        assertLent();
        onInserted((await lent.executeQuery(CompiledQuery.raw(insertEntry, [entry]))).rows);
      },
      leaveUnrecorded() {
        captured = true;
      },
    });
    assert(captured, 'a transaction ends with its record');
    return result;
  });
}

/** As `lendTransactor`, with the bookkeeping tables and no record. */
export async function lendBookkeeper<T>(
  database: Kysely<Tables>,
  work: (bookkeeper: Kysely<BookkeepingTables>) => Promise<T>,
): Promise<T> {
  return lend(database, (lent) => work(lent as unknown as Kysely<BookkeepingTables>));
}

/** A statement after the end (one that was not awaited, or of work that timed out) would land in somebody else's transaction. */
async function lend<T>(
  database: Kysely<Tables>,
  work: (lent: Kysely<Tables>, assertLent: () => void) => Promise<T>,
): Promise<T> {
  let ended = false;
  const assertLent = () => assert(!ended, 'a transactor is used only inside its transaction');
  const whileLent: KyselyPlugin = {
    transformQuery({ node }) {
      assertLent();
      return node;
    },
    async transformResult({ result }) {
      return result;
    },
  };
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new WorkTimeout()), workTimeoutMs);
  try {
    return await Promise.race([work(database.withPlugin(whileLent), assertLent), late]);
  } finally {
    clearTimeout(timer);
    ended = true;
  }
}

/** A transaction can hold up others, so one that hangs must end. */
const workTimeoutMs = 10_000;

/** An action's transaction did not end in time. */
export class WorkTimeout extends Error {
  override readonly name = 'WorkTimeout';
  constructor() {
    super(`A transaction took longer than ${workTimeoutMs / 1000} s`);
  }
}
