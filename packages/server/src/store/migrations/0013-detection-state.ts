import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What detections remember between events, and what became of those that are too slow or too loud. */
export const detectionState: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('detection_cache')
      .addColumn('key', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .addColumn('expires_at', 'double precision', (c) => c.notNull())
      .addColumn('sources', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('detection_limits')
      .addColumn('detection_id', 'text', (c) => c.primaryKey())
      .addColumn('content_updated_at', 'text', (c) => c.notNull())
      .addColumn('stops', 'integer', (c) => c.notNull())
      .addColumn('last_stop_at', 'text')
      .addColumn('last_stop', 'text')
      .addColumn('alerts_off_at', 'text')
      .execute();
  },
};
