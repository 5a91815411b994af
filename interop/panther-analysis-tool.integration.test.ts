import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { startTestInstance, type TestInstance } from '@pawprint/testing';

/** Panther's own command-line tool, unmodified, installed once into .cache. */
const tool = 'panther_analysis_tool==1.7.0';
const environment = join(import.meta.dirname, '../.cache/panther-analysis-tool-1.7.0');

function install(): string | false {
  const program = join(environment, 'bin/panther_analysis_tool');
  if (existsSync(program)) return false;
  for (const [command, args] of [
    ['python3', ['-m', 'venv', environment]],
    [join(environment, 'bin/pip'), ['install', '--quiet', tool]],
  ] as const) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) return `the tool could not be installed: ${error ?? stderr.trim().split('\n').at(-1)}`;
  }
  return false;
}

const rule = (id: string, tests = true) => ({
  [`rules/${id}.yml`]: `AnalysisType: rule
RuleID: ${id}
DisplayName: Rule ${id}
Filename: ${id}.py
Enabled: true
LogTypes:
  - Panther.Audit
Severity: High
DedupPeriodMinutes: 60
Threshold: 1
${tests ? `Tests:\n  - Name: deleted\n    ExpectedResult: true\n    Log:\n      actionName: DELETE_DETECTION\n  - Name: listed\n    ExpectedResult: false\n    Log:\n      actionName: LIST_DETECTIONS\n` : ''}`,
  [`rules/${id}.py`]: `from own_helper import deletes


def rule(event):
    return deletes(event.get("actionName"))


def title(event):
    return f"{event.get('actionName')} was done"
`,
});

const content: Readonly<Record<string, string>> = {
  ...rule('Own.First'),
  ...rule('Own.Second'),
  'global_helpers/own_helper.yml': 'AnalysisType: global\nGlobalID: own_helper\nFilename: own_helper.py\n',
  'global_helpers/own_helper.py': 'def deletes(name):\n    return name == "DELETE_DETECTION"\n',
  'data_models/own.yml':
    'AnalysisType: datamodel\nDataModelID: Own.Model\nDisplayName: Own\nEnabled: true\nLogTypes:\n  - Custom.Own\nMappings:\n  - Name: ip\n    Path: a.b\n',
  'rules/simple.yml':
    'AnalysisType: rule\nRuleID: Own.Simple\nEnabled: true\nLogTypes:\n  - Panther.Audit\nSeverity: Low\nDetection:\n  - KeyPath: actionName\n    Condition: Equals\n    Value: X\n',
};

