import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeProblem } from './problem.ts';
import { readContent } from './read-content.ts';

const rule = `
AnalysisType: rule
RuleID: My.Rule
Filename: my_rule.py
LogTypes: [Panther.Audit]
Severity: Medium
`;
const code = 'def rule(event):\n    return True\n';

function read(files: Readonly<Record<string, string>>) {
  return readContent(Object.entries(files).map(([path, text]) => ({ path, text })));
}

/** The problems of a rule with these further lines. */
function problemsOf(lines: string, files: Readonly<Record<string, string>> = {}): readonly string[] {
  return read({ 'rules/my.yml': rule + lines, 'rules/my_rule.py': code, ...files }).problems.map(
    describeProblem,
  );
}

test('a rule has every default', () => {
  const { detections, problems } = read({ 'rules/my.yml': rule, 'rules/my_rule.py': code });
  assert.deepEqual(problems, []);
  assert.deepEqual(detections, [
    {
      kind: 'rule',
      id: 'My.Rule',
      body: { language: 'python', fileName: 'my_rule.py', source: code },
      enabled: true,
      sources: ['Panther.Audit'],
      severity: 'MEDIUM',
      description: '',
      reference: '',
      runbook: '',
      tags: [],
      reports: {},
      outputIds: [],
      summaryAttributes: [],
      threshold: 1,
      dedupPeriodMinutes: 60,
      createAlert: true,
      tests: [],
    },
  ]);
});

test('YAML is read as 1.2: switches and times stay text, and numbers keep their digits', () => {
  const { detections } = read({
    'my.yml': `${rule}
Tests:
  - Name: one
    ExpectedResult: true
    Log: {state: on, no: no, when: 2024-01-02T03:04:05Z, clock: 12:30:45, id: 12345678901234567890, hex: 0x10, oct: 010, yes: true}
    Mocks: [{objectName: get, returnValue: "[]"}]
`,
    'my_rule.py': code,
  });
  const [{ tests = [] } = {}] = detections;
  assert.equal(
    JSON.stringify(tests[0]),
    '{"name":"one","expectedResult":true,"event":{"state":"on","no":"no","when":"2024-01-02T03:04:05Z","clock":"12:30:45",' +
      '"id":12345678901234567890,"hex":16,"oct":10,"yes":true},"mocks":[{"objectName":"get","returnValue":"[]"}]}',
  );
});

test('problems name file and field', () => {
  assert.deepEqual(problemsOf('Threshold: 0'), [
    'rules/my.yml: Threshold Too small: expected number to be >0',
  ]);
  assert.deepEqual(problemsOf('Tags: [Okta, okta]'), ['rules/my.yml: Tags[1] okta is there twice']);
  assert.deepEqual(problemsOf('OutputIds: [a, a]'), ['rules/my.yml: OutputIds[1] a is there twice']);
  assert.deepEqual(problemsOf('SummaryAttributes: [a, a]'), [
    'rules/my.yml: SummaryAttributes[1] a is there twice',
  ]);
  assert.deepEqual(problemsOf('DisplayName: "50 %"'), [
    'rules/my.yml: DisplayName must not contain any of < > & " %',
  ]);
  assert.deepEqual(problemsOf('Tests: [{Name: a, Log: {}}]'), [
    'rules/my.yml: Tests[0].ExpectedResult is required',
  ]);
  assert.deepEqual(problemsOf('Tests: [{Name: a, ExpectedResult: true}]'), [
    'rules/my.yml: Tests[0] needs a Log or a Resource',
  ]);
  assert.deepEqual(problemsOf('Colour: red'), [
    'rules/my.yml: Colour is not a field of a rule and has no effect',
  ]);
  assert.deepEqual(problemsOf('InlineFilters: [{Key: a, Condition: Exists}]'), [
    'rules/my.yml: InlineFilters[0].Key is not available in inline filters: use KeyPath',
  ]);
  assert.match(problemsOf('RuleID: twice')[0] ?? '', /^rules\/my\.yml: is not YAML: Map keys must be unique/);
  assert.match(problemsOf('---\n{}')[0] ?? '', /several documents/);
  assert.deepEqual(read({ 'a.yml': 'AnalysisType: spell' }).problems.map(describeProblem), [
    'a.yml: AnalysisType spell is none of rule, scheduled_rule, policy, correlation_rule, datamodel, global, pack, lookup_table, saved_query, scheduled_query, scheduled_prompt',
  ]);
  assert.deepEqual(read({ 'a.yml': rule }).problems.map(describeProblem), [
    'a.yml: Filename there is no file my_rule.py',
  ]);
  assert.deepEqual(read({ 'a.yml': rule, 'b.yml': rule, 'my_rule.py': code }).problems.map(describeProblem), [
    'b.yml: RuleID My.Rule is also the id of a.yml',
  ]);
});

