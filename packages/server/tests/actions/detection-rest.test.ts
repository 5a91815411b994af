import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Actor, AuditRecord } from '@pawprint/record';
import { type Client, startTestInstance } from '@pawprint/testing';
import { expectedRecord, recordsOf } from '../expected-record.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());

interface Person {
  readonly client: Client;
  readonly actor: Actor;
}
let holder: Person;
let reader: Person;
before(async () => {
  holder = await token('RuleRead', 'RuleModify', 'PolicyRead', 'PolicyModify');
  reader = await token('RuleRead', 'PolicyRead');
});

async function token(...permissions: Parameters<typeof instance.tokenWith>[0]): Promise<Person> {
  const client = await instance.tokenWith(permissions);
  const [record] = await instance.recordsOf(() => client.fetch('/public/rules'));
  assert(record);
  return { client, actor: record.actor };
}

/** A request, and the status and body of its answer. */
async function send({ client }: Person, method: string, path: string, body?: unknown) {
  const response = await client.fetch(`/public/${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

const python = 'def rule(event):\n    return event.get("a") == 1\n';
const tests = [
  { name: 'matches', expectedResult: true, log: { a: 1 } },
  { name: 'leaves alone', expectedResult: false, log: { a: 2 } },
];
const correlation = `- Group:
    - ID: A
      RuleID: One
    - ID: B
      RuleID: Two
  LookbackWindowMinutes: 60
`;

/** Of each resource: a body that it takes, what of it comes back, and the names of its records. */
const resources = [
  {
    path: 'rules',
    name: 'rule',
    kind: 'rule',
    permission: 'Rule',
    actions: ['CREATE_RULE', 'GET_RULE', 'UPDATE_RULE', 'LIST_DETECTIONS', 'DELETE_DETECTION'],
    body: {
      body: python,
      severity: 'HIGH',
      logTypes: ['Panther.Audit'],
      displayName: 'By REST',
      tags: ['Own'],
      dedupPeriodMinutes: 30,
      threshold: 2,
      reports: { 'MITRE ATT&CK': ['TA0005:T1562'] },
      inlineFilters: 'All:\n  - KeyPath: actionName\n    Condition: Exists\n',
      createAlert: false,
      outputIDs: ['x'],
    },
    wrong: { severity: 'HIGH', body: python },
    problem: 'R_rules.yml: LogTypes is required',
  },
  {
    path: 'simple-rules',
    name: 'simple rule',
    kind: 'rule',
    permission: 'Rule',
    actions: ['CREATE_RULE', 'GET_RULE', 'UPDATE_RULE', 'LIST_DETECTIONS', 'DELETE_DETECTION'],
    body: {
      detection: '- KeyPath: a\n  Condition: Equals\n  Value: 1\n',
      severity: 'LOW',
      logTypes: ['Panther.Audit'],
      alertTitle: 'Value {a}\n',
      tests: [tests[0]],
    },
    wrong: { detection: '- [', severity: 'LOW', logTypes: ['A'] },
    problem: /^detection: is not YAML: /,
  },
  {
    path: 'scheduled-rules',
    name: 'scheduled rule',
    kind: 'scheduled_rule',
    permission: 'Rule',
    actions: ['CREATE_RULE', 'GET_RULE', 'UPDATE_RULE', 'LIST_DETECTIONS', 'DELETE_DETECTION'],
    body: { body: python, severity: 'INFO', scheduledQueries: ['My query'] },
    wrong: { body: 'def rule(', severity: 'INFO', scheduledQueries: ['My query'] },
    problem: "R_scheduled-rules.py: can not be loaded: '(' was never closed (R_scheduled-rules.py, line 1)",
  },
  {
    path: 'correlation-rules',
    name: 'correlation rule',
    kind: 'correlation_rule',
    permission: 'Rule',
    actions: ['CREATE_RULE', 'GET_RULE', 'UPDATE_RULE', 'LIST_DETECTIONS', 'DELETE_DETECTION'],
    body: { detection: correlation, severity: 'MEDIUM' },
    wrong: { detection: 'Group: []', severity: 'MEDIUM' },
    problem: 'R_correlation-rules.yml: Detection Invalid input: expected array, received object',
  },
  {
    path: 'policies',
    name: 'policy',
    kind: 'policy',
    permission: 'Policy',
    actions: ['CREATE_POLICY', 'GET_POLICY', 'UPDATE_POLICY', 'LIST_POLICIES', 'DELETE_DETECTION'],
    body: {
      body: 'def policy(resource):\n    return True\n',
      severity: 'LOW',
      resourceTypes: ['AWS.S3.Bucket'],
      suppressions: ['public-*'],
    },
    wrong: { body: 'x', severity: 'SOME' },
    problem: 'severity: Invalid option: expected one of "INFO"|"LOW"|"MEDIUM"|"HIGH"|"CRITICAL"',
  },
  {
    path: 'data-models',
    name: 'data model',
    kind: 'datamodel',
    permission: 'Rule',
    actions: [
      'CREATE_DATA_MODEL',
      'GET_DATA_MODEL',
      'UPDATE_DATA_MODEL',
      'LIST_DATA_MODELS',
      'DELETE_DATA_MODEL',
    ],
    body: {
      body: 'def get_user(event):\n    return event.get("u")\n',
      logTypes: ['Custom.Own'],
      mappings: [
        { name: 'ip', path: 'a.b' },
        { name: 'user', method: 'get_user' },
      ],
    },
    wrong: { logTypes: ['Custom.Own'], mappings: [{ name: 'user' }] },
    problem: 'R_data-models.yml: Mappings[0] needs either Path or Method',
  },
  {
    path: 'globals',
    name: 'global helper',
    kind: 'global',
    permission: 'Rule',
    actions: [
      'CREATE_GLOBAL_HELPER',
      'GET_GLOBAL_HELPER',
      'UPDATE_GLOBAL_HELPER',
      'LIST_GLOBAL_HELPERS',
      'DELETE_GLOBAL_HELPER',
    ],
    body: { body: 'def one():\n    return 1\n', description: 'One', tags: ['Own'] },
    wrong: { description: 'No code' },
    problem: 'body: Invalid input: expected string, received undefined',
  },
] as const;

for (const { path, name, kind, permission, actions, body, wrong, problem } of resources) {
  const [creates, gets, updates, lists, deletes] = actions;
  // An id that is no file name; of a module it must be one.
  const id = kind === 'global' ? `R_${path}` : `R/${path}`;
  const at = `${path}/${encodeURIComponent(id)}`;
  const plural = path.replaceAll('-', ' ');

  test(`${path}: made, fetched, listed, replaced, deleted, each with its whole record`, async () => {
    const input = { id, ...body };
    const changed = { ...body, description: 'Changed' };
    const shown: unknown[] = [];
    const records = await recordsOf(instance, async () => {
      const made = await send(holder, 'POST', path, input);
      assert.equal(made.status, 200, JSON.stringify(made.body));
      const { createdAt, lastModified, createdBy, lastModifiedBy, tests: _, ...rest } = made.body;
      const { tests: __, ...given } = input as { tests?: unknown };
      assert.deepEqual(rest, { enabled: true, managed: false, ...given });
      assert.match(createdAt, /^\d{4}-/);
      assert.equal(lastModified, createdAt);
      assert.deepEqual(
        [createdBy, lastModifiedBy],
        Array(2).fill({ id: holder.actor.id, type: 'api-token' }),
      );

      const again = await send(holder, 'POST', path, input);
      assert.deepEqual(again, { status: 409, body: { message: `There is already a ${name} ${id}` } });
      assert.deepEqual(await send(holder, 'GET', at), { status: 200, body: made.body });
      const list = await send(holder, 'GET', `${path}?name-contains=R`);
      shown.push(...list.body.results);
      assert.deepEqual(list, { status: 200, body: { results: [made.body] } });
      const replaced = await send(holder, 'PUT', at, changed);
      assert.deepEqual([replaced.status, replaced.body.description], [200, 'Changed']);
      assert.deepEqual(await send(holder, 'DELETE', at), { status: 204, body: undefined });
      assert.equal((await send(holder, 'GET', at)).status, 404);
      assert.equal((await send(holder, 'PUT', at, body)).status, 201);
    });
    assert.deepEqual(
      records.map(withoutHashes),
      [
        { action: creates, description: `Adds a ${name}`, dynamic: input, details: { after: version(1) } },
        {
          action: creates,
          description: `Adds a ${name}`,
          dynamic: input,
          errors: [`There is already a ${name} ${id}`],
        },
        { action: gets, description: `Fetches the ${name} with an id`, dynamic: { id } },
        { action: lists, description: `Lists the ${plural}`, dynamic: { 'name-contains': 'R' } },
        {
          action: updates,
          description: `Adds or replaces a ${name}`,
          dynamic: { ...changed, id },
          details: { before: version(1), after: version(2) },
        },
        {
          action: deletes,
          description: `Deletes a ${name}`,
          dynamic: { id },
          details: { before: version(2) },
        },
        {
          action: gets,
          description: `Fetches the ${name} with an id`,
          dynamic: { id },
          errors: [`There is no ${name} ${id}`],
        },
        {
          action: updates,
          description: `Adds or replaces a ${name}`,
          dynamic: { ...body, id },
          details: { after: version(3) },
        },
      ].map((expected) => expectedRecord({ ...expected, actor: holder.actor })),
    );
    await send(holder, 'DELETE', at);
  });

  const version = (number: number) => ({
    kind,
    id,
    displayName: 'displayName' in body ? body.displayName : id,
    enabled: true,
    version: number,
    files: [`R_${path}.yml`, ...('body' in body ? [`R_${path}.py`] : [])],
  });

  test(`${path}: refused without the permission, and for what is wrong, and recorded`, async () => {
    const input = { id, ...wrong };
    const message = `This needs the permission ${permission}Modify`;
    let told = '';
    const records = await recordsOf(instance, async () => {
      assert.deepEqual(await send(reader, 'POST', path, input), { status: 403, body: { message } });
      assert.deepEqual(await send(reader, 'DELETE', at), { status: 403, body: { message } });
      const refused = await send(holder, 'POST', path, input);
      assert.equal(refused.status, 400);
      told = refused.body.message;
      if (typeof problem === 'string') assert.equal(told, problem);
      else assert.match(told, problem);
      assert.equal((await send(holder, 'DELETE', at)).status, 404);
    });
    assert.deepEqual(
      records.map(({ actionName, actionResult, errors }) => [actionName, actionResult, errors?.[0]?.message]),
      [
        [creates, 'FAILED', message],
        [deletes, 'FAILED', message],
        [creates, 'FAILED', told],
        [deletes, 'FAILED', `There is no ${name} ${id}`],
      ],
    );
  });
}

/** Hashes of files are tested elsewhere: what stays of each file is its path. */
function withoutHashes(record: AuditRecord): AuditRecord {
  const replaced = JSON.stringify(record, (key, value) =>
    key === 'files' && Array.isArray(value) ? value.map(({ path }) => path) : value,
  );
  return JSON.parse(replaced);
}

test('a rule whose tests fail is not kept: the answer has their results, the record their names', async () => {
  const failing = [...tests, { name: 'fails', expectedResult: true, resource: '{"a": 3}' }];
  const input = { id: 'Tested', body: python, severity: 'HIGH', logTypes: ['A'], tests: failing };
  const records = await recordsOf(instance, async () => {
    const { status, body } = await send(holder, 'POST', 'rules', input);
    assert.equal(status, 400);
    assert.equal(body.message, '1 of 3 tests failed');
    assert.deepEqual(
      body.testResults.map(({ name, passed, error }: Record<string, unknown>) => [name, passed, error]),
      [
        ['matches', true, null],
        ['leaves alone', true, null],
        ['fails', false, { code: 'FAILED', message: 'expected true, got false' }],
      ],
    );
    assert.equal((await send(holder, 'GET', 'rules/Tested')).status, 404);
    assert.equal((await send(holder, 'PUT', 'rules/Tested?run-tests-first=false', input)).status, 201);
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult, errors }) => [actionName, actionResult, errors?.[0]?.message]),
    [
      ['CREATE_RULE', 'FAILED', 'fails: expected true, got false'],
      ['GET_RULE', 'FAILED', 'There is no rule Tested'],
      ['UPDATE_RULE', 'SUCCEEDED', undefined],
    ],
  );
});

test('tests alone are an action of their own, and keep nothing', async () => {
  const input = { id: 'Only.Tested', body: python, severity: 'HIGH', logTypes: ['A'], tests };
  const records = await recordsOf(instance, async () => {
    const answer = await send(holder, 'POST', 'rules?run-tests-only=true', input);
    assert.deepEqual(answer, { status: 204, body: undefined });
  });
  assert.deepEqual(records, [
    expectedRecord({
      action: 'TEST_RULE',
      description: 'Adds a rule',
      actor: holder.actor,
      dynamic: { ...input, 'run-tests-only': 'true' },
    }),
  ]);
  assert.equal((await send(holder, 'GET', 'rules/Only.Tested')).status, 404);
});

test('a list is narrowed and paged', async () => {
  const rule = (severity: string, more: object = {}) => ({
    body: python,
    severity,
    logTypes: ['A.B'],
    ...more,
  });
  await send(holder, 'PUT', 'rules/List.1', rule('LOW', { tags: ['One'] }));
  await send(holder, 'PUT', 'rules/List.2', rule('HIGH', { enabled: false }));
  await send(holder, 'PUT', 'rules/List.3', rule('HIGH', { logTypes: ['C.D'] }));
  const ids = async (query: string) => {
    const { status, body } = await send(holder, 'GET', `rules?name-contains=list&${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.results.map(({ id }: { id: string }) => id);
  };
  assert.deepEqual(await ids(''), ['List.1', 'List.2', 'List.3']);
  assert.deepEqual(await ids('severity=LOW'), ['List.1']);
  assert.deepEqual(await ids('severity=LOW&severity=HIGH&state=enabled'), ['List.1', 'List.3']);
  assert.deepEqual(await ids('log-type=c.d'), ['List.3']);
  assert.deepEqual(await ids('tag=one'), ['List.1']);
  assert.deepEqual(await ids('created-by=nobody'), []);
  assert.deepEqual(await ids(`created-by=${holder.actor.id}`), ['List.1', 'List.2', 'List.3']);
  const first = await send(holder, 'GET', 'rules?name-contains=list&limit=2');
  assert.equal(first.body.results.length, 2);
  assert.deepEqual(await ids(`limit=2&cursor=${first.body.next}`), ['List.3']);
  assert.deepEqual(await send(holder, 'GET', 'simple-rules?name-contains=list'), {
    status: 200,
    body: { results: [] },
  });
  for (const [query, message] of [
    ['limit=0', 'limit: Too small: expected number to be >=1'],
    ['state=odd', 'state: Invalid option: expected one of "enabled"|"disabled"'],
    ['cursor=x', 'input.cursor: not a cursor of this list'],
    ['colour=red', 'colour: there is no such field'],
  ]) {
    assert.deepEqual(await send(holder, 'GET', `rules?${query}`), { status: 400, body: { message } });
  }
});

test('bodies that are no object, or have fields that nothing has, are refused by name', async () => {
  assert.equal((await send(holder, 'POST', 'rules', [])).status, 400);
  assert.deepEqual(
    await send(holder, 'POST', 'rules', { id: 'X', colour: 'red', body: python, severity: 'LOW' }),
    {
      status: 400,
      body: { message: 'colour: there is no such field' },
    },
  );
  const test = { name: 'a', expectedResult: true, resource: '{' };
  assert.deepEqual(
    await send(holder, 'POST', 'rules', {
      id: 'X',
      body: python,
      severity: 'LOW',
      logTypes: ['A'],
      tests: [test],
    }),
    { status: 400, body: { message: 'tests.0.log: must be an event, or the JSON of one' } },
  );
});
