import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawprint-test-command-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const program = join(import.meta.dirname, '../src/main.ts');
const yaml = (tests: string) =>
  `AnalysisType: rule\nRuleID: Py\nFilename: py.py\nLogTypes: [Test]\nSeverity: Low\nTests:\n${tests}`;
const typescript = (value: number) => `import { defineRule } from '@pawprint/detections';
export default defineRule({
  id: 'Ts', logTypes: ['Test'], defaultSeverity: 'LOW', rule: (event) => event.a === ${value},
  tests: [{ name: 'one & <only>', expectedResult: true, log: { a: 1 } }],
});`;
const good = {
  'rules/py.yml': yaml(
    '  - {Name: one, ExpectedResult: true, Log: {a: 1}}\n  - {Name: two, ExpectedResult: false, Log: {a: 2}}\n',
  ),
  'rules/py.py': 'from shared import one\ndef rule(event):\n    return event["a"] == one()\n',
  'rules/ts.ts': typescript(1),
  'global_helpers/shared.yml': 'AnalysisType: global\nGlobalID: shared\nFilename: shared.py\n',
  'global_helpers/shared.py': 'def one():\n    return 1\n',
  'other/compose.yml': 'services: {}\n',
  'other/program.ts': 'export const one = 1;',
};

/** Writes files into a folder of their own. */
async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true });
    await writeFile(join(folder, name, path), text);
  }
  return join(folder, name);
}

/** Runs `pawprint test` in a folder. */
async function run(cwd: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'test', ...args], { cwd });
  let [out, aside] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    aside += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, out: out.trimEnd().split('\n'), aside: aside.trimEnd().split('\n').filter(Boolean) };
}

test('all tests under a folder pass, whatever else lies there', async () => {
  const cwd = await write('good', good);
  assert.deepEqual(await run(cwd), {
    code: 0,
    out: ['pass Py: one', 'pass Py: two', 'pass Ts: one & <only>', '3 of 3 tests passed'],
    aside: [],
  });
});

test('rows of lookup tables come from beside them or from their folder; other data is left alone', async () => {
  const cwd = await write('lookups', {
    'rules/py.yml': yaml('  - {Name: one, ExpectedResult: true, Log: {a: 1}}\n'),
    'rules/py.py': 'def rule(event):\n    return event.lookup("people", event["a"])["team"] == "red"\n',
    'rules/other.json': 'not even JSON',
    'lookup_tables/people.yml':
      'AnalysisType: lookup_table\nLookupName: people\nSchema: Custom.P\nFilename: people.jsonl\nLogTypeMap: {PrimaryKey: id}\n',
    'lookup_tables/people.jsonl': '{"id": 1, "team": "red"}\n',
  });
  const passed = { code: 0, out: ['pass Py: one', '1 of 1 tests passed'], aside: [] };
  assert.deepEqual(await run(cwd, 'rules/py.yml'), passed);
  assert.deepEqual(await run(cwd), passed);
});

test('one file is tested with what it needs from elsewhere; a filter takes a part', async () => {
  const cwd = await write('good', good);
  const { out } = await run(cwd, 'rules/py.yml');
  assert.deepEqual(out, ['pass Py: one', 'pass Py: two', '2 of 2 tests passed']);
  const filtered = await run(cwd, 'rules', '--filter', 'TWO');
  assert.deepEqual(filtered.out, ['pass Py: two', '1 of 1 tests passed']);
});

test('failures and problems are told by file and field, and written as JUnit XML', async () => {
  const cwd = await write('bad', {
    ...good,
    'rules/ts.ts': typescript(2),
    'rules/bad.yml': 'AnalysisType: rule\nRuleID: Bad\nFilename: py.py\nLogTypes: [Test]\n',
    'rules/broken.ts': 'defineRule(1); export function;',
  });
  assert.deepEqual(await run(cwd, 'rules', '--junit', 'results.xml'), {
    code: 1,
    out: [
      'pass Py: one',
      'pass Py: two',
      'FAIL Ts: one & <only> (expected true, got false)',
      '2 of 3 tests passed',
    ],
    aside: [
      'error: rules/bad.yml: Severity is required',
      'error: rules/broken.ts: Expected ident',
      '3 failed',
    ],
  });
  assert.equal(
    await readFile(join(cwd, 'results.xml'), 'utf8'),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5" failures="1" errors="2">
  <testsuite name="Py" tests="2" failures="0" errors="0">
    <testcase classname="Py" name="one"/>
    <testcase classname="Py" name="two"/>
  </testsuite>
  <testsuite name="Ts" tests="1" failures="1" errors="0">
    <testcase classname="Ts" name="one &amp; &lt;only&gt;"><failure message="expected true, got false"/></testcase>
  </testsuite>
  <testsuite name="content" tests="2" failures="0" errors="2">
    <testcase classname="content" name="rules/bad.yml"><error message="Severity is required"/></testcase>
    <testcase classname="content" name="rules/broken.ts"><error message="Expected ident"/></testcase>
  </testsuite>
</testsuites>
`,
  );
});

test('exit code 2 where nothing could be tested', async () => {
  const cwd = await write('none', { 'a.txt': 'a', 'good/rules/py.yml': yaml('[]') });
  for (const [args, message] of [
    [['nowhere'], 'nowhere: ENOENT'],
    [['--spell'], /^Unknown option '--spell'/],
    [['a.txt'], 'There are no detections in a.txt'],
  ] as const) {
    const { code, aside } = await run(cwd, ...args);
    assert.equal(code, 2);
    if (typeof message === 'string') assert.equal(aside[0], message);
    else assert.match(aside[0] ?? '', message);
  }
});

test('watching, a change runs the tests again', async () => {
  const cwd = await write('watched', { 'ts.ts': typescript(2) });
  const child = spawn(process.execPath, [program, 'test', '--watch'], { cwd });
  let out = '';
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        out += chunk;
        if (out.includes(text)) resolve();
      });
    });
  try {
    await said('0 of 1 tests passed');
    const passed = said('1 of 1 tests passed');
    await write('watched', { 'ts.ts': typescript(1) });
    await passed;
  } finally {
    child.kill();
    await once(child, 'close');
  }
});

test('tests of correlation rules run too', async () => {
  const rule = (expected: boolean) => `AnalysisType: correlation_rule
RuleID: Both
Severity: High
Detection:
  - Group: [{ID: A, RuleID: One}, {ID: B, RuleID: Two}]
    MatchCriteria: {user: [{GroupID: A, Match: user}, {GroupID: B, Match: user}]}
Tests:
  - Name: both
    ExpectedResult: ${expected}
    RuleOutputs: [{ID: A, Matches: {user: {ada: [1]}}}, {ID: B, Matches: {user: {ada: [2]}}}]
`;
  const passing = await run(await write('correlated', { 'both.yml': rule(true) }));
  assert.deepEqual([passing.code, passing.out], [0, ['pass Both: both', '1 of 1 tests passed']]);
  const failing = await run(await write('uncorrelated', { 'both.yml': rule(false) }));
  assert.deepEqual(
    [failing.code, failing.out],
    [1, ['FAIL Both: both (expected false, got true)', '0 of 1 tests passed']],
  );
});
