import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { checkContent, describeProblem } from '@pawprint/detections';
import { testEngine } from './test-engine.ts';

const engine = testEngine();
after(() => engine.close());

const python = `AnalysisType: rule
RuleID: My.Python
Filename: my.py
LogTypes: [Test]
Severity: High
DisplayName: Mine
Tests:
  - {Name: yes, ExpectedResult: true, Log: {a: 1}}
  - {Name: no, ExpectedResult: true, Log: {a: 2}}
`;
const typescript = `import { defineRule } from '@pawprint/detections';
export default defineRule({
  id: 'My.TypeScript', logTypes: ['Test'], defaultSeverity: 'LOW', rule: (event) => event.a === 1,
  tests: [{ name: 'yes', expectedResult: true, log: { a: 1 } }],
});`;

function check(files: Readonly<Record<string, string>>, tested = true) {
  return checkContent(
    engine,
    Object.entries(files).map(([path, text]) => ({ path, text })),
    { tested: () => tested },
  );
}

test('content of both languages is read with its files, loaded and tested', async () => {
  const { items, problems, tests } = await check({
    'rules/my.yml': python,
    'rules/my.py': 'from shared import one\ndef rule(event):\n    return event["a"] == one()\n',
    'rules/mine.ts': typescript,
    'globals/shared.yml': 'AnalysisType: global\nGlobalID: shared\nFilename: shared.py\n',
    'globals/shared.py': 'def one():\n    return 1\n',
    'models/model.ts': `import { defineDataModel } from '@pawprint/detections';
export default defineDataModel({ id: 'Model', logTypes: ['Test'], mappings: { ip: 'a.b', who: (event) => event.c } });`,
    'rules/mine.test.ts': 'not content',
  });
  assert.deepEqual(problems.map(describeProblem), []);
  assert.deepEqual(
    items.map(({ kind, id, displayName, enabled, files }) => [
      kind,
      id,
      displayName,
      enabled,
      files.map(({ path }) => path),
    ]),
    [
      ['rule', 'My.Python', 'Mine', true, ['rules/my.yml', 'rules/my.py']],
      ['global', 'shared', 'shared', true, ['globals/shared.yml', 'globals/shared.py']],
      ['rule', 'My.TypeScript', 'My.TypeScript', true, ['rules/mine.ts']],
      ['datamodel', 'Model', 'Model', true, ['models/model.ts']],
    ],
  );
  assert.deepEqual(
    tests.map(({ detectionId, name, passed, reasons }) => [detectionId, name, passed, reasons]),
    [
      ['My.Python', 'yes', true, []],
      ['My.Python', 'no', false, ['expected true, got false']],
      ['My.TypeScript', 'yes', true, []],
    ],
  );
});

test('what is wrong is told by file, and is not among the items', async () => {
  const { items, problems } = await check({
    'a.yml': python,
    'my.py': 'def rule(event)\n    return True\n',
    'b.ts': typescript.replace("'LOW'", "'BAD'"),
    'c.ts': 'export const rule = 1',
    'd.yml': 'AnalysisType: global\nGlobalID: broken\nFilename: broken.py\n',
    'broken.py': 'import nothing_like_that\n',
    'e.ts': typescript.replace('My.TypeScript', 'My.Python'),
  });
  assert.deepEqual(items, []);
  assert.deepEqual(problems.map(describeProblem), [
    'b.ts: defaultSeverity Invalid option: expected one of "INFO"|"LOW"|"MEDIUM"|"HIGH"|"CRITICAL"',
    'c.ts: the file has no default export made by defineRule or defineDataModel',
    'e.ts: id My.Python is also the id of a.yml',
    "broken.py: can not be loaded: No module named 'nothing_like_that': broken.py, line 1, in <module> import nothing_like_that",
    "my.py: can not be loaded: expected ':' (my.py, line 1)",
  ]);
});

test('a problem of one check is not there in the next', async () => {
  await check({ 'a.yml': python, 'my.py': 'raise ValueError' });
  const { problems, tests } = await check({
    'a.yml': python,
    'my.py': 'def rule(event):\n    return True\n',
  });
  assert.deepEqual([problems, tests.map(({ passed }) => passed)], [[], [true, true]]);
});

test('tests of correlation rules run, too', async () => {
  const { problems, tests } = await check({
    'c.yml': `AnalysisType: correlation_rule
RuleID: Both
Severity: High
Detection:
  - Group:
      - {ID: A, RuleID: One}
      - {ID: B, RuleID: Two}
    LookbackWindowMinutes: 60
Tests:
  - Name: both
    ExpectedResult: true
    RuleOutputs:
      - {ID: A, Matches: {user: {ada: [0]}}}
      - {ID: B, Matches: {user: {ada: [5]}}}
  - Name: one alone
    ExpectedResult: true
    RuleOutputs:
      - {ID: A, Matches: {user: {ada: [0]}}}
`,
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(tests, [
    { detectionId: 'Both', name: 'both', passed: true, reasons: [] },
    { detectionId: 'Both', name: 'one alone', passed: false, reasons: ['expected true, got false'] },
  ]);
});

test('unit tests in both languages find rows of lookup tables', async () => {
  const table =
    'AnalysisType: lookup_table\nLookupName: people\nSchema: Custom.P\nFilename: people.csv\nLogTypeMap: {PrimaryKey: id}\n';
  const { tests, problems } = await check({
    'my.yml': python,
    'my.py':
      'def rule(event):\n    return event.lookup("people", event["a"])["team"] == "red" and event.lookup("people", "x") is None\n',
    'mine.ts': typescript
      .replace('{ defineRule }', '{ defineRule, lookup }')
      .replace(
        'event.a === 1',
        '(lookup("people", "1") as any).team === "red" && lookup("people", "x") === undefined',
      ),
    'wrong.ts': typescript
      .replace('{ defineRule }', '{ defineRule, lookup }')
      .replace('My.TypeScript', 'Wrong')
      .replace('event.a === 1', 'lookup("poeple", "1") === 1'),
    'people.yml': table,
    'people.csv': 'id,team\n1,red\n2,blue\n',
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(
    tests.map(({ detectionId, passed, reasons }) => [
      detectionId,
      passed,
      reasons.map((it) => it.split('\n')[0]),
    ]),
    [
      ['My.Python', true, []],
      ['My.Python', false, ['expected true, got false']],
      ['My.TypeScript', true, []],
      ['Wrong', false, ['Error: there is no lookup table poeple that is on: wrong.ts, line 3, in rule']],
    ],
  );
});
