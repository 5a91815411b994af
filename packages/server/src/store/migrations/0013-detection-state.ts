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
    await db.schema
      .createTable('correlation_signals')
      .addColumn('rule_id', 'text', (c) => c.notNull())
      .addColumn('row_id', 'text', (c) => c.notNull())
      .addColumn('ledger_index', 'bigint', (c) => c.notNull())
      .addColumn('event_at', 'text', (c) => c.notNull())
      .addColumn('event', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('correlation_signals_key', ['rule_id', 'row_id'])
      .execute();
    await db.schema
      .createIndex('correlation_signals_by_time')
      .on('correlation_signals')
      .columns(['event_at'])
      .execute();
    await db.schema
      .createTable('correlation_runs')
      .addColumn('rule_id', 'text', (c) => c.primaryKey())
      .addColumn('ran_at', 'text', (c) => c.notNull())
      .addColumn('seen_index', 'bigint', (c) => c.notNull())
      .execute();
  },
};
