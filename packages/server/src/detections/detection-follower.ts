import { type Batch, type DetectionEngine, windowKey } from '@pawprint/detections';
import { pantherAuditEvent } from '@pawprint/lake';
import { decodeEntry } from '@pawprint/record';
import { auditLogSource, auditLogType } from '../actions/log-source/audit-log-source.ts';
import { routeAlert } from '../alerts/route-alert.ts';
import type { Follower } from '../followers/follow.ts';
import { addLakeRows } from '../lake/lake-rows.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Bookkeeper, Store } from '../store/store.ts';
import { alertsLeft, noteExcesses, stoppedIn } from './detection-limits.ts';
import {
  type GroupedOutcomes,
  groupOutcomes,
  type KeptWindow,
  type NewAlert,
  windowOf,
} from './group-outcomes.ts';
import type { LoadedDetections } from './loaded-detections.ts';
import type { StoredCache } from './stored-cache.ts';

/** Where `detection_progress` keeps how far the ledger has been looked at. */
const source = 'ledger';

export interface DetectionFollowerOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
  readonly engine: Pick<DetectionEngine, 'evaluate'>;
  readonly loaded: LoadedDetections;
  readonly cache: StoredCache;
  /** Rows wait for the lake, or alerts for their deliveries. */
  onDetected(): void;
  /** Nanoseconds since 1970. */
  readonly epochNanoseconds: () => bigint;
}

/**
 * Runs detections over the audit log while it is a log source. Off, it stays where it is; on again, it looks at what it missed.
 * What a batch comes to is written in one transaction with the position, so that a batch that is done again after a crash doubles
 * nothing.
 */
export function detectionFollower(options: DetectionFollowerOptions): Follower {
  const { store, subjectKeys, engine, loaded, cache, epochNanoseconds, onDetected } = options;
  const running = (id: string) => loaded.get(id);
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
      await loaded.refresh();
      const parseTime = epochNanoseconds();
      const now = new Date(Number(parseTime / 1_000_000n)).toISOString();
      const opened = await subjectKeys.open(encoded.map(decodeEntry));
      const events = opened.map((entry, at) =>
        pantherAuditEvent(entry, { parseTime, sourceId: logSource.id, ledgerIndex: from + at }),
      );
      const batch: Batch = { source: auditLogType, events: events.map((event) => JSON.stringify(event)) };
      cache.begin(opened);
      const outcomes = await engine.evaluate(batch, { destinations: await destinationNames(store) });
      const grouped = groupOutcomes(
        { logType: auditLogType, tableName: 'panther_audit', events, outcomes, now },
        await keptWindows(store, outcomes.map(windowOf)),
        running,
        await alertsLeft(
          store.reader,
          outcomes.map(({ detectionId }) => detectionId),
          now,
        ),
      );
      const excesses = { stopped: stoppedIn(outcomes), tooLoud: grouped.tooLoud };
      const first = events[0]?.p_event_time;
      const isOneHeldBack = await store.bookkeep(async (bookkeeper) => {
        await moveProgress(bookkeeper, from + encoded.length);
        await write(bookkeeper, grouped);
        await cache.write(bookkeeper);
        await dropWindows(bookkeeper, String(first));
        return noteExcesses(bookkeeper, excesses, running, now);
      });
      if (grouped.windows.length > 0 || grouped.rows.size > 0) onDetected();
      if (!isOneHeldBack) return;
      loaded.changed();
      await loaded.refresh();
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

/** Names and ids, as detections may give either. */
async function destinationNames({ reader }: Pick<Store, 'reader'>): Promise<ReadonlySet<string>> {
  const rows = await reader.selectFrom('destinations').select(['id', 'name']).execute();
  return new Set(rows.flatMap(({ id, name }) => [id, name]));
}

/** So many dedup texts are asked for at once. */
const dedupsPerStatement = 500;

async function keptWindows(
  { reader }: Pick<Store, 'reader'>,
  wanted: readonly { readonly detectionId: string; readonly dedup: string }[],
): Promise<ReadonlyMap<string, KeptWindow>> {
  const kept = new Map<string, KeptWindow>();
  for (const [detectionId, of] of Map.groupBy(wanted, (each) => each.detectionId)) {
    const dedups = [...new Set(of.map(({ dedup }) => dedup))];
    for (let start = 0; start < dedups.length; start += dedupsPerStatement) {
      const rows = await reader
        .selectFrom('dedup_windows')
        .selectAll()
        .where('detection_id', '=', detectionId)
        .where('dedup', 'in', dedups.slice(start, start + dedupsPerStatement))
        .execute();
      for (const row of rows) kept.set(windowKey(row.detection_id, row.dedup), JSON.parse(row.state));
    }
  }
  return kept;
}

async function write(
  bookkeeper: Bookkeeper,
  { windows, opened, joined, rows }: GroupedOutcomes,
): Promise<void> {
  for (const window of windows) {
    const state = JSON.stringify(window);
    const ends_at = new Date(window.endMs).toISOString();
    await bookkeeper
      .insertInto('dedup_windows')
      .values({ detection_id: window.detectionId, dedup: window.dedup, state, ends_at })
      .onConflict((conflict) => conflict.columns(['detection_id', 'dedup']).doUpdateSet({ state, ends_at }))
      .execute();
  }
  for (const alert of opened) await openAlert(bookkeeper, alert);
  for (const { id, eventCount, lastEventAt } of joined) {
    await bookkeeper
      .updateTable('alerts')
      .set(({ eb }) => ({
        event_count: eventCount,
        last_event_at: eb
          .case()
          .when('last_event_at', '<', lastEventAt)
          .then(lastEventAt)
          .else(eb.ref('last_event_at'))
          .end(),
      }))
      .where('id', '=', id)
      .execute();
  }
  for (const [table, values] of rows) await addLakeRows(bookkeeper, table, values);
}

async function openAlert(bookkeeper: Bookkeeper, { openedBy, ...alert }: NewAlert): Promise<void> {
  await bookkeeper.insertInto('alerts').values(alert).execute();
  const { p_row_id: rowId, p_ledger_index: ledgerIndex } = openedBy;
  await bookkeeper
    .insertInto('alert_activities')
    .values({
      id: `${alert.id}-created`,
      alert_id: alert.id,
      kind: 'CREATED',
      body: JSON.stringify({ detectionVersion: alert.detection_version, rowId, ledgerIndex }),
      actor: null,
      created_at: alert.created_at,
    })
    .execute();
  await routeAlert(bookkeeper, alert);
}

const keptMs = 24 * 60 * 60 * 1000;

/** A window is over once events are a day past it: until then an event that comes late still finds it. */
async function dropWindows(bookkeeper: Bookkeeper, eventTime: string): Promise<void> {
  const before = new Date(Date.parse(`${eventTime.slice(0, 23).replace(' ', 'T')}Z`) - keptMs).toISOString();
  await bookkeeper.deleteFrom('dedup_windows').where('ends_at', '<', before).execute();
}
