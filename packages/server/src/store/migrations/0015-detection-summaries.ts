import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What lists of detections show of each, so that they need not read its files. */
export const detectionSummaries: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('detection_content')
      .addColumn('summary', 'text', (c) => c.notNull().defaultTo(noSummary))
      .execute();
  },
};

/** Of what was there before. */
const noSummary = JSON.stringify({
  language: 'yaml',
  description: '',
  severity: null,
  sources: [],
  tags: [],
  tests: 0,
});