test('a dedup period below five minutes is five', () => {
  const { detections } = read({ 'my.yml': `${rule}DedupPeriodMinutes: 1`, 'my_rule.py': code });
  assert.equal(detections[0]?.dedupPeriodMinutes, 5);
});

test('a simple detection is a rule whose body is expressions', () => {
  const simple = (detection: string) => `
AnalysisType: rule
RuleID: Simple
LogTypes: [Test]
Severity: Low
Detection: ${detection}
AlertTitle: "{a.b} did it"
GroupBy: [{KeyPath: a.b}]
AlertContext: [{KeyName: who, KeyValue: {KeyPath: a.b}}]
DynamicSeverities: [{ChangeTo: High, Conditions: [{Key: c, Condition: Exists}]}]
`;
  const { detections, problems } = read({ 's.yml': simple('[{KeyPath: a.b, Condition: Equals, Value: 1}]') });
  assert.deepEqual(problems, []);
  assert.equal(detections[0]?.body.language, 'expressions');
  assert.deepEqual(
    read({ 's.yml': simple('[{KeyPath: a.b, Condition: Equal}]') }).problems.map(describeProblem),
    ['s.yml: Detection[0].Condition there is no condition Equal'],
  );
});

test('a derived rule is its base with what it says itself', () => {
  const derived = (more: string) => `AnalysisType: rule\nRuleID: Mine\nBaseDetection: My.Rule\n${more}`;
  const files = (more: string) => ({
    'my.yml': `${rule}Threshold: 5`,
    'my_rule.py': code,
    'mine.yml': derived(more),
  });
  const { detections, problems } = read(files('Severity: Critical\nTags: [mine]'));
  assert.deepEqual(problems, []);
  const mine = detections.find(({ id }) => id === 'Mine');
  assert.deepEqual(
    [mine?.severity, mine?.threshold, mine?.tags, mine?.sources, mine?.body, mine?.baseDetection],
    [
      'CRITICAL',
      5,
      ['mine'],
      ['Panther.Audit'],
      { language: 'python', fileName: 'my_rule.py', source: code },
      'My.Rule',
    ],
  );
  assert.deepEqual(read({ 'mine.yml': derived('Severity: Low') }).problems.map(describeProblem), [
    'mine.yml: BaseDetection there is no My.Rule',
  ]);
  assert.deepEqual(
    read({
      ...files('Severity: Low'),
      'third.yml': 'AnalysisType: rule\nRuleID: Third\nBaseDetection: Mine\nSeverity: Low',
    }).problems.map(describeProblem),
    ['third.yml: BaseDetection Mine is derived itself'],
  );
});

