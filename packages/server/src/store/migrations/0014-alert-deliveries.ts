import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is looked for often, found without reading the alerts and deliveries that are over. */
export const alertDeliveries: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('alert_deliveries_due')
      .on('alert_deliveries')
      .columns(['destination_id', 'next_attempt_at'])
      .execute();
    // Lists are walked and counted by these alone; an alert itself may be long.
    await db.schema.dropIndex('alerts_by_creation').execute();
    await db.schema
      .createIndex('alerts_by_creation')
      .on('alerts')
      .columns(['created_at', 'id', 'type', 'status', 'severity'])
      .execute();
  },
};
