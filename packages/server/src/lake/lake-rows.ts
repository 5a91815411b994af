import type { Lake } from '@pawprint/lake';
import type { Kysely } from 'kysely';
import { type FollowerWatch, type Following, repeatSteps } from '../followers/steps.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import type { LakeCatalogue } from './catalogue.ts';
import { dataAuditTable } from './data-audit.ts';

/** A row has at most a little over 200 KiB. */
const batchMax = 500;

/** A transaction that adds rows: a bookkeeper's or a transactor's. */
type LakeRowsTransaction = Pick<
  Kysely<Pick<Tables, 'lake_rows' | 'lake_cursors'>>,
  'selectFrom' | 'insertInto'
>;

/**
 * Puts rows on their way into a table of the lake that is not made from the ledger, in the order given. Once committed, the
 * mover is to be woken.
 * @param rows their values by column name; see `Lake.appendRows`.
 */
export async function addLakeRows(
  transaction: LakeRowsTransaction,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  if (rows.length === 0) return;
  const loaded = await transaction
    .selectFrom('lake_cursors')
    .select('next_index')
    .where('table_name', '=', table)
    .executeTakeFirst();
  const waiting = await transaction
    .selectFrom('lake_rows')
    .select('position')
    .where('table_name', '=', table)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  // A row is deleted only after the cursor has passed it, so one of the two knows the last position.
  const next = Math.max(loaded?.next_index ?? 0, waiting === undefined ? 0 : waiting.position + 1);
  const values = rows.map((row, at) => ({
    table_name: table,
    position: next + at,
    row: JSON.stringify(row),
  }));
  // A statement of SQLite takes 32,766 parameters at most.
  for (let at = 0; at < values.length; at += batchMax) {
    await transaction
      .insertInto('lake_rows')
      .values(values.slice(at, at + batchMax))
      .execute();
  }
}

/** Nobody waits for rows of the monitor, and each change of the lake makes one: many go together. */
const monitorDelayMs = 60_000;

/** Moves waiting rows into the lake and deletes them here. After a crash at any point each is in the lake once. */
export function moveLakeRows(
  store: Pick<Store, 'reader' | 'bookkeep'>,
  catalogue: Pick<LakeCatalogue, 'cursor'>,
  lake: Pick<Lake, 'appendRows'>,
  watch: FollowerWatch,
): Following {
  let isMonitorDue = true;

  async function step(): Promise<boolean> {
    const query = store.reader.selectFrom('lake_rows').select('table_name').distinct().orderBy('table_name');
    const due = isMonitorDue ? query : query.where('table_name', '!=', dataAuditTable);
    const tables = (await due.execute()).map(({ table_name }) => table_name);
    if (!tables.includes(dataAuditTable)) isMonitorDue = false;
    const moves = await Promise.allSettled(tables.map(move));
    const failed = moves.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return tables.length > 0;
  }

  async function move(table: string): Promise<void> {
    const cursor = await catalogue.cursor(table);
    const rows = await store.reader
      .selectFrom('lake_rows')
      .select(['position', 'row'])
      .where('table_name', '=', table)
      .where('position', '>=', cursor)
      .orderBy('position')
      .limit(batchMax)
      .execute();
    const [first] = rows;
    if (first !== undefined) {
      await lake.appendRows({ table, fromPosition: first.position, rows: rows.map(({ row }) => row) });
    }
    const loaded = first === undefined ? cursor : first.position + rows.length;
    await store.bookkeep((bookkeeper) =>
      bookkeeper
        .deleteFrom('lake_rows')
        .where('table_name', '=', table)
        .where('position', '<', loaded)
        .execute(),
    );
  }

  const moving = repeatSteps('lake-rows', step, watch);
  const timer = setInterval(() => {
    isMonitorDue = true;
    moving.wake();
  }, monitorDelayMs).unref();
  return {
    ...moving,
    stop() {
      clearInterval(timer);
      return moving.stop();
    },
  };
}