test('data models: one for each log type, with paths that can be followed and methods that have code', () => {
  const model = (id: string, mappings: string, more = '') =>
    `AnalysisType: datamodel\nDataModelID: ${id}\nLogTypes: [Test]\nMappings: ${mappings}\n${more}`;
  const { dataModels, problems } = read({
    'm.yml': model('M', '[{Name: ip, Path: "$.a[*].b"}, {Name: who, Method: get_who}]', 'Filename: m.py'),
    'm.py': 'def get_who(event):\n    return 1\n',
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(dataModels, [
    {
      id: 'M',
      logType: 'Test',
      enabled: true,
      mappings: [
        { name: 'ip', path: '$.a[*].b' },
        { name: 'who', method: 'get_who' },
      ],
      code: { language: 'python', source: 'def get_who(event):\n    return 1\n' },
    },
  ]);
  const told = (files: Readonly<Record<string, string>>) => read(files).problems.map(describeProblem);
  assert.deepEqual(
    told({ 'm.yml': model('M', '[{Name: a, Path: a}]'), 'n.yml': model('N', '[{Name: a, Path: a}]') }),
    ['n.yml: LogTypes Test already has the enabled data model M'],
  );
  assert.deepEqual(told({ 'm.yml': model('M', '[{Name: a, Path: "a[?x]"}]') }), [
    'm.yml: Mappings[0].Path cannot follow a[?x]',
  ]);
  assert.deepEqual(told({ 'm.yml': model('M', '[{Name: a, Method: b}]') }), [
    'm.yml: Mappings[0].Method b needs a Filename',
  ]);
  assert.deepEqual(told({ 'm.yml': model('M', '[{Name: a}]') }), [
    'm.yml: Mappings[0] needs either Path or Method',
  ]);
  assert.deepEqual(told({ 'm.yml': model('M', '[]').replace('[Test]', '[A, B]') }), [
    'm.yml: LogTypes must name exactly one log type',
  ]);
});

test('every other kind is read, with its limits', () => {
  const files = {
    'policy.yml':
      'AnalysisType: policy\nPolicyID: P\nFilename: p.py\nResourceTypes: [AWS.S3.Bucket]\nSeverity: Info',
    'p.py': 'def policy(resource):\n    return True\n',
    'scheduled_rule.yml':
      'AnalysisType: scheduled_rule\nRuleID: S\nFilename: p.py\nScheduledQueries: [Q]\nSeverity: Info',
    'global.yml': 'AnalysisType: global\nGlobalID: helpers_of_ours\nFilename: p.py',
    'pack.yml': 'AnalysisType: pack\nPackID: Pack\nPackDefinition: {IDs: [P, Gone]}',
    'lookup.yml':
      'AnalysisType: lookup_table\nLookupName: L\nSchema: Custom.L\nFilename: l.csv\nLogTypeMap: {PrimaryKey: ip}',
    'l.csv': 'ip,who\n1.1.1.1,ada\n',
    'saved.yml': 'AnalysisType: saved_query\nQueryName: SQ\nQuery: SELECT 1',
    'query.yml':
      'AnalysisType: scheduled_query\nQueryName: Q\nQuery: SELECT 1\nSchedule: {RateMinutes: 15, TimeoutMinutes: 5}',
    'prompt.yml': 'AnalysisType: scheduled_prompt\nPromptName: daily_summary\nPromptText: Sum up',
    'correlation.yml': `AnalysisType: correlation_rule
RuleID: C
Severity: High
Detection:
  - Sequence:
      - {ID: one, RuleID: P}
      - {ID: two, RuleID: S, MinMatchCount: 2}
    Transitions: [{ID: t, From: one, To: two, WithinTimeFrameMinutes: 30, Match: [{On: a.b}]}]
    Schedule: {RateMinutes: 10, TimeoutMinutes: 5}
    LookbackWindowMinutes: 15`,
  };
  const content = read(files);
  assert.deepEqual(content.problems.map(describeProblem), [
    'pack.yml: PackDefinition.IDs[1] there is no Gone',
  ]);
  assert.deepEqual(content.detections.map(({ kind }) => kind).toSorted(), ['policy', 'scheduled_rule']);
  assert.deepEqual(
    content.globals.map(({ id }) => id),
    ['helpers_of_ours'],
  );
  assert.deepEqual(content.others.map(({ id }) => id).toSorted(), [
    'C',
    'L',
    'Pack',
    'Q',
    'SQ',
    'daily_summary',
  ]);
  const told = (path: keyof typeof files, from: string | RegExp, to: string) =>
    read({ ...files, [path]: files[path].replace(from, to) })
      .problems.filter(({ level }) => level === 'error')
      .map(describeProblem);
  assert.deepEqual(told('query.yml', 'RateMinutes: 15', 'RateMinutes: 3'), [
    'query.yml: Schedule.RateMinutes must not be less than TimeoutMinutes',
  ]);
  assert.deepEqual(told('query.yml', 'RateMinutes: 15', 'RateMinutes: 1'), [
    'query.yml: Schedule.RateMinutes Too small: expected number to be >1',
    'query.yml: Schedule.RateMinutes must not be less than TimeoutMinutes',
  ]);
  assert.deepEqual(told('query.yml', 'RateMinutes: 15, ', ''), [
    'query.yml: Schedule needs one of CronExpression and RateMinutes',
  ]);
  assert.deepEqual(told('saved.yml', 'Query: SELECT 1', ''), [
    'saved.yml: needs a Query, SnowflakeQuery, AthenaQuery or DatabricksQuery',
  ]);
  assert.deepEqual(told('prompt.yml', 'daily_summary', 'Daily'), [
    'prompt.yml: PromptName must be lower-case letters, digits and _',
  ]);
  assert.deepEqual(told('global.yml', 'helpers_of_ours', 'not-a-module'), [
    'global.yml: GlobalID must be a name that Python can import',
  ]);
  assert.deepEqual(told('correlation.yml', 'On: a.b', 'On: a.b, From: c'), [
    'correlation.yml: Detection[0].Transitions[0].Match[0] needs either On or both From and To',
  ]);
  assert.deepEqual(told('policy.yml', 'Severity: Info', 'Severity: Info\nSuppressions: [a, a]'), [
    'policy.yml: Suppressions[1] a is there twice',
  ]);
});

test('a lookup table is told what is wrong with it and with its rows', () => {
  const table = (name: string, more: string) =>
    `AnalysisType: lookup_table\nLookupName: ${name}\nSchema: Custom.L\n${more}`;
  const map = 'LogTypeMap: {PrimaryKey: ip, AssociatedLogTypes: [{LogType: T, Selectors: [a.b]}]}';
  const { lookupTables, items, problems } = read({
    'good.yml': table('Good', `Filename: rows.csv\n${map}`),
    'rows.csv': 'ip,who\n1.1.1.1,ada\n',
    'bad.yml': table('Bad', `Filename: bad.jsonl\n${map}`),
    'bad.jsonl': '{"ip": "1"}\n{"who": 1}\n',
    'gone.yml': table('Gone', `Filename: gone.csv\n${map}`),
    'path.yml': table('Path', `Filename: rows.csv\n${map.replace('a.b', 'a..b')}`),
    'none.yml': table('None', map),
    's3.yml': table('S3', `Refresh: {PeriodMinutes: 15}\n${map}`),
    'off.yml': table('Off', `Enabled: false\nRefresh: {PeriodMinutes: 15}\n${map}`),
  });
  assert.deepEqual(lookupTables, [
    {
      id: 'Good',
      selectors: [{ logType: 'T', selector: 'a.b' }],
      rows: [['1.1.1.1', { ip: '1.1.1.1', who: 'ada' }]],
    },
  ]);
  assert.deepEqual(
    items.map(({ id }) => id),
    ['Good', 'Off'],
  );
  const refresh = 'Refresh is not done here: give the rows in a file beside this one, as Filename';
  assert.deepEqual(
    problems.map((problem) => `${problem.level}: ${describeProblem(problem)}`),
    [
      'error: bad.yml: Filename bad.jsonl: line 2: its primary key ip must be a text or a number',
      'error: gone.yml: Filename there is no file gone.csv',
      'error: path.yml: LogTypeMap.AssociatedLogTypes cannot follow a..b of T',
      'error: none.yml: Filename is required: rows are read from a file beside this one',
      `error: s3.yml: ${refresh}`,
      `warning: off.yml: ${refresh}`,
    ],
  );
});
