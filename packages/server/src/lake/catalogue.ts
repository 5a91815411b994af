import type { Catalogue, CatalogueChange, DamagedFile, LakeFile } from '@pawprint/lake';
import type { Store } from '../store/store.ts';
import type { LakeFileRow } from '../store/tables.ts';
import { dataAuditRow, dataAuditTable } from './data-audit.ts';
import { addLakeRows } from './lake-rows.ts';

/** The lake's catalogue of files in the store: files and cursor change together, so that a replayed batch adds nothing. */
export class LakeCatalogue implements Catalogue {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async cursor(table: string): Promise<number> {
    const row = await this.#store.reader
      .selectFrom('lake_cursors')
      .select('next_index')
      .where('table_name', '=', table)
      .executeTakeFirst();
    return row?.next_index ?? 0;
  }

  async files(table: string): Promise<readonly LakeFile[]> {
    return (await this.#rows(table)).filter(({ damage }) => damage === null).map(lakeFile);
  }

  async damagedFiles(table: string): Promise<readonly DamagedFile[]> {
    return (await this.#rows(table)).flatMap((row) =>
      row.damage === null ? [] : [{ ...lakeFile(row), damage: row.damage }],
    );
  }

  #rows(table: string): Promise<readonly LakeFileRow[]> {
    return this.#store.reader
      .selectFrom('lake_files')
      .selectAll()
      .where('table_name', '=', table)
      .orderBy('path')
      .execute();
  }

  async markDamaged(path: string, damage: string): Promise<void> {
    await this.#store.bookkeep((bookkeeper) =>
      bookkeeper.updateTable('lake_files').set({ damage }).where('path', '=', path).execute(),
    );
  }

  async commit(change: CatalogueChange): Promise<void> {
    const { table, add, remove, fromCursor, toCursor } = change;
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
      if (remove.length > 0) {
        const { numDeletedRows } = await bookkeeper
          .deleteFrom('lake_files')
          .where(
            'path',
            'in',
            remove.map(({ path }) => path),
          )
          .executeTakeFirst();
        if (Number(numDeletedRows) !== remove.length)
          throw new Error('A replaced file is not in the catalogue');
      }
      if (add.length > 0) {
        await bookkeeper
          .insertInto('lake_files')
          .values(
            add.map((file) => ({
              path: file.path,
              table_name: table,
              rows: file.rows,
              bytes: file.bytes,
              event_time_min: String(file.eventTimeMin),
              event_time_max: String(file.eventTimeMax),
              ledger_index_max: file.ledgerIndexMax,
              level: file.level,
              damage: null,
            })),
          )
          .execute();
      }
      // What tells of its own changes would never come to rest.
      if (table !== dataAuditTable) await addLakeRows(bookkeeper, dataAuditTable, [dataAuditRow(change)]);
    });
  }
}

function lakeFile(row: LakeFileRow): LakeFile {
  return {
    path: row.path,
    rows: row.rows,
    bytes: row.bytes,
    eventTimeMin: BigInt(row.event_time_min),
    eventTimeMax: BigInt(row.event_time_max),
    ledgerIndexMax: row.ledger_index_max,
    level: row.level,
  };
}
