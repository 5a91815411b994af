import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How long records are kept, what is kept longer, and how far the removed ones are gone. */
export const retention: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('retention_periods')
      .addColumn('number', 'integer', (c) => c.primaryKey())
      .addColumn('days', 'integer', (c) => c.notNull())
      .addColumn('set_at', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('legal_holds')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('from_index', 'bigint', (c) => c.notNull())
      .addColumn('to_index', 'bigint')
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .addColumn('released_at', 'text')
      .addColumn('released_by', 'text')
      .execute();
    await db.schema
      .createTable('removed_records')
      .addColumn('id', 'integer', (c) => c.primaryKey().check(sql`id = 1`))
      .addColumn('first_index', 'bigint', (c) => c.notNull())
      .execute();
    await sql`insert into removed_records (id, first_index) values (1, 0)`.execute(db);
    await db.schema
      .createTable('retention_progress')
      .addColumn('task', 'text', (c) => c.primaryKey())
      .addColumn('next_index', 'bigint', (c) => c.notNull())
      .execute();

    // Of files written before, it is known only that their rows are behind the cursor.
    await db.schema
      .alterTable('lake_files')
      .addColumn('ledger_index_max', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute();
    await sql`update lake_files set ledger_index_max =
      (select next_index - 1 from lake_cursors where lake_cursors.table_name = lake_files.table_name)`.execute(
      db,
    );
  },
};
