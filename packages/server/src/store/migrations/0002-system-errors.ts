import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is wrong, or was, with the instance itself. */
export const systemErrors: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('system_errors')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('message', 'text', (c) => c.notNull())
      .addColumn('reported_at', 'text', (c) => c.notNull())
      .addColumn('resolved_at', 'text')
      .execute();
    await db.schema.createIndex('system_errors_by_time').on('system_errors').column('reported_at').execute();
  },
};
