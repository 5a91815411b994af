import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';
import { makeAlert } from '../made-alerts.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

const operation = `query Metrics($input: MetricsInput!) { metrics(input: $input) {
  alertsPerSeverity { label value breakdown } alertsPerRule { entityId label value } totalAlerts
  eventsProcessedPerLogType { label value breakdown } totalEventsProcessed } }`;
const day = {
  fromDate: '2026-03-20T00:00:30.000Z',
  toDate: '2026-03-20T01:00:00.000Z',
  intervalInMinutes: 20,
};
const variables = { input: day };
const refused = (change: object, field: string, message: string) => ({
  variables: { input: { ...day, ...change } },
  field: `input.${field}`,
  message: `input.${field}: ${message}`,
});

testActions(instance, [
  {
    operation,
    action: 'GET_ORGANIZATION_METRICS',
    description: 'Counts alerts and events over time',
    permission: 'SummaryRead',
    given: () => variables,
    refusals: [
      refused({ fromDate: 'yesterday' }, 'fromDate', 'not an RFC 3339 date and time'),
      refused({ toDate: day.fromDate }, 'toDate', 'not after fromDate'),
      refused({ intervalInMinutes: 0 }, 'intervalInMinutes', 'at least 1'),
      refused(
        { toDate: '2027-03-20T00:00:00Z', intervalInMinutes: 60 },
        'intervalInMinutes',
        'makes more than 2000 intervals',
      ),
    ],
  },
]);

interface Series {
  readonly label: string;
  readonly value: number;
  readonly breakdown: Readonly<Record<string, number>>;
}

interface Metrics {
  readonly alertsPerSeverity: readonly Series[];
  readonly alertsPerRule: readonly {
    readonly entityId: string;
    readonly label: string;
    readonly value: number;
  }[];
  readonly totalAlerts: number;
  readonly eventsProcessedPerLogType: readonly Series[];
  readonly totalEventsProcessed: number;
}

const metricsOf = async (client: typeof admin, input: object = day): Promise<Metrics> =>
  (await client.ask<{ metrics: Metrics }>(operation, { input })).metrics;

test('alerts are counted by severity, interval and detection, errors and what is outside of the time left out', async () => {
  const made: readonly (readonly [string, object])[] = [
    ['2026-03-19T23:59:59.999Z', {}],
    ['2026-03-20T00:00:00.000Z', {}],
    ['2026-03-20T00:19:59.999Z', {}],
    ['2026-03-20T00:20:00.000Z', { severity: 'LOW' }],
    ['2026-03-20T00:59:59.999Z', { type: 'SCHEDULED_RULE', detection_id: 'Other.Rule' }],
    ['2026-03-20T00:30:00.000Z', { type: 'RULE_ERROR' }],
    ['2026-03-20T01:00:00.000Z', {}],
  ];
  for (const [created_at, fields] of made) await makeAlert(instance, { created_at, ...fields });
  const breakdown = (first: number, second: number, third: number) => ({
    '2026-03-20T00:00:00Z': first,
    '2026-03-20T00:20:00Z': second,
    '2026-03-20T00:40:00Z': third,
  });
  const { alertsPerSeverity, alertsPerRule, totalAlerts } = await metricsOf(admin);
  assert.deepEqual(alertsPerSeverity, [
    { label: 'Rule HIGH', value: 2, breakdown: breakdown(2, 0, 0) },
    { label: 'Rule LOW', value: 1, breakdown: breakdown(0, 1, 0) },
    { label: 'Scheduled Rule HIGH', value: 1, breakdown: breakdown(0, 0, 1) },
  ]);
  assert.deepEqual(alertsPerRule, [
    { entityId: 'Test.Rule', label: 'Test.Rule', value: 3 },
    { entityId: 'Other.Rule', label: 'Other.Rule', value: 1 },
  ]);
  assert.equal(totalAlerts, 4);
  const long = { fromDate: '2026-03-19T00:00:00Z', toDate: '2026-03-20T00:30:00Z' };
  for (const [intervalInMinutes, expected] of [
    [1_440, { '2026-03-19T00:00:00Z': 1, '2026-03-20T00:00:00Z': 2 }],
    [780, { '2026-03-19T00:00:00Z': 0, '2026-03-19T13:00:00Z': 3 }],
  ] as const) {
    const [high] = (await metricsOf(admin, { ...long, intervalInMinutes })).alertsPerSeverity;
    assert.deepEqual(high, { label: 'Rule HIGH', value: 3, breakdown: expected });
  }
});

test('events are counted by log type as the data lake has them', async () => {
  await instance.instance.settled();
  const input = {
    fromDate: new Date(Date.now() - 3_600_000).toISOString(),
    toDate: new Date(Date.now() + 3_600_000).toISOString(),
    intervalInMinutes: 120,
  };
  const { eventsProcessedPerLogType, totalEventsProcessed } = await metricsOf(admin, input);
  const [events, ...others] = eventsProcessedPerLogType;
  assert.deepEqual([events?.label, others], ['Panther.Audit', []]);
  assert.equal(events?.value, totalEventsProcessed);
  const counts = Object.values(events?.breakdown ?? {});
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    totalEventsProcessed,
  );
  // What was loaded meanwhile may be counted, too.
  assert.ok(totalEventsProcessed > 5 && totalEventsProcessed <= instance.instance.ledger.size);
});

test('nobody learns how much there is of a log type that is hidden from them', async () => {
  const client = await instance.userWith(['SummaryRead'], {
    logTypeAccessKind: 'DENY',
    logTypeAccess: ['Panther.Audit'],
  });
  assert.deepEqual(await metricsOf(client), {
    ...{ alertsPerSeverity: [], alertsPerRule: [], totalAlerts: 0 },
    ...{ eventsProcessedPerLogType: [], totalEventsProcessed: 0 },
  });
});
