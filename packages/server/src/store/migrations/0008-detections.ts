import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Detections with their versions, what they keep between batches, and alerts with their way to destinations. */
export const detections: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('detection_content')
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('display_name', 'text', (c) => c.notNull())
      .addColumn('enabled', 'integer', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('files', 'text', (c) => c.notNull())
      .addColumn('managed', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addColumn('updated_by', 'text')
      .addPrimaryKeyConstraint('detection_content_key', ['kind', 'id'])
      .execute();
    await db.schema
      .createTable('detection_versions')
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('id', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('files', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .addPrimaryKeyConstraint('detection_versions_key', ['kind', 'id', 'version'])
      .execute();

    await db.schema
      .createTable('detection_progress')
      .addColumn('source', 'text', (c) => c.primaryKey())
      .addColumn('next_index', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('dedup_windows')
      .addColumn('detection_id', 'text', (c) => c.notNull())
      .addColumn('dedup', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('ends_at', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('dedup_windows_key', ['detection_id', 'dedup'])
      .execute();

    await db.schema
      .createTable('alerts')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('detection_id', 'text')
      .addColumn('detection_version', 'integer')
      .addColumn('dedup', 'text', (c) => c.notNull())
      .addColumn('title', 'text', (c) => c.notNull())
      .addColumn('severity', 'text', (c) => c.notNull())
      .addColumn('description', 'text', (c) => c.notNull())
      .addColumn('runbook', 'text', (c) => c.notNull())
      .addColumn('reference', 'text', (c) => c.notNull())
      .addColumn('context', 'text', (c) => c.notNull())
      .addColumn('log_types', 'text', (c) => c.notNull())
      .addColumn('tags', 'text', (c) => c.notNull())
      .addColumn('destinations', 'text')
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('assignee_id', 'text')
      .addColumn('quality', 'text')
      .addColumn('event_count', 'integer', (c) => c.notNull())
      .addColumn('first_event_at', 'text', (c) => c.notNull())
      .addColumn('last_event_at', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addColumn('updated_by', 'text')
      .execute();
    await db.schema.createIndex('alerts_by_creation').on('alerts').columns(['created_at', 'id']).execute();
    await db.schema.createIndex('alerts_by_detection').on('alerts').column('detection_id').execute();
    await db.schema
      .createTable('alert_activities')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('alert_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('actor', 'text')
      .addColumn('created_at', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('alert_activities_by_alert')
      .on('alert_activities')
      .columns(['alert_id', 'created_at'])
      .execute();

    await db.schema
      .createTable('destinations')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('name_key', 'text', (c) => c.notNull().unique())
      .addColumn('type', 'text', (c) => c.notNull())
      .addColumn('config', 'text', (c) => c.notNull())
      .addColumn('severities', 'text', (c) => c.notNull())
      .addColumn('alert_types', 'text', (c) => c.notNull())
      .addColumn('log_types', 'text', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('created_by', 'text')
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addColumn('updated_by', 'text')
      .execute();
    await db.schema
      .createTable('alert_deliveries')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('alert_id', 'text', (c) => c.notNull())
      .addColumn('destination_id', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('attempts', 'integer', (c) => c.notNull())
      .addColumn('next_attempt_at', 'text')
      .addColumn('message', 'text', (c) => c.notNull())
      .addColumn('status_code', 'integer')
      .addColumn('dispatched_at', 'text')
      .addColumn('created_at', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createIndex('alert_deliveries_by_alert')
      .on('alert_deliveries')
      .column('alert_id')
      .execute();

    await db.schema
      .createTable('lake_rows')
      .addColumn('table_name', 'text', (c) => c.notNull())
      .addColumn('position', 'bigint', (c) => c.notNull())
      .addColumn('row', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('lake_rows_key', ['table_name', 'position'])
      .execute();
  },
};
