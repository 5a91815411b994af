import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Which files of the lake can't be read, and why. */
export const damagedFiles: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('lake_files').addColumn('damage', 'text').execute();
  },
};
