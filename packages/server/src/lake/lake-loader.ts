import type { Lake } from '@pawprint/lake';
import { auditLogSource } from '../actions/log-source/audit-log-source.ts';
import type { Follower } from '../followers/follow.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import { noteLastUses } from '../store/last-uses.ts';
import type { Store } from '../store/store.ts';
import type { LakeCatalogue } from './catalogue.ts';
import { openEntries } from './opened-entries.ts';

/** The table that holds the audit log. */
export const auditLogTable = 'panther_logs.panther_audit';

/** So many become a file: large ones need no merging before they are sealed, and a lake that is behind catches up faster. */
const loadedAtOnce = 8_192;

/** The next file's entries are opened while one is written. */
const batchMax = 4 * loadedAtOnce;

/**
 * Loads the ledger into the lake while the audit log is a log source. Off, it stays where it is; on again, it takes
 * what it missed from there.
 */
export function lakeLoader(
  store: Store,
  catalogue: LakeCatalogue,
  lake: Lake,
  subjectKeys: Pick<SubjectKeys, 'open'>,
): Follower {
  return {
    name: 'lake',
    batchMax,
    async position() {
      const source = await auditLogSource(store.reader);
      return source === undefined ? undefined : catalogue.cursor(auditLogTable);
    },
    async handle(from, encoded) {
      const source = await auditLogSource(store.reader);
      // Turned off between the look at the position and here.
      if (source === undefined) return;
      // What was removed from the ledger before it was loaded is passed over.
      if (from > (await catalogue.cursor(auditLogTable))) await lake.removeBefore(auditLogTable, from);
      let loading: Promise<unknown> = Promise.resolve();
      try {
        for (let at = 0; at < encoded.length; at += loadedAtOnce) {
          const entries = await openEntries(encoded.slice(at, at + loadedAtOnce), from + at, subjectKeys);
          await loading;
          loading = lake.append({ table: auditLogTable, fromIndex: from + at, entries, sourceId: source.id });
          // It is awaited below; until then a failure must not count as unhandled.
          loading.catch(() => undefined);
        }
      } finally {
        // Who waits for the batch waits for all that was opened before: an erasure, for one.
        await loading;
      }
      const usedAt = new Date().toISOString();
      await store.bookkeep((bookkeeper) =>
        noteLastUses(bookkeeper, new Map([[`SOURCE:${source.id}`, usedAt]])),
      );
    },
  };
}
