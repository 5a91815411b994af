import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Engine } from '../migrations.ts';

/** The tables of version 0.1. */
export function first(engine: Engine): Migration {
  return {
    async up(db: Kysely<unknown>) {
      const table = (name: string) => db.schema.createTable(name);

      await table('roles')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('name_key', 'text', (c) => c.notNull().unique())
        .addColumn('permissions', 'text', (c) => c.notNull())
        .addColumn('log_type_access_kind', 'text', (c) => c.notNull())
        .addColumn('log_type_access', 'text', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('updated_at', 'text', (c) => c.notNull())
        .addColumn('updated_by', 'text')
        .execute();

      await table('users')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('email', 'text', (c) => c.notNull())
        .addColumn('email_key', 'text', (c) => c.notNull().unique())
        .addColumn('given_name', 'text')
        .addColumn('family_name', 'text')
        .addColumn('role_id', 'text', (c) => c.notNull().references('roles.id'))
        .addColumn('password_hash', 'text')
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('last_logged_in_at', 'text')
        .execute();
      await db.schema.createIndex('users_by_role').on('users').column('role_id').execute();

      await table('api_tokens')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('name_key', 'text', (c) => c.notNull().unique())
        .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
        .addColumn('permissions', 'text', (c) => c.notNull())
        .addColumn('allowed_cidr_blocks', 'text', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('created_by', 'text')
        .addColumn('updated_at', 'text', (c) => c.notNull())
        .addColumn('updated_by', 'text')
        .addColumn('rotated_at', 'text')
        .addColumn('rotated_by', 'text')
        .addColumn('expires_at', 'text')
        .execute();

      await table('sessions')
        .addColumn('secret_sha256', 'text', (c) => c.primaryKey())
        .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'text', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('sessions_by_user').on('sessions').column('user_id').execute();

      await table('one_time_links')
        .addColumn('secret_sha256', 'text', (c) => c.primaryKey())
        .addColumn('kind', 'text', (c) => c.notNull())
        .addColumn('user_id', 'text', (c) => c.references('users.id').onDelete('cascade'))
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('expires_at', 'text', (c) => c.notNull())
        .execute();

      await table('settings')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute();

      await table('log_sources')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('label', 'text', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('log_types', 'text', (c) => c.notNull())
        .addColumn('created_at', 'text', (c) => c.notNull())
        .addColumn('created_by', 'text')
        .addColumn('updated_at', 'text', (c) => c.notNull())
        .execute();

      await table('lake_queries')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('sql', 'text', (c) => c.notNull())
        .addColumn('database_name', 'text', (c) => c.notNull())
        .addColumn('issued_by', 'text', (c) => c.notNull())
        .addColumn('started_at', 'text', (c) => c.notNull())
        .addColumn('cancelled_at', 'text')
        .execute();
      await db.schema.createIndex('lake_queries_by_start').on('lake_queries').column('started_at').execute();

      await table('lake_query_runs')
        .addColumn('query_id', 'text', (c) => c.primaryKey())
        .addColumn('status', 'text', (c) => c.notNull())
        .addColumn('message', 'text', (c) => c.notNull())
        .addColumn('completed_at', 'text', (c) => c.notNull())
        .addColumn('outcome', 'text')
        .execute();

      // Ids order what waits; one may come again once all the rows before it are gone.
      await table('outbox')
        .addColumn('id', engine === 'sqlite' ? 'integer' : 'bigint', (c) =>
          engine === 'sqlite' ? c.primaryKey() : c.primaryKey().generatedAlwaysAsIdentity(),
        )
        .addColumn('entry', 'text', (c) => c.notNull())
        .addColumn('ledger_index', 'bigint')
        .execute();
      // Partial, so that an action's insert does not touch it.
      await db.schema
        .createIndex('outbox_by_ledger_index')
        .unique()
        .on('outbox')
        .column('ledger_index')
        .where(sql.ref('ledger_index'), 'is not', null)
        .execute();

      await table('ledger_state')
        .addColumn('id', 'integer', (c) => c.primaryKey().check(sql`id = 1`))
        .addColumn('origin', 'text', (c) => c.notNull())
        .addColumn('size', 'bigint', (c) => c.notNull())
        .addColumn('checkpoint', 'text', (c) => c.notNull())
        .execute();

      await table('history')
        .addColumn('ledger_index', 'bigint', (c) => c.primaryKey())
        .addColumn('entry_id', 'text', (c) => c.notNull())
        .addColumn('timestamp', 'text', (c) => c.notNull())
        .addColumn('action_name', 'text', (c) => c.notNull())
        .addColumn('action_result', 'text', (c) => c.notNull())
        .addColumn('actor_type', 'text', (c) => c.notNull())
        .addColumn('actor_id', 'text', (c) => c.notNull())
        .addColumn('actor_text', 'text', (c) => c.notNull())
        .addColumn('source_ip', 'text')
        .execute();
      for (const column of ['timestamp', 'action_name', 'action_result', 'actor_id', 'source_ip']) {
        await db.schema
          .createIndex(`history_by_${column}`)
          .on('history')
          .columns([column, 'ledger_index'])
          .execute();
      }

      await table('lake_cursors')
        .addColumn('table_name', 'text', (c) => c.primaryKey())
        .addColumn('next_index', 'bigint', (c) => c.notNull())
        .execute();
      await table('lake_files')
        .addColumn('path', 'text', (c) => c.primaryKey())
        .addColumn('table_name', 'text', (c) => c.notNull())
        .addColumn('rows', 'bigint', (c) => c.notNull())
        .addColumn('bytes', 'bigint', (c) => c.notNull())
        .addColumn('event_time_min', 'text', (c) => c.notNull())
        .addColumn('event_time_max', 'text', (c) => c.notNull())
        .addColumn('level', 'integer', (c) => c.notNull())
        .execute();

      await table('last_uses')
        .addColumn('subject', 'text', (c) => c.primaryKey())
        .addColumn('used_at', 'text', (c) => c.notNull())
        .execute();
    },
  };
}
