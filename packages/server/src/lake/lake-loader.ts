import type { Lake } from '@pawprint/lake';
import { auditLogSource } from '../actions/log-source/audit-log-source.ts';
import type { Follower } from '../followers/follow.ts';
import { noteLastUses } from '../store/last-uses.ts';
import type { Store } from '../store/store.ts';
import type { LakeCatalogue } from './catalogue.ts';

/** The table that holds the audit log. */
export const auditLogTable = 'panther_logs.panther_audit';

/**
 * Loads the ledger into the lake while the audit log is a log source. Off, it stays where it is; on again, it takes
 * what it missed from there.
 */
export function lakeLoader(store: Store, catalogue: LakeCatalogue, lake: Lake): Follower {
  return {
    name: 'lake',
    async position() {
      const source = await auditLogSource(store.reader);
      return source === undefined ? undefined : catalogue.cursor(auditLogTable);
    },
    async handle(from, entries) {
      const source = await auditLogSource(store.reader);
      // Turned off between the look at the position and here.
      if (source === undefined) return;
      // What was removed from the ledger before it was loaded is passed over.
      if (from > (await catalogue.cursor(auditLogTable))) await lake.removeBefore(auditLogTable, from);
      await lake.append({ table: auditLogTable, fromIndex: from, entries, sourceId: source.id });
      const usedAt = new Date().toISOString();
      await store.bookkeep((bookkeeper) =>
        noteLastUses(bookkeeper, new Map([[`SOURCE:${source.id}`, usedAt]])),
      );
    },
  };
}