suite("Panther's command-line tool works with the instance", { skip: install() }, () => {
  let folder: string;
  let instance: TestInstance;
  let token: { readonly value: string; readonly id: string };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pawprint-pat-'));
    for (const [path, text] of Object.entries(content)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    instance = await startTestInstance();
    token = await instance.tokenWith([
      'GeneralSettingsRead',
      'BulkUpload',
      'BulkUploadValidate',
      'RuleRead',
      'RuleModify',
      'LogSourceRead',
      'DataAnalyticsModify',
    ]);
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs the tool as a person would, with the token unless it is to do without. */
  async function pat(args: readonly string[], { withToken = true } = {}) {
    const child = spawn(
      join(environment, 'bin/panther_analysis_tool'),
      [
        '--skip-version-check',
        ...args,
        ...(withToken
          ? ['--api-token', token.value, '--api-host', `${instance.address}/public/graphql`]
          : []),
      ],
      { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder, NO_COLOR: '1' } },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const [code] = await once(child, 'close');
    return { code, output };
  }

  /** What a command left on record, without the polling. */
  async function recordedBy(work: () => Promise<{ code: unknown; output: string }>) {
    let outcome = { code: undefined as unknown, output: '' };
    const records = await instance.recordsOf(async () => {
      outcome = await work();
    });
    const status = /_STATUS$/;
    return { ...outcome, records: records.filter(({ actionName }) => !status.test(actionName)) };
  }
  const outline = ({ actionName, actionResult }: AuditRecord) => `${actionName} ${actionResult}`;

  test('check-connection', async () => {
    const { code, output, records } = await recordedBy(() => pat(['check-connection']));
    assert.equal(code, 0, output);
    assert.match(output, /connected to Panther backend on version: 0\.1\.0/);
    assert.deepEqual(records.map(outline), ['GET_GENERAL_SETTINGS SUCCEEDED']);
    const [record] = records;
    assert.deepEqual([record?.actor.type, record?.actor.id], ['TOKEN', token.id]);
    assert.match(record?.userAgent ?? '', /^Python\//);
  });

  test('test: rules pass their tests; without a token nothing is asked of the instance', async () => {
    const { code, output, records } = await recordedBy(() => pat(['test', '--path', '.']));
    assert.equal(code, 0, output);
    assert.match(output, /Own\.First/);
    assert.deepEqual(records.map(outline).toSorted(), [
      'LIST_SCHEMAS SUCCEEDED',
      'TRANSPILE_SIMPLE_DETECTIONS FAILED',
    ]);
    const alone = await recordedBy(() => pat(['test', '--path', '.'], { withToken: false }));
    assert.equal(alone.code, 0, alone.output);
    assert.deepEqual(alone.records, []);
  });

  test('validate', async () => {
    const { code, output, records } = await recordedBy(() => pat(['validate', '--path', '.']));
    assert.equal(code, 0, output);
    assert.match(output, /Validation success/);
    assert.deepEqual(records.map(outline), ['LIST_SCHEMAS SUCCEEDED', 'VALIDATE_BULK_UPLOAD SUCCEEDED']);
  });

  test('upload, asynchronous as it is by default: taken in whole, its record without the bytes', async () => {
    const { code, output, records } = await recordedBy(() => pat(['upload', '--path', '.', '--skip-tests']));
    assert.equal(code, 0, output);
    const uploads = records.filter(({ actionName }) => actionName === 'UPLOAD_DETECTION_ENTITIES');
    assert.deepEqual(
      uploads.map(({ actionResult, actionParams }) => [actionResult, dataOf(actionParams)]),
      Array(2).fill(['SUCCEEDED', '(redacted)']),
    );
    assert.deepEqual(uploadedOf(uploads[1]), {
      rules: { new: ['Own.First', 'Own.Second', 'Own.Simple'].toSorted(), modified: [] },
      globalHelpers: { new: ['own_helper'], modified: [] },
      dataModels: { new: ['Own.Model'], modified: [] },
    });
    assert.deepEqual(
      records
        .filter(({ actionName }) => actionName !== 'UPLOAD_DETECTION_ENTITIES')
        .map(outline)
        .toSorted(),
      ['GET_FEATURE_FLAGS SUCCEEDED', 'INTROSPECT_API_SCHEMA SUCCEEDED', 'LIST_SCHEMAS SUCCEEDED'],
    );
  });

  test('upload, synchronous: what is the same is left as it is', async () => {
    const { code, output, records } = await recordedBy(() =>
      pat(['upload', '--path', '.', '--skip-tests', '--no-async']),
    );
    assert.equal(code, 0, output);
    const [upload, ...more] = records.filter(({ actionName }) => actionName === 'UPLOAD_DETECTION_ENTITIES');
    assert.deepEqual(more, []);
    assert.deepEqual(uploadedOf(upload), {});
  });

  test('upload of a rule that can not work is refused, with the file named', async () => {
    await writeFile(join(folder, 'rules/Own.First.py'), 'def rule(event)\n    return True\n');
    const { code, output } = await pat(['upload', '--path', '.', '--skip-tests', '--max-retries', '0']);
    assert.notEqual(code, 0);
    assert.match(output, /Own\.First\.py/);
    await writeFile(join(folder, 'rules/Own.First.py'), content['rules/Own.First.py'] ?? '');
  });

  test('delete: first as a trial, then for good', async () => {
    const { code, output, records } = await recordedBy(() =>
      pat(['delete', '--no-confirm', '--analysis-id', 'Own.First', '--analysis-id', 'Own.Nothing']),
    );
    assert.equal(code, 0, output);
    assert.deepEqual(records.map(outline), [
      'DELETE_DETECTION SUCCEEDED',
      'DELETE_DETECTION PARTIALLY_FAILED',
    ]);
    assert.deepEqual(records[0]?.actionDetails, { wouldDelete: ['Own.First'], savedQueryNames: [] });
    const { detections } = await instance.admin.ask<{ detections: { edges: { node: { id: string } }[] } }>(
      'query { detections(input: {nameContains: "own."}) { edges { node { id } } } }',
    );
    assert.deepEqual(detections.edges.map(({ node }) => node.id).toSorted(), [
      'Own.Model',
      'Own.Second',
      'Own.Simple',
    ]);
  });
});

function dataOf(params: AuditRecord['actionParams']): unknown {
  return (params as { dynamic: { input: { data: unknown } } }).dynamic.input.data;
}

function uploadedOf(record: AuditRecord | undefined): unknown {
  return (record?.actionDetails as { uploaded?: unknown } | undefined)?.uploaded;
}
