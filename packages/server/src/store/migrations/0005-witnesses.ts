import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What witnesses cosigned of the ledger, and what this instance cosigned of others. */
export const witnesses: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('cosigned_logs')
      .addColumn('origin', 'text', (c) => c.primaryKey())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('root_hash', 'text', (c) => c.notNull())
      .addColumn('cosigned_at', 'text', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('witness_states')
      .addColumn('vkey', 'text', (c) => c.primaryKey())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('cosigned_at', 'text')
      .addColumn('error', 'text')
      .execute();
    await db.schema
      .createTable('witnessed_checkpoint')
      .addColumn('id', 'integer', (c) => c.primaryKey())
      .addColumn('size', 'bigint', (c) => c.notNull())
      .addColumn('checkpoint', 'text', (c) => c.notNull())
      .execute();
  },
};
