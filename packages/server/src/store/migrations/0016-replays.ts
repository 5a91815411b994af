import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Backtests, which the interface calls replays, and how they went. */
export const replays: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('replays')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('detection_id', 'text', (c) => c.notNull())
      .addColumn('files', 'text', (c) => c.notNull())
      .addColumn('log_type', 'text', (c) => c.notNull())
      .addColumn('starts_at', 'text', (c) => c.notNull())
      .addColumn('ends_at', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .execute();
    await db.schema.createIndex('replays_by_creation').on('replays').columns(['created_at', 'id']).execute();
    await db.schema
      .createTable('replay_ends')
      .addColumn('replay_id', 'text', (c) => c.primaryKey())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('message', 'text', (c) => c.notNull())
      .addColumn('result', 'text')
      .addColumn('completed_at', 'text', (c) => c.notNull())
      .execute();
  },
};
