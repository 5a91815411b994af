import type { Store } from '../store/store.ts';

/** A live Parquet file of a table (as @pawprint/lake describes it); times in microseconds since 1970. */
export interface LakeFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly eventTimeMin: number;
  readonly eventTimeMax: number;
  readonly level: number;
}

export interface CatalogueChange {
  readonly table: string;
  readonly add: readonly LakeFile[];
  readonly remove: readonly string[];
  readonly fromCursor: number;
  readonly toCursor: number;
}

/** The lake's catalogue of files in the store: files and cursor change together, so that a replayed batch adds nothing. */
export class LakeCatalogue {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The next ledger index the table takes. */
  async cursor(table: string): Promise<number> {
    const row = await this.#store.reader
      .selectFrom('lake_cursors')
      .select('next_index')
      .where('table_name', '=', table)
      .executeTakeFirst();
    return row?.next_index ?? 0;
  }

  async files(table: string): Promise<readonly LakeFile[]> {
    const rows = await this.#store.reader
      .selectFrom('lake_files')
      .selectAll()
      .where('table_name', '=', table)
      .orderBy('event_time_min')
      .orderBy('path')
      .execute();
    return rows.map((row) => ({
      path: row.path,
      rows: row.rows,
      bytes: row.bytes,
      eventTimeMin: row.event_time_min,
      eventTimeMax: row.event_time_max,
      level: row.level,
    }));
  }

  /** @throws Error when the cursor is not where the change starts; nothing is changed then. */
  async commit({ table, add, remove, fromCursor, toCursor }: CatalogueChange): Promise<void> {
    await this.#store.bookkeep(async (bookkeeper) => {
      await bookkeeper
        .insertInto('lake_cursors')
        .values({ table_name: table, next_index: 0 })
        .onConflict((conflict) => conflict.column('table_name').doNothing())
        .execute();
      const { numUpdatedRows } = await bookkeeper
        .updateTable('lake_cursors')
        .set({ next_index: toCursor })
        .where('table_name', '=', table)
        .where('next_index', '=', fromCursor)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new Error(`The lake's table ${table} is not at ${fromCursor}`);
      if (remove.length > 0) await bookkeeper.deleteFrom('lake_files').where('path', 'in', [...remove]).execute();
      if (add.length > 0) {
        await bookkeeper
          .insertInto('lake_files')
          .values(
            add.map((file) => ({
              path: file.path,
              table_name: table,
              rows: file.rows,
              bytes: file.bytes,
              event_time_min: file.eventTimeMin,
              event_time_max: file.eventTimeMax,
              level: file.level,
            })),
          )
          .execute();
      }
    });
  }

  /** Forgets a table's files and cursor, so that its follower builds it again from the ledger's start. */
  async forget(table: string): Promise<void> {
    await this.#store.bookkeep(async (bookkeeper) => {
      await bookkeeper.deleteFrom('lake_files').where('table_name', '=', table).execute();
      await bookkeeper.deleteFrom('lake_cursors').where('table_name', '=', table).execute();
    });
  }
}
