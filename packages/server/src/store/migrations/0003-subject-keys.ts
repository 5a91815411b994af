import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The keys that people's data in the ledger is sealed under, and whose were destroyed. */
export const subjectKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('subject_keys')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('subject', 'text', (c) => c.notNull().unique())
      .addColumn('wrapped', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('archived_at', 'text')
      .execute();
    await db.schema
      .createTable('erasures')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('requested_at', 'text', (c) => c.notNull())
      .addColumn('requested_by', 'text')
      .execute();
    await db.schema.createIndex('erasures_by_subject').on('erasures').column('subject').execute();
    await db.schema
      .createTable('erasure_ends')
      .addColumn('erasure_id', 'text', (c) => c.primaryKey())
      .addColumn('completed_at', 'text', (c) => c.notNull())
      .addColumn('records', 'bigint', (c) => c.notNull())
      .execute();
  },
};
