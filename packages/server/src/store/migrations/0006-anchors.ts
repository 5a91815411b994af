import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What was last sent to each place where checkpoints are kept outside. */
export const anchors: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('anchors')
      .addColumn('destination', 'text', (c) => c.primaryKey())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('anchored_at', 'text', (c) => c.notNull())
      .execute();
  },
};
