import {
  type Correlated,
  correlate,
  correlationDefaults,
  type Outcome,
  type Signal,
} from '@pawprint/detections';
import { dueTime } from '../actions/saved-query/schedule.ts';
import type { Reader } from '../store/store.ts';
import { type DetectionTools, keptWindows, write } from './detect.ts';
import { alertsLeft, noteExcesses } from './detection-limits.ts';
import { type Event, groupOutcomes } from './group-outcomes.ts';
import type { RunningCorrelation } from './loaded-detections.ts';

const minuteMs = 60_000;

/** Runs the correlation rules that are due over the matches of the rules they name. */
export async function correlateDue(tools: DetectionTools): Promise<void> {
  const { store, loaded, epochNanoseconds } = tools;
  await loaded.refresh();
  const now = new Date(Number(epochNanoseconds() / 1_000_000n)).toISOString();
  for (const correlation of loaded.correlations) {
    const { spec, updatedAt, detection } = correlation;
    const last = await lastRun(store.reader, detection.id);
    const { CronExpression, RateMinutes } = spec.Schedule ?? { RateMinutes: lookbackMinutes(correlation) };
    const schedule = {
      cron: CronExpression || null,
      rateMinutes: RateMinutes ?? null,
      timeoutMinutes: 1,
      disabled: false,
    };
    if (dueTime(schedule, last?.ran_at ?? updatedAt, now) === undefined) continue;
    await run(tools, correlation, now, last);
  }
}

async function run(
  { store, loaded, onDetected }: DetectionTools,
  correlation: RunningCorrelation,
  now: string,
  last: LastRun | undefined,
): Promise<void> {
  const { detection, spec } = correlation;
  const steps = spec.Sequence ?? spec.Group ?? [];
  const since = new Date(Date.parse(now) - lookbackMinutes(correlation) * minuteMs).toISOString();
  const rows = await store.reader
    .selectFrom('correlation_signals')
    .selectAll()
    .where('rule_id', 'in', [...new Set(steps.map(({ RuleID }) => RuleID))])
    .where('event_at', '>=', since)
    .execute();
  const indexes = new Map(rows.map(({ row_id, ledger_index }) => [row_id, ledger_index]));
  const signals = new Map(
    steps.map(({ ID, RuleID }) => [ID, rows.filter(({ rule_id }) => rule_id === RuleID).map(signalOf)]),
  );
  const isNew = ({ atMs, signals: of }: Correlated) =>
    last === undefined ||
    atMs > Date.parse(last.ran_at) ||
    Object.values(of)
      .flat()
      .some(({ id }) => (indexes.get(id) ?? 0) > last.seen_index);
  const found = correlate(spec, signals, Date.parse(now)).filter(isNew);
  const outcomes = found.map((each, event) => outcomeOf(correlation, each, event, indexes));
  const grouped = groupOutcomes(
    {
      kind: 'correlation',
      events: found.map((each) => completing(each).event as Event),
      seeds: found.map((each) =>
        Object.values(each.signals)
          .flat()
          .map(({ id }) => id)
          .join(),
      ),
      outcomes,
      now,
    },
    await keptWindows(store, outcomes),
    () => correlation,
    await alertsLeft(store.reader, [detection.id], now),
  );
  const seen = Math.max(last?.seen_index ?? -1, ...indexes.values());
  const isHeldBack = await store.bookkeep(async (bookkeeper) => {
    const values = { ran_at: now, seen_index: seen };
    await bookkeeper
      .insertInto('correlation_runs')
      .values({ rule_id: detection.id, ...values })
      .onConflict((conflict) => conflict.column('rule_id').doUpdateSet(values))
      .execute();
    await write(bookkeeper, grouped, loaded.correlatedRules);
    const excesses = { stopped: new Map(), tooLoud: grouped.tooLoud };
    return noteExcesses(bookkeeper, excesses, () => correlation, now);
  });
  await dropOldSignals(store.bookkeep, loaded.correlations, now);
  if (isHeldBack) loaded.changed();
  if (found.length > 0) onDetected();
}

type LastRun = { readonly ran_at: string; readonly seen_index: number };

function lastRun(reader: Reader, id: string): Promise<LastRun | undefined> {
  return reader.selectFrom('correlation_runs').selectAll().where('rule_id', '=', id).executeTakeFirst();
}

/** No rule looks further back than the one that looks back the furthest. */
async function dropOldSignals(
  bookkeep: DetectionTools['store']['bookkeep'],
  correlations: readonly RunningCorrelation[],
  now: string,
): Promise<void> {
  const minutes = Math.max(...correlations.map(lookbackMinutes));
  const before = new Date(Date.parse(now) - minutes * minuteMs).toISOString();
  await bookkeep((bookkeeper) =>
    bookkeeper.deleteFrom('correlation_signals').where('event_at', '<', before).execute(),
  );
}

function lookbackMinutes({ spec }: RunningCorrelation): number {
  return spec.LookbackWindowMinutes ?? correlationDefaults.lookbackMinutes;
}

function signalOf({ row_id, event_at, event }: { row_id: string; event_at: string; event: string }): Signal {
  return { id: row_id, atMs: Date.parse(event_at), event: JSON.parse(event) };
}

/** The last of the signals. */
function completing({ signals }: Correlated): Signal {
  return Object.values(signals)
    .flat()
    .reduce((one, other) => (other.atMs >= one.atMs ? other : one));
}

/** Matches with the same values join one alert. */
function outcomeOf(
  { detection }: RunningCorrelation,
  { values, signals }: Correlated,
  event: number,
  indexes: ReadonlyMap<string, number>,
): Outcome {
  const { id, displayName, severity, description, reference, runbook } = detection;
  const steps = Object.entries(signals).map(([step, of]) => [
    step,
    of.map((signal) => ({ rowId: signal.id, ledgerIndex: indexes.get(signal.id) })),
  ]);
  return {
    kind: 'match',
    detectionId: id,
    event,
    title: displayName ?? id,
    dedup: values.join(', ') || `defaultDedupString:${id}`,
    severity,
    description,
    reference,
    runbook,
    destinations: null,
    alertContext: { values, signals: Object.fromEntries(steps) },
    unique: null,
    functionErrors: {},
  };
}
