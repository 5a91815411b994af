import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What lists of detections show of each, so that they need not read its files. */
export const detectionSummaries: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('detection_content')
      .addColumn('summary', 'text', (c) => c.notNull().defaultTo('{}'))
      .execute();
  },
};
