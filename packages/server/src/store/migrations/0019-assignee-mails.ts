import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** E-mail on its way to those whom alerts were assigned to. */
export const assigneeMails: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('assignee_mails')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('alert_ids', 'text', (c) => c.notNull())
      .addColumn('attempts', 'integer', (c) => c.notNull())
      .addColumn('next_attempt_at', 'text', (c) => c.notNull())
      .execute();
  },
};
