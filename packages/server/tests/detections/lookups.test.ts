import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pythonRule, type TestRule, typescriptRule, watchLog } from './watched-log.ts';

const people = (rows: string): TestRule => ({
  kind: 'lookup_table',
  id: 'people',
  files: [
    {
      path: 'people.yml',
      text: `AnalysisType: lookup_table
LookupName: people
Schema: Custom.People
Filename: people.csv
LogTypeMap: {PrimaryKey: id, AssociatedLogTypes: [{LogType: Panther.Audit, Selectors: [actor.id]}]}
`,
    },
    { path: 'people.csv', text: `id,team\n${rows}` },
  ],
});

const simple: TestRule = {
  id: 'Simple',
  files: [
    {
      path: 'simple.yml',
      text: `AnalysisType: rule
RuleID: Simple
LogTypes: [Panther.Audit]
Severity: Low
Detection:
  - {Enrichment: {Table: people, Selector: actor.id, FieldPath: team}, Condition: Equals, Value: red}
`,
    },
  ],
};

const python = pythonRule(
  'Python',
  'def rule(event):\n  return (event.lookup("people", event.deep_get("actor", "id")) or {}).get("team") == "red"\n',
);

const typescript = typescriptRule(
  'TypeScript',
  "rule: (event) => (event.p_enrichment as any)?.people?.['actor.id']?.team === 'red'",
);

const scheduled: TestRule = {
  kind: 'scheduled_rule',
  id: 'Scheduled',
  files: [
    {
      path: 'rule.yml',
      text: 'AnalysisType: scheduled_rule\nRuleID: Scheduled\nFilename: rule.py\nScheduledQueries: [Actors]\nSeverity: High\n',
    },
    {
      path: 'rule.py',
      text: 'def rule(row):\n  return row.deep_get("p_enrichment", "people", "actor.id", "team") == "red"\n',
    },
  ],
};

test('rules see what tables know, and a changed or deleted table at once', async () => {
  await using log = await watchLog();
  const matches = async () => {
    const alerts = await log.store.reader
      .selectFrom('alerts')
      .select(['detection_id', 'event_count', 'type'])
      .orderBy('detection_id')
      .execute();
    return alerts.map(({ detection_id, event_count, type }) => `${detection_id} ${type} ${event_count}`);
  };
  await log.putRules([simple, python, typescript, people('u1,blue\n')]);
  await log.add([{}]);
  assert.deepEqual(await matches(), []);

  await log.putRules([people('u1,red\n')]);
  await log.add([{}, { actor: { id: 'u2', type: 'USER', name: 'other@example.com' } }]);
  assert.deepEqual(await matches(), ['Python RULE 1', 'Simple RULE 1', 'TypeScript RULE 1']);
  assert.deepEqual(log.systemErrors, []);

  await log.putRules([people('u1,red\n')], false);
  await log.add([{}]);
  assert.deepEqual(await matches(), [
    'Python RULE 1',
    'Python RULE_ERROR 1',
    'Simple RULE 1',
    'TypeScript RULE 1',
  ]);
});

test('rows of a query that say their log type are enriched for scheduled rules', async () => {
  await using log = await watchLog();
  await log.putRules([scheduled, people('u1,red\n')]);
  await log.detecting.judge({
    ...{ savedQueryId: 's1', name: 'Actors', runId: 'run1', scheduledFor: '2026-01-01T00:00:00.000Z' },
    async *pages() {
      yield [
        { p_log_type: 'Panther.Audit', actor: { id: 'u1' }, p_enrichment: null },
        { p_log_type: 'Panther.Audit', actor: { id: 'u2' } },
        { actor: { id: 'u1' } },
      ];
    },
  });
  const alerts = await log.store.reader.selectFrom('alerts').select(['type', 'event_count']).execute();
  assert.deepEqual(
    alerts.map((row) => ({ ...row })),
    [{ type: 'SCHEDULED_RULE', event_count: 1 }],
  );
});

test('a table that can not be read is told as what does not run', async () => {
  await using log = await watchLog();
  await log.putRules([people('u1,red\nu1,blue\n')]);
  await log.add([{}]);
  assert.deepEqual(log.systemErrors, [
    'report detection people: The detection people does not run: lookup_table/people/people.yml: Filename lookup_table/people/people.csv: line 3: id u1 has a row already',
  ]);
});
