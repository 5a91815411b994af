import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which run of an instance may sequence. */
export const ledgerHolder: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('ledger_state')
      .addColumn('holder', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
  },
};
