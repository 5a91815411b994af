import type { Rows } from '../store/store.ts';

/** Ledger index of the first record that is kept; those before it were removed. */
export async function readFirstIndex(rows: Rows): Promise<number> {
  const row = await rows.selectFrom('removed_records').select('first_index').executeTakeFirstOrThrow();
  return row.first_index;
}
