import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The deliveries of one destination that are due, found without looking at those that are over. */
export const alertDeliveries: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('alert_deliveries_due')
      .on('alert_deliveries')
      .columns(['destination_id', 'next_attempt_at'])
      .execute();
  },
};
