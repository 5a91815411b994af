import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openSqliteStore } from '../store/sqlite-store.ts';
import type { AlertRow, DestinationRow } from '../store/tables.ts';
import { destinationsOf, routeAlert } from './route-alert.ts';

type Route = Parameters<typeof destinationsOf>[0];

function destination(
  id: string,
  fields: Partial<Record<'severities' | 'alert_types' | 'log_types', string[]>>,
) {
  const { severities = [], alert_types = [], log_types = [] } = fields;
  return {
    id,
    name: `Name of ${id}`,
    severities: JSON.stringify(severities),
    alert_types: JSON.stringify(alert_types),
    log_types: JSON.stringify(log_types),
  } as DestinationRow;
}

function alert(fields: Partial<Route> = {}): Route {
  return { destinations: null, severity: 'HIGH', type: 'RULE', log_types: '["Panther.Audit"]', ...fields };
}

const all = [
  destination('high', { severities: ['HIGH', 'CRITICAL'] }),
  destination('low', { severities: ['LOW'] }),
  destination('okta', { severities: ['HIGH'], log_types: ['Okta.SystemLog'] }),
  destination('errors', { alert_types: ['SYSTEM_ERROR', 'RULE_ERROR'] }),
  destination('scheduled', { severities: ['HIGH'], alert_types: ['SCHEDULED_RULE'] }),
];

const cases: readonly [what: string, alert: Route, destinations: readonly string[]][] = [
  ['severity, alert type and log type choose', alert(), ['high']],
  ['another severity', alert({ severity: 'LOW' }), ['low']],
  ['any of the log types is enough', alert({ log_types: '["A.B", "Okta.SystemLog"]' }), ['high', 'okta']],
  ['a named type', alert({ type: 'SCHEDULED_RULE' }), ['high', 'scheduled']],
  [
    'an id and a name of the detection come first',
    alert({ destinations: '["low", "Name of okta"]' }),
    ['low', 'okta'],
  ],
  ['an empty list suppresses', alert({ destinations: '[]' }), []],
  ['SKIP suppresses', alert({ destinations: '["SKIP"]' }), []],
  ['unknown names fall back', alert({ destinations: '["gone"]' }), ['high']],
  ['one known name is enough', alert({ destinations: '["gone", "low"]' }), ['low']],
  [
    'system errors go to all that take them, whatever their severities',
    alert({ type: 'SYSTEM_ERROR', severity: 'CRITICAL', log_types: '[]' }),
    ['high', 'low', 'okta', 'errors'],
  ],
  ['a rule error', alert({ type: 'RULE_ERROR', severity: 'INFO' }), ['high', 'low', 'errors']],
];

for (const [what, route, expected] of cases) {
  test(`routing: ${what}`, () => {
    assert.deepEqual(
      destinationsOf(route, all).map(({ id }) => id),
      expected,
    );
  });
}

test('routing an alert twice makes one delivery to each destination', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-route-'));
  after(() => rm(folder, { recursive: true }));
  const store = await openSqliteStore(join(folder, 'pawprint.db'));
  const row = { id: 'a'.repeat(32), created_at: '2026-01-02T03:04:05.000Z', ...alert() } as AlertRow;
  const empty = { name_key: '', type: 'webhook', config: '{}', created_at: '', created_by: null };
  await store.bookkeep(async (bookkeeper) => {
    for (const destination of all) {
      const values = { ...destination, ...empty, name_key: destination.id, updated_at: '', updated_by: null };
      await bookkeeper.insertInto('destinations').values(values).execute();
    }
    await routeAlert(bookkeeper, row);
    await routeAlert(bookkeeper, row);
    await routeAlert(bookkeeper, { ...row, id: 'b'.repeat(32) }, 'high');
  });
  const deliveries = await store.reader.selectFrom('alert_deliveries').selectAll().execute();
  await store.close();
  assert.deepEqual(
    deliveries.map(({ alert_id, destination_id, status, next_attempt_at }) => [
      alert_id,
      destination_id,
      status,
      next_attempt_at,
    ]),
    [[row.id, 'high', 'PENDING', row.created_at]],
  );
});
