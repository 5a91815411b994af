import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What detections remember between events. */
export const detectionCache: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('detection_cache')
      .addColumn('key', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .addColumn('expires_at', 'double precision', (c) => c.notNull())
      .addColumn('sources', 'text', (c) => c.notNull())
      .execute();
  },
};
