import type { Bookkeeper } from '../store/store.ts';

/** SQLite binds at most 32,766 values in a statement. */
const rowsPerStatement = 1_000;

/** Puts rows on their way into a table of the lake, behind those it ever had. */
export async function appendLakeRows(
  bookkeeper: Bookkeeper,
  table: string,
  rows: readonly unknown[],
): Promise<void> {
  const waiting = await bookkeeper
    .selectFrom('lake_rows')
    .select(({ fn }) => fn.max('position').as('position'))
    .where('table_name', '=', table)
    .executeTakeFirst();
  const loaded = await bookkeeper
    .selectFrom('lake_cursors')
    .select('next_index')
    .where('table_name', '=', table)
    .executeTakeFirst();
  const first = waiting?.position == null ? (loaded?.next_index ?? 0) : waiting.position + 1;
  const values = rows.map((row, at) => ({
    table_name: table,
    position: first + at,
    row: JSON.stringify(row),
  }));
  for (let start = 0; start < values.length; start += rowsPerStatement) {
    await bookkeeper
      .insertInto('lake_rows')
      .values(values.slice(start, start + rowsPerStatement))
      .execute();
  }
}
