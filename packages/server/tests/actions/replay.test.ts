import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionClient, startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';
import { ask } from '../lake-query.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

const operations = {
  create:
    'mutation ($input: CreateReplayInput!) { createReplay(input: $input) { replay { id detectionId } } }',
  get: `query ($id: ID!) { replay(id: $id) {
    id state message detectionId completedAt scope { logTypes dataWindow { timeWindow { startsAt endsAt } } }
    summary { ruleMatchCount totalAlerts ruleErrorCount eventsProcessedCount eventsSkippedCount evaluationProgress }
    alerts { title dedup eventCount } matches { rowId title } errors { text count } noisiest { text count } } }`,
  list: 'query ($input: ReplaysInput) { replays(input: $input) { edges { node { id detectionId } } } }',
  stop: 'mutation ($input: StopReplayInput!) { stopReplay(input: $input) { replay { id } } }',
};

const startsAt = '2026-01-01T00:00:00.000Z';
const bruteForce = 'Pawprint.Audit.SignInBruteForce';

/** A rule that is not kept. */
const rule = (body: string, more = '') => [
  {
    path: 'mine.ts',
    text: `import { defineRule } from '@pawprint/detections';
export default defineRule({
  id: 'Mine', logTypes: ['Panther.Audit'], defaultSeverity: 'LOW', ${more}
  rule(event) { ${body} },
  title: (event) => \`\${event.actionName} by somebody\`,
});`,
  },
];

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly summary: Readonly<Record<string, number>>;
  readonly alerts: readonly { readonly title: string; readonly dedup: string; readonly eventCount: number }[];
  readonly matches: readonly { readonly rowId: string }[];
  readonly errors: readonly { readonly text: string; readonly count: number }[];
  readonly noisiest: readonly { readonly text: string; readonly count: number }[];
}

async function create(input: Record<string, unknown>): Promise<string> {
  const { createReplay } = await admin.ask<{ createReplay: { replay: { id: string } } }>(operations.create, {
    input: { startsAt, ...input },
  });
  return createReplay.replay.id;
}

async function ended(id: string): Promise<Replay> {
  for (;;) {
    const { replay } = await admin.ask<{ replay: Replay }>(operations.get, { id });
    if (replay.state !== 'EVALUATION_IN_PROGRESS') return replay;
    await delay(100);
  }
}

const kept = await create({ detectionId: bruteForce });
await ended(kept);

testActions(instance, [
  {
    operation: operations.create,
    action: 'CREATE_REPLAY',
    description: 'Runs a rule over events of the past',
    permission: 'RuleModify',
    given: () => ({ input: { startsAt, detectionId: bruteForce } }),
    details: ({ createReplay: { replay } }) => ({
      replayId: replay.id,
      detectionId: bruteForce,
      logType: 'Panther.Audit',
    }),
    refusals: [
      {
        variables: { input: { startsAt } },
        field: 'input.detectionId',
        message: 'input.detectionId: give either detectionId or files',
      },
      {
        variables: { input: { startsAt, detectionId: 'Nope' } },
        code: 'NOT_FOUND',
        field: 'input.detectionId',
        message: 'There is no rule Nope',
      },
      {
        variables: {
          input: { startsAt: '2026-02-01T00:00:00.000Z', endsAt: startsAt, detectionId: bruteForce },
        },
        field: 'input.endsAt',
        message: 'input.endsAt: must be after startsAt',
      },
    ],
  },
  {
    operation: operations.get,
    action: 'GET_REPLAY',
    description: 'Fetches a replay and how far it is',
    permission: 'RuleRead',
    given: () => ({ id: kept }),
    refusals: [
      { variables: { id: 'nope' }, code: 'NOT_FOUND', field: 'id', message: 'There is no replay nope' },
    ],
  },
  {
    operation: operations.list,
    action: 'LIST_REPLAYS',
    description: 'Lists the replays, newest first',
    permission: 'RuleRead',
    given: () => ({ input: { detectionId: bruteForce, pageSize: 1 } }),
    refusals: [
      {
        variables: { input: { cursor: 'x' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
    ],
  },
  {
    operation: operations.stop,
    action: 'STOP_REPLAY',
    description: 'Stops a replay',
    permission: 'RuleModify',
    given: () => ({ input: { id: kept } }),
    refusals: [
      {
        variables: { input: { id: 'nope' } },
        code: 'NOT_FOUND',
        field: 'input.id',
        message: 'There is no replay nope',
      },
    ],
  },
]);

test('a rule that is not kept is run over the past, and nothing comes of it but the answer', async () => {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await sessionClient(instance.address).post('/internal/sign-in', {
      email: 'x@example.com',
      password: 'wrong',
    });
  }
  await instance.records();
  const files = rule(
    "return event.actionName === 'SIGN_IN' && event.actionResult === 'FAILED'",
    'threshold: 2,',
  );
  const { state, summary, alerts, matches, noisiest } = await ended(await create({ files }));
  assert.equal(state, 'DONE');
  assert.equal(summary.ruleMatchCount, 3);
  assert.equal(summary.totalAlerts, 1);
  assert.equal(summary.evaluationProgress, 1);
  const title = 'SIGN_IN by somebody';
  assert.deepEqual(alerts, [{ title, dedup: title, eventCount: 3 }]);
  assert.deepEqual(noisiest, [{ text: title, count: 3 }]);
  const failed = await ask(
    admin,
    "SELECT p_row_id FROM panther_audit WHERE actionName = 'SIGN_IN' AND actionResult = 'FAILED' ORDER BY p_ledger_index",
  );
  assert.deepEqual(
    matches.map(({ rowId }) => rowId),
    failed.map((row) => row.p_row_id),
  );
  assert.deepEqual(
    await ask(admin, "SELECT * FROM panther_rule_matches.panther_audit WHERE p_rule_id = 'Mine'"),
    [],
  );
});

test('what a rule fails with is counted', async () => {
  const { state, summary, errors } = await ended(await create({ files: rule('throw new Error("boom")') }));
  assert.equal(state, 'DONE');
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.text ?? '', /boom/);
  assert.equal(errors[0]?.count, summary.ruleErrorCount);
});

test('a rule that can not be read is refused with its problem', async () => {
  const { errors } = await admin.graphql(operations.create, {
    input: { startsAt, files: [{ path: 'bad.ts', text: 'export default {' }] },
  });
  assert.equal(errors[0]?.extensions?.code, 'INVALID_INPUT');
  assert.match(errors[0]?.message ?? '', /bad\.ts/);
});

test('a replay of a log type that somebody may not read is not there for them', async () => {
  const role = { logTypeAccessKind: 'DENY', logTypeAccess: ['Panther.Audit'] };
  const limited = await instance.userWith(['RuleRead', 'RuleModify'], role);
  const { errors } = await limited.graphql(operations.get, { id: kept });
  assert.equal(errors[0]?.message, `There is no replay ${kept}`);
  const { replays } = await limited.ask<{ replays: { edges: readonly unknown[] } }>(operations.list, {});
  assert.deepEqual(replays.edges, []);
  const refused = await limited.graphql(operations.create, { input: { startsAt, detectionId: bruteForce } });
  assert.match(refused.errors[0]?.message ?? '', /no events of Panther\.Audit that you may read/);
});

test('a replay can be stopped', async () => {
  const files = rule(
    'for (let i = 0; i < 2e9; i += 1) if (event.actionName === "x" + i) return true; return false',
  );
  const id = await create({ files });
  await admin.ask(operations.stop, { input: { id } });
  const { state } = await ended(id);
  assert.ok(state === 'CANCELED' || state === 'DONE');
});
