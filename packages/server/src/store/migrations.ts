import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { first } from './migrations/0001-first.ts';
import { systemErrors } from './migrations/0002-system-errors.ts';
import { subjectKeys } from './migrations/0003-subject-keys.ts';
import { retention } from './migrations/0004-retention.ts';
import { witnesses } from './migrations/0005-witnesses.ts';
import { anchors } from './migrations/0006-anchors.ts';
import { ledgerHolder } from './migrations/0007-ledger-holder.ts';
import { detections } from './migrations/0008-detections.ts';
import { damagedFiles } from './migrations/0009-damaged-files.ts';
import { savedSearches } from './migrations/0011-saved-searches.ts';
import { savedQueries } from './migrations/0012-saved-queries.ts';
import { detectionState } from './migrations/0013-detection-state.ts';
import { alertDeliveries } from './migrations/0014-alert-deliveries.ts';
import { detectionSummaries } from './migrations/0015-detection-summaries.ts';
import { replays } from './migrations/0016-replays.ts';
import { lakeRetention } from './migrations/0017-lake-retention.ts';
import { queryLimits } from './migrations/0018-query-limits.ts';
import { assigneeMails } from './migrations/0019-assignee-mails.ts';
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
    '0003-subject-keys': subjectKeys,
    '0004-retention': retention,
    '0005-witnesses': witnesses,
    '0006-anchors': anchors,
    '0007-ledger-holder': ledgerHolder,
    '0008-detections': detections,
    '0009-damaged-files': damagedFiles,
    '0011-saved-searches': savedSearches,
    '0012-saved-queries': savedQueries,
    '0013-detection-state': detectionState,
    '0014-alert-deliveries': alertDeliveries,
    '0015-detection-summaries': detectionSummaries,
    '0016-replays': replays,
    '0017-lake-retention': lakeRetention,
    '0018-query-limits': queryLimits,
    '0019-assignee-mails': assigneeMails,
  };
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
