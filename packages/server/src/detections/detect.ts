import { type DetectionEngine, type Outcome, windowKey } from '@pawprint/detections';
import type { OpenedEntry } from '@pawprint/record';
import { routeAlert } from '../alerts/route-alert.ts';
import { addLakeRows } from '../lake/lake-rows.ts';
import type { Bookkeeper, Store } from '../store/store.ts';
import { keepSignals } from './correlation-signals.ts';
import { alertsLeft, noteExcesses, stoppedIn } from './detection-limits.ts';
import {
  type BatchKind,
  type Event,
  type GroupedOutcomes,
  groupOutcomes,
  type KeptWindow,
  type NewAlert,
  windowOf,
} from './group-outcomes.ts';
import type { LoadedDetections } from './loaded-detections.ts';
import type { StoredCache } from './stored-cache.ts';

export interface DetectionTools {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly engine: Pick<DetectionEngine, 'evaluate'>;
  readonly loaded: LoadedDetections;
  readonly cache: StoredCache;
  /** Nanoseconds since 1970. */
  readonly epochNanoseconds: () => bigint;
  /** Rows wait for the lake, or alerts for their deliveries. */
  onDetected(): void;
}

/** Events that detections look at together. */
export interface EventBatch {
  /** What detections name them by: a log type, or a query. */
  readonly source: string;
  readonly kind: BatchKind;
  /** As detections see them. */
  readonly seen: readonly unknown[];
  /** The same, with at least `p_row_id` and `p_event_time`. */
  readonly events: readonly Event[];
  /** The ledger's entries they are, if they are any. */
  readonly entries: readonly OpenedEntry[];
}

/**
 * Evaluates all enabled detections over a batch, and writes what it comes to together with the position. The caller sees to it that no two
 * run at once.
 * @param move moves the position, in the transaction that writes the rest.
 */
export async function detect(
  tools: DetectionTools,
  { source, kind, seen, events, entries }: EventBatch,
  move: (bookkeeper: Bookkeeper) => Promise<void>,
): Promise<void> {
  const { store, engine, loaded, cache, epochNanoseconds, onDetected } = tools;
  const now = new Date(Number(epochNanoseconds() / 1_000_000n)).toISOString();
  await loaded.refresh();
  cache.begin(entries);
  const outcomes = await engine.evaluate(
    { source, events: seen.map((event) => JSON.stringify(event)) },
    { destinations: await destinationNames(store) },
  );
  const running = (id: string) => loaded.get(id);
  const grouped = groupOutcomes(
    { kind, events, outcomes, now },
    await keptWindows(store, outcomes),
    running,
    await alertsLeft(
      store.reader,
      outcomes.map(({ detectionId }) => detectionId),
      now,
    ),
  );
  const excesses = { stopped: stoppedIn(outcomes), tooLoud: grouped.tooLoud };
  const isOneHeldBack = await store.bookkeep(async (bookkeeper) => {
    await move(bookkeeper);
    await write(bookkeeper, grouped, loaded.correlatedRules);
    await cache.write(bookkeeper);
    return noteExcesses(bookkeeper, excesses, running, now);
  });
  if (grouped.windows.length > 0 || grouped.rows.size > 0) onDetected();
  if (!isOneHeldBack) return;
  loaded.changed();
  await loaded.refresh();
}

/** Names and ids, as detections may give either. */
async function destinationNames({ reader }: Pick<Store, 'reader'>): Promise<ReadonlySet<string>> {
  const rows = await reader.selectFrom('destinations').select(['id', 'name']).execute();
  return new Set(rows.flatMap(({ id, name }) => [id, name]));
}

/** So many dedup texts are asked for at once. */
const dedupsPerStatement = 500;

/** The windows that outcomes belong to, as they are kept. */
export async function keptWindows(
  { reader }: Pick<Store, 'reader'>,
  outcomes: readonly Outcome[],
): Promise<ReadonlyMap<string, KeptWindow>> {
  const kept = new Map<string, KeptWindow>();
  for (const [detectionId, of] of Map.groupBy(outcomes.map(windowOf), (each) => each.detectionId)) {
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

/** Writes what outcomes come to. */
export async function write(
  bookkeeper: Bookkeeper,
  { windows, opened, joined, rows }: GroupedOutcomes,
  correlatedRules: ReadonlySet<string>,
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
  for (const [table, values] of rows) {
    await addLakeRows(bookkeeper, table, values);
    if (table.startsWith('panther_signals.')) await keepSignals(bookkeeper, values, correlatedRules);
  }
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
