import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { first } from './migrations/0001-first.ts';
import { systemErrors } from './migrations/0002-system-errors.ts';
import { retention } from './migrations/0004-retention.ts';
import { anchors } from './migrations/0006-anchors.ts';
import { ledgerHolder } from './migrations/0007-ledger-holder.ts';
import type { Tables } from './tables.ts';

/** The two engines the store runs on. */
export type Engine = 'sqlite' | 'postgresql';

/**
 * Brings the database to the newest schema, in one transaction per migration where the engine can.
 * @throws the engine's error; what the failed migration did is rolled back.
 */
export async function migrate(database: Kysely<Tables>, engine: Engine): Promise<void> {
  const migrations = {
    '0001-first': first(engine),
    '0002-system-errors': systemErrors,
    '0004-retention': retention,
    '0006-anchors': anchors,
    '0007-ledger-holder': ledgerHolder,
  };
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
