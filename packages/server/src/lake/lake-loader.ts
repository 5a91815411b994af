import { setImmediate } from 'node:timers/promises';
import type { Lake } from '@pawprint/lake';
import { canonicalBytes, decodeEntry, type OpenedEntry } from '@pawprint/record';
import { auditLogSource } from '../actions/log-source/audit-log-source.ts';
import type { Follower } from '../followers/follow.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import { noteLastUses } from '../store/last-uses.ts';
import type { Store } from '../store/store.ts';
import type { LakeCatalogue } from './catalogue.ts';

/** The table that holds the audit log. */
export const auditLogTable = 'panther_logs.panther_audit';

/** Each batch becomes a file, and large ones need no merging before they are sealed: a lake that is behind catches up faster. */
const batchMax = 8_192;

const openedAtOnce = 500;

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
      const entries: Uint8Array[] = [];
      for (let at = 0; at < encoded.length; at += openedAtOnce) {
        const part = encoded.slice(at, at + openedAtOnce).map(decodeEntry);
        entries.push(...(await subjectKeys.open(part)).map(readableEntry));
        // Requests are answered in between.
        await setImmediate();
      }
      await lake.append({ table: auditLogTable, fromIndex: from, entries, sourceId: source.id });
      const usedAt = new Date().toISOString();
      await store.bookkeep((bookkeeper) =>
        noteLastUses(bookkeeper, new Map([[`SOURCE:${source.id}`, usedAt]])),
      );
    },
  };
}

/** An opened entry as the lake takes it. */
export function readableEntry({ id, record }: OpenedEntry): Uint8Array {
  return canonicalBytes({ v: 1, id, record });
}
