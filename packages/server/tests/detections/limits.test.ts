import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { pythonRule, typescriptRule, type WatchedLog, watchLog } from './watched-log.ts';

function records(count: number): readonly Partial<AuditRecord>[] {
  return Array.from({ length: count }, () => ({}));
}

/** How many alerts each detection has, by type. */
async function alertCounts({ store }: WatchedLog): Promise<Readonly<Record<string, number>>> {
  const rows = await store.reader.selectFrom('alerts').select(['detection_id', 'type']).execute();
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ detection_id, type }) => `${detection_id} ${type}`)].map(([key, of]) => [
      key,
      of.length,
    ]),
  );
}

async function rowCount({ store }: WatchedLog, table: string, ruleId: string): Promise<number> {
  const rows = await store.reader
    .selectFrom('lake_rows')
    .select('row')
    .where('table_name', '=', `${table}.panther_audit`)
    .execute();
  return rows.filter(({ row }) => JSON.parse(row).p_rule_id === ruleId).length;
}

for (const [language, endless] of [
  ['TypeScript', typescriptRule('Endless', 'rule() { for (;;) {} }')],
  ['Python', pythonRule('Endless', 'def rule(event):\n  while True:\n    pass\n')],
] as const) {
  test(`an endless rule in ${language} is stopped and named, the others go on, and after three times it runs no more`, async () => {
    await using log = await watchLog({ batchMs: 300 });
    await log.putRules([
      endless,
      typescriptRule('Fine', "rule: () => true, dedup: () => 'one'"),
      pythonRule('FineToo', 'def rule(event):\n  return True\n'),
    ]);
    for (let batch = 1; batch <= 3; batch += 1) {
      await log.add(records(2));
      assert.deepEqual(await alertCounts(log), {
        'Endless RULE_ERROR': 1,
        'Fine RULE': 1,
        'FineToo RULE': 1,
      });
      assert.equal(await rowCount(log, 'panther_rule_matches', 'Fine'), batch * 2);
      assert.equal(await rowCount(log, 'panther_rule_matches', 'FineToo'), batch * 2);
    }
    const [alert] = await log.store.reader
      .selectFrom('alerts')
      .selectAll()
      .where('detection_id', '=', 'Endless')
      .execute();
    assert.match(alert?.title ?? '', /^Endless failed: .*did not end within \d+ ms/);
    assert.equal(alert?.event_count, 3);
    assert.match(
      log.systemErrors.join('\n'),
      /^report detection Endless: The detection Endless does not run: it was stopped 3 times: .*did not end within/,
    );

    await log.add(records(2));
    assert.equal(await rowCount(log, 'panther_rule_matches', 'Fine'), 8);
    const again = await log.store.reader
      .selectFrom('alerts')
      .select('event_count')
      .where('detection_id', '=', 'Endless')
      .execute();
    assert.deepEqual(
      again.map(({ event_count }) => event_count),
      [3],
      'it was not run again',
    );

    await log.putRules([typescriptRule('Endless', "rule: () => true, dedup: () => 'mended'")]);
    await log.add(records(1));
    assert.equal(await rowCount(log, 'panther_rule_matches', 'Endless'), 1, 'a changed rule runs again');
  });
}

test('a detection opens 1,000 alerts in an hour; then its matches are signals only, and a system error says so', async () => {
  await using log = await watchLog();
  await log.putRules([
    typescriptRule('Loud', 'rule: () => true, title: (event) => event.p_row_id'),
    typescriptRule('Quiet', "rule: () => true, dedup: () => 'one'"),
  ]);
  await log.add(records(1_200));
  assert.deepEqual(await alertCounts(log), { 'Loud RULE': 1_000, 'Quiet RULE': 1 });
  assert.equal(await rowCount(log, 'panther_signals', 'Loud'), 1_200);
  assert.equal(await rowCount(log, 'panther_rule_matches', 'Loud'), 1_000);
  assert.equal(await rowCount(log, 'panther_rule_matches', 'Quiet'), 1_200);
  assert.deepEqual(log.systemErrors, [
    'report detection_alert_limit Loud: The detection Loud made more than 1000 alerts in an hour: its matches are signals only. That lasts until it is changed, or switched off and on',
  ]);

  await log.putRules([typescriptRule('Loud', "rule: () => true, dedup: () => 'one'")]);
  await log.add(records(1));
  assert.equal(await rowCount(log, 'panther_rule_matches', 'Loud'), 1_000, 'the hour is not over');
});
