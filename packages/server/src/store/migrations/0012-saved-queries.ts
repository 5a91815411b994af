import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Saved queries with their schedules; and of each query that was run, of what kind it was. */
export const savedQueries: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('saved_queries')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('name_key', 'text', (c) => c.notNull().unique())
      .addColumn('description', 'text', (c) => c.notNull())
      .addColumn('sql', 'text', (c) => c.notNull())
      .addColumn('database_name', 'text', (c) => c.notNull())
      .addColumn('schedule', 'text')
      .addColumn('scheduled_from', 'text')
      .addColumn('last_scheduled_at', 'text')
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addColumn('updated_by', 'text')
      .execute();

    const queries = db.schema.alterTable('lake_queries');
    await queries.addColumn('kind', 'text', (c) => c.notNull().defaultTo('ad_hoc')).execute();
    await queries.addColumn('saved_query_id', 'text').execute();
    await queries.addColumn('name', 'text').execute();
    await queries.addColumn('scheduled_for', 'text').execute();
    await queries.addColumn('attempt', 'integer').execute();
    await db.schema
      .createIndex('lake_queries_by_saved_query')
      .on('lake_queries')
      .columns(['saved_query_id', 'started_at'])
      .execute();

    const runs = db.schema.alterTable('lake_query_runs');
    await runs.addColumn('error_code', 'text').execute();
    await runs.addColumn('handed_over_at', 'text').execute();
  },
};
