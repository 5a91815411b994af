import { pantherAuditEvent } from '@pawprint/lake';
import { decodeEntry } from '@pawprint/record';
import { auditLogSource, auditLogType } from '../actions/log-source/audit-log-source.ts';
import type { Follower } from '../followers/follow.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Bookkeeper, Store } from '../store/store.ts';
import { type DetectionTools, detect } from './detect.ts';

/** Where `detection_progress` keeps how far the ledger has been looked at. */
const source = 'ledger';

/**
 * Runs detections over the audit log while it is a log source. Off, it stays where it is; on again, it looks at what it missed.
 * What a batch comes to is written in one transaction with the position, so that a batch that is done again after a crash doubles
 * nothing.
 */
export function detectionFollower(tools: DetectionTools, subjectKeys: Pick<SubjectKeys, 'open'>): Follower {
  const { store, epochNanoseconds } = tools;
  return {
    name: 'detections',
    // Each event may become as many rows as there are detections.
    batchMax: 500,
    async position() {
      return (await auditLogSource(store.reader)) === undefined ? undefined : progress(store);
    },
    async handle(from, encoded) {
      const logSource = await auditLogSource(store.reader);
      // Turned off between the look at the position and here.
      if (logSource === undefined) return;
      const entries = await subjectKeys.open(encoded.map(decodeEntry));
      const parseTime = epochNanoseconds();
      const events = entries.map((entry, at) =>
        pantherAuditEvent(entry, { parseTime, sourceId: logSource.id, ledgerIndex: from + at }),
      );
      const batch = { source: auditLogType, kind: 'audit-log', seen: events, events, entries } as const;
      await detect(tools, batch, async (bookkeeper) => {
        await moveProgress(bookkeeper, from + encoded.length);
        await dropWindows(bookkeeper, String(events[0]?.p_event_time));
      });
    },
  };
}

async function progress({ reader }: Pick<Store, 'reader'>): Promise<number> {
  const row = await reader
    .selectFrom('detection_progress')
    .select('next_index')
    .where('source', '=', source)
    .executeTakeFirst();
  return row?.next_index ?? 0;
}

async function moveProgress(bookkeeper: Bookkeeper, to: number): Promise<void> {
  await bookkeeper
    .insertInto('detection_progress')
    .values({ source, next_index: to })
    .onConflict((conflict) => conflict.column('source').doUpdateSet({ next_index: to }))
    .execute();
}

const keptMs = 24 * 60 * 60 * 1000;

/** A window is over once events are a day past it: until then an event that comes late still finds it. */
async function dropWindows(bookkeeper: Bookkeeper, eventTime: string): Promise<void> {
  const before = new Date(Date.parse(`${eventTime.slice(0, 23).replace(' ', 'T')}Z`) - keptMs).toISOString();
  await bookkeeper.deleteFrom('dedup_windows').where('ends_at', '<', before).execute();
}
