import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  alertsOf,
  createMemoryCache,
  type ManagedPack,
  type Outcome,
  readManagedPack,
} from '@pawprint/detections';
import { actions } from '@pawprint/record';
import { testEngine } from './test-engine.ts';

const now = Date.parse('2026-11-25T12:00:00Z');
const engine = testEngine({ answerCall: createMemoryCache(() => now / 1000).answer });
let pack: ManagedPack;
before(async () => {
  pack = await readManagedPack(engine);
  await engine.setContent({ dataModels: [pack.dataModel] });
  assert.deepEqual(await engine.put(pack.rules), new Map());
});
after(() => engine.close());

test('every managed rule passes its own tests, of which one matches and one does not', async () => {
  for (const { id, tests } of pack.rules) {
    const results = await engine.test(id);
    assert.deepEqual(
      results.filter(({ passed }) => !passed).map(({ name, reasons }) => ({ name, reasons })),
      [],
      id,
    );
    assert.deepEqual(new Set(tests.map(({ expectedResult }) => expectedResult)), new Set([true, false]), id);
  }
});

test('every managed rule tells what to do, how bad it is and what it means in MITRE ATT&CK', () => {
  assert(pack.rules.length >= 14, `${pack.rules.length} rules`);
  for (const { id, displayName, description, runbook, reports, enabled } of pack.rules) {
    assert.match(id, /^Pawprint\.Audit\.\w+$/);
    assert(displayName !== undefined && description.length > 20 && runbook.length > 40, id);
    assert(enabled, id);
    for (const technique of reports['MITRE ATT&CK'] ?? assert.fail(id)) {
      assert.match(technique, /^TA\d{4}:T\d{4}(\.\d{3})?$/);
    }
  }
});

test('managed rules speak of actions that exist', () => {
  const named = pack.rules.flatMap(({ body, id }) =>
    'source' in body
      ? [...body.source.matchAll(/'((?:CREATE|UPDATE|DELETE|SIGN|DOWNLOAD|EXECUTE)_[A-Z_]+)'/g)].map(
          ([, name = '']) => ({ id, name }),
        )
      : [],
  );
  assert.deepEqual(
    named.filter(({ name }) => !Object.hasOwn(actions, name)),
    [],
  );
});

interface Done {
  readonly name: string;
  readonly by: string;
  readonly result?: 'SUCCEEDED' | 'FAILED';
  readonly input?: unknown;
  readonly rest?: Readonly<Record<string, unknown>>;
}

/** What the pack says about actions done one second after the other. */
async function saying(done: readonly Done[]): Promise<readonly Outcome[]> {
  const events = done.map(({ name, by, result = 'SUCCEEDED', input = {}, rest }, second) =>
    JSON.stringify({
      actionName: name,
      actionResult: result,
      actionParams: { dynamic: { input }, static: {} },
      actor: { id: by, type: 'USER', name: by },
      timestamp: new Date(now + second * 1000).toISOString().replace('T', ' ').replace('Z', ''),
      pantherVersion: '1.0.0',
      ...rest,
    }),
  );
  return engine.evaluate({ source: 'Panther.Audit', events });
}

const matchesOf = (outcomes: readonly Outcome[]) =>
  outcomes.map((outcome) =>
    outcome.kind === 'error' ? outcome.message : `${outcome.event} ${outcome.detectionId}`,
  );

test('a sign-in after five failures is found across batches', async () => {
  const failure: Done = { name: 'SIGN_IN', by: 'eve', result: 'FAILED' };
  assert.deepEqual(await saying(Array(3).fill(failure)), []);
  assert.deepEqual(await saying([failure, failure]), []);
  assert.deepEqual(matchesOf(await saying([{ name: 'SIGN_IN', by: 'eve' }])), [
    '0 Pawprint.Audit.SignInBruteForce',
  ]);
  assert.deepEqual(await saying([{ name: 'SIGN_IN', by: 'eve' }]), [], 'counting starts again');
});

test('a role that is made, given and used to export data is found', async () => {
  const outcomes = await saying([
    { name: 'CREATE_USER_ROLE', by: 'ada', input: { name: 'Export' } },
    { name: 'UPDATE_USER', by: 'ada', input: { id: 'bob', role: { kind: 'NAME', value: 'Export' } } },
    { name: 'DOWNLOAD_DATA_LAKE_QUERY', by: 'bob', input: { id: 'q1' } },
    { name: 'DOWNLOAD_DATA_LAKE_QUERY', by: 'ada', input: { id: 'q1' } },
  ]);
  assert(matchesOf(outcomes).includes('2 Pawprint.Audit.RoleMadeGivenUsed'));
  assert(!matchesOf(outcomes).includes('3 Pawprint.Audit.RoleMadeGivenUsed'));
});

test('a removed user who acts is found', async () => {
  const outcomes = await saying([
    { name: 'DELETE_USER', by: 'ada', input: { id: 'mallory' } },
    { name: 'LIST_ALERTS', by: 'mallory', result: 'FAILED' },
  ]);
  assert(matchesOf(outcomes).includes('1 Pawprint.Audit.RemovedUserActive'));
});

test('ten different exports make one alert, and the same export ten times none', async () => {
  const rules = pack.rules.find(({ id }) => id === 'Pawprint.Audit.MassExport') ?? assert.fail();
  const alerts = async (ids: readonly string[]) => {
    const outcomes = await saying(
      ids.map((id) => ({ name: 'DOWNLOAD_DATA_LAKE_QUERY', by: 'carol', input: { id } })),
    );
    const matches = outcomes.flatMap((outcome) =>
      outcome.kind === 'match' && outcome.detectionId === rules.id
        ? [{ verdict: outcome, atMs: now + outcome.event * 1000 }]
        : [],
    );
    return alertsOf(rules, matches).map(({ dedup, matchCount }) => ({ dedup, matchCount }));
  };
  assert.deepEqual(await alerts(Array.from({ length: 12 }, (_, index) => `q${index}`)), [
    { dedup: 'carol', matchCount: 12 },
  ]);
  assert.deepEqual(await alerts(Array(12).fill('q1')), []);
});

/** Ours, and the published rule that means the same. */
const counterparts: Readonly<Record<string, string>> = {
  'Panther.Detection.Deleted': 'Pawprint.Audit.ContentDeleted',
  'Panther.SAML.Modified': 'Pawprint.Audit.SamlChanged',
  'Panther.Sensitive.Role': 'Pawprint.Audit.SensitiveRole',
  'Panther.User.Modified': 'Pawprint.Audit.UserChanged',
};

const examples = process.env.TEST_AUDIT_EXAMPLES;
test('the published examples of audit records mean the same to our rules', {
  skip: examples === undefined && 'TEST_AUDIT_EXAMPLES names no file of published examples',
}, async () => {
  const lines = readFileSync(examples ?? '', 'utf8')
    .trim()
    .split('\n');
  assert.equal(lines.length, 13);
  for (const line of lines) {
    const { rule_id, test_name, expected, event } = JSON.parse(line);
    const id = counterparts[rule_id] ?? assert.fail(rule_id);
    const outcomes = await engine.evaluateOne(id, {
      source: 'Panther.Audit',
      events: [JSON.stringify(event)],
    });
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      expected ? ['match'] : [],
      `${rule_id}: ${test_name}`,
    );
  }
});
