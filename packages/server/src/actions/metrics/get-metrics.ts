import { sql } from 'kysely';
import * as z from 'zod';
import type { Intervals } from '../../lake/event-counts.ts';
import type { Reader } from '../../store/store.ts';
import type { AlertType } from '../../store/tables.ts';
import { defineRead } from '../action.ts';
import { loadDetectionNames } from '../alert/alert.ts';
import { matchingAlerts } from '../alert/list-alerts.ts';
import type { Caller } from '../caller.ts';
import { visibleTables } from '../data-lake/data-lake-access.ts';

const intervalsMax = 2_000;
const minuteMs = 60_000;

const instant = z.iso.datetime({ offset: true, error: 'not an RFC 3339 date and time' });

/** A count of something over the whole time, and by interval. */
export interface Series {
  readonly label: string;
  readonly value: number;
  /** By the times at which the intervals begin; those without any are there, too. */
  readonly breakdown: Readonly<Record<string, number>>;
}

export interface AlertsOfRule {
  readonly entityId: string;
  readonly label: string;
  readonly value: number;
}

export interface Metrics {
  readonly alertsPerSeverity: readonly Series[];
  readonly alertsPerRule: readonly AlertsOfRule[];
  readonly totalAlerts: number;
  readonly eventsProcessedPerLogType: readonly Series[];
  readonly totalEventsProcessed: number;
}

/** What the alerts of a kind of detection are called in the labels. */
const labels: { readonly [Type in AlertType]?: string } = {
  RULE: 'Rule',
  SCHEDULED_RULE: 'Scheduled Rule',
  CORRELATION_RULE: 'Correlation Rule',
  POLICY: 'Policy',
};

/** Counts of alerts and events that the caller may see, over time. */
export const getMetrics = defineRead({
  name: 'GET_ORGANIZATION_METRICS',
  requires: 'SummaryRead',
  input: z.strictObject({
    input: z
      .strictObject({
        fromDate: instant,
        toDate: instant,
        intervalInMinutes: z.int().min(1, 'at least 1').max(525_600, 'at most a year'),
      })
      .superRefine(({ fromDate, toDate, intervalInMinutes }, context) => {
        const refuse = (path: string, message: string) =>
          context.addIssue({ code: 'custom', path: [path], message });
        const minutes = (Date.parse(toDate) - Date.parse(fromDate)) / minuteMs;
        if (minutes <= 0) refuse('toDate', 'not after fromDate');
        if (minutes / intervalInMinutes > intervalsMax)
          refuse('intervalInMinutes', `makes more than ${intervalsMax} intervals`);
      }),
  }),
  async run({ reader, caller, services }, { input }): Promise<Metrics> {
    const intervals: Intervals = {
      // Alerts are counted by the minute.
      from: new Date(Math.floor(Date.parse(input.fromDate) / minuteMs) * minuteMs),
      to: new Date(input.toDate),
      minutes: input.intervalInMinutes,
    };
    const logs = visibleTables(services.lakeTables, caller).filter(
      ({ database }) => database === 'panther_logs',
    );
    const alerts = await countAlerts(reader, caller, intervals);
    const events = await services.countEvents(logs, intervals);
    return {
      alertsPerSeverity: series(
        alerts.map(({ type, severity, ...rest }) => ({ label: `${labels[type]} ${severity}`, ...rest })),
        intervals,
      ),
      alertsPerRule: await alertsPerRule(reader, alerts),
      totalAlerts: sum(alerts),
      eventsProcessedPerLogType: series(
        events.map(({ logType, ...rest }) => ({ label: logType, ...rest })),
        intervals,
      ),
      totalEventsProcessed: sum(events),
    };
  },
});

interface AlertCount extends Counted {
  readonly type: AlertType;
  readonly severity: string;
  readonly detectionId: string | null;
}

interface Counted {
  readonly at: Date;
  readonly count: number;
}

/** How much of an instant's text says the day, the hour and the minute. */
const precisions = [
  { length: 10, ms: 86_400_000 },
  { length: 13, ms: 3_600_000 },
  { length: 16, ms: minuteMs },
];

/** By type, severity and detection, and by the day, hour or minute in which they were made, as the intervals allow. */
async function countAlerts(
  reader: Reader,
  caller: Caller,
  { from, to, minutes }: Intervals,
): Promise<readonly AlertCount[]> {
  const isFine = ({ ms }: { readonly ms: number }) =>
    from.getTime() % ms === 0 && (minutes * minuteMs) % ms === 0;
  const length = precisions.find(isFine)?.length ?? 16;
  const matching = await matchingAlerts(reader, caller, { createdAtAfter: from.toISOString() });
  const rows = await matching
    ?.where('created_at', '<', to.toISOString())
    .select(({ fn }) => [
      ...(['type', 'severity', 'detection_id'] as const),
      sql<string>`substr(created_at, 1, ${sql.lit(length)})`.as('made'),
      fn.countAll<number | string>().as('count'),
    ])
    .groupBy(['type', 'severity', 'detection_id', 'made'])
    .execute();
  return (rows ?? []).map(({ type, severity, detection_id: detectionId, made, count }) => ({
    ...{ type, severity, detectionId },
    ...{ at: new Date(`${made}${'0000-01-01T00:00:00Z'.slice(length)}`), count: Number(count) },
  }));
}

async function alertsPerRule(
  reader: Reader,
  alerts: readonly AlertCount[],
): Promise<readonly AlertsOfRule[]> {
  const counts = [...Map.groupBy(alerts, ({ detectionId }) => detectionId ?? '')];
  const names = await loadDetectionNames(
    reader,
    counts.map(([id]) => id),
  );
  return counts
    .map(([id, its]) => ({ entityId: id, label: names.get(id) || id, value: sum(its) }))
    .toSorted(byValue);
}

/** One for each label, the largest first. */
function series(
  counts: readonly (Counted & { readonly label: string })[],
  { from, to, minutes }: Intervals,
): readonly Series[] {
  const begin = from.getTime();
  const length = minutes * minuteMs;
  const starts = Array.from({ length: Math.ceil((to.getTime() - begin) / length) }, (_, at) =>
    new Date(begin + at * length).toISOString().replace('.000Z', 'Z'),
  );
  return [...Map.groupBy(counts, ({ label }) => label)]
    .map(([label, its]) => {
      const values = starts.map(() => 0);
      for (const { at, count } of its) {
        const interval = Math.floor((at.getTime() - begin) / length);
        values[interval] = (values[interval] ?? 0) + count;
      }
      const breakdown = Object.fromEntries(starts.map((start, at) => [start, values[at] ?? 0]));
      return { label, value: sum(its), breakdown };
    })
    .toSorted(byValue);
}

function sum(counts: readonly Pick<Counted, 'count'>[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}

function byValue(
  one: { readonly label: string; readonly value: number },
  other: { readonly label: string; readonly value: number },
): number {
  return other.value - one.value || (one.label < other.label ? -1 : 1);
}
