import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '@pawprint/server';
import { startTestInstance } from '@pawprint/testing';
import { type TestRule, watchLog } from './watched-log.ts';

const rule: TestRule = {
  kind: 'scheduled_rule',
  id: 'TooMany',
  files: [
    {
      path: 'rule.yml',
      text: 'AnalysisType: scheduled_rule\nRuleID: TooMany\nFilename: rule.py\nScheduledQueries: [Failures]\nSeverity: High\n',
    },
    {
      path: 'rule.py',
      text: 'def rule(row):\n  return row["count"] > 3\ndef title(row):\n  return f"{row[\'who\']} failed"\n',
    },
  ],
};

test('scheduled rules judge each row of their query once, also when a run is given again', async () => {
  await using log = await watchLog();
  await log.putRules([rule]);
  const judge = (runId: string, name = 'Failures') =>
    log.detecting.judge({
      savedQueryId: 's1',
      name,
      runId,
      scheduledFor: '2026-01-01T00:00:00.000Z',
      async *pages() {
        yield [
          { who: 'ada', count: 5 },
          { who: 'bob', count: 2 },
        ];
        yield [{ who: 'eve', count: 9 }];
      },
    });
  const alerts = () =>
    log.store.reader
      .selectFrom('alerts')
      .select(['type', 'title', 'severity', 'log_types', 'event_count', 'first_event_at'])
      .orderBy('title')
      .execute();
  await judge('run1');
  await judge('run1');
  await judge('run1', 'Another query');
  const expected = { type: 'SCHEDULED_RULE', severity: 'HIGH', log_types: '[]' };
  const first_event_at = '2026-01-01T00:00:00.000Z';
  const once = [
    { ...expected, title: 'ada failed', event_count: 1, first_event_at },
    { ...expected, title: 'eve failed', event_count: 1, first_event_at },
  ];
  assert.deepEqual(
    (await alerts()).map((row) => ({ ...row })),
    once,
  );
  await judge('run2');
  assert.deepEqual(
    (await alerts()).map((row) => ({ ...row })),
    once.map((alert) => ({ ...alert, event_count: 2 })),
    'the next run joins',
  );
  const progress = await log.store.reader.selectFrom('detection_progress').selectAll().execute();
  assert.deepEqual(
    progress.filter(({ source }) => source !== 'ledger').map((row) => ({ ...row })),
    [{ source: 'query s1 run2', next_index: 3 }],
  );
});

test('what a scheduled query finds comes to its rules', async () => {
  let aheadMs = 0;
  const clock = {
    epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  };
  await using instance = await startTestInstance({ clock });
  const author = await instance.tokenWith(['RuleRead', 'RuleModify']);
  const stored = await author.post('/public/scheduled-rules', {
    id: 'TooMany',
    body: 'def rule(row):\n  return row["n"] > 1\ndef title(row):\n  return "row " + str(row["n"])\n',
    severity: 'HIGH',
    scheduledQueries: ['Numbers'],
  });
  assert.equal(stored.status, 200, await stored.text());
  await instance.admin.ask(
    'mutation ($input: CreateSavedQueryInput!) { createSavedQuery(input: $input) { query { id } } }',
    { input: { name: 'Numbers', sql: 'SELECT unnest([1, 2]) AS n', schedule: { rateMinutes: 10 } } },
  );
  aheadMs += 11 * 60_000;
  await instance.instance.querySchedule.check();
  const database = new DatabaseSync(join(instance.dataDirectory, 'pawprint.db'), { readOnly: true });
  const titles = database.prepare("select title from alerts where type = 'SCHEDULED_RULE'").all();
  database.close();
  assert.deepEqual(
    titles.map(({ title }) => title),
    ['row 2'],
  );
});
