import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How long rows of the lake's tables are kept, and which are gone. */
export const lakeRetention: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('lake_retention')
      .addColumn('table_name', 'text', (c) => c.primaryKey())
      .addColumn('days', 'integer')
      .addColumn('removed_before', 'text')
      .addColumn('removed_before_index', 'bigint')
      .execute();
  },
};
