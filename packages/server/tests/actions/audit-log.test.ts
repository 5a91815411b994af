import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type AuditRecord, permissions } from '@pawprint/record';
import { administrator, type Client, sessionClient, startTestInstance } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordOf, recordsOf } from '../expected-record.ts';

const trustedProxies = ['127.0.0.0/8'].flatMap((text) => parseCidrBlock(text) ?? []);
const instance = await startTestInstance({ trustedProxies });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const permission = 'GeneralSettingsRead';

const operations = {
  list: `query ($input: AuditLogsInput) {
    auditLogs(input: $input) {
      edges { node { index id record } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`,
  count: `query ($input: AuditLogCountsInput) {
    auditLogCounts(input: $input) {
      total begin end isComplete intervalSeconds
      buckets { start succeeded failed partiallyFailed }
      actions { value count } results { value count } actors { id name count } sourceIPs { value count }
    } }`,
  get: 'query ($index: Long!) { auditLog(index: $index) { index id record } }',
};

interface Entry {
  readonly index: number;
  readonly id: string;
  readonly record: AuditRecord;
}

interface Page {
  readonly entries: readonly Entry[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly endCursor: string;
  };
}

async function search(input: Record<string, unknown>, client: Client = admin): Promise<Page> {
  await instance.instance.settled();
  const { auditLogs } = await client.ask<{
    auditLogs: { edges: readonly { node: Entry }[]; pageInfo: Page['pageInfo'] };
  }>(operations.list, { input });
  return { entries: auditLogs.edges.map(({ node }) => node), pageInfo: auditLogs.pageInfo };
}

/** A refused sign-in from an address: one record that says so much about its actor and place. */
async function failToSignIn(email: string, sourceIP = '127.0.0.1'): Promise<void> {
  const response = await sessionClient(instance.address).fetch('/internal/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': sourceIP },
    body: JSON.stringify({ email, password: 'wrong' }),
  });
  assert.equal(response.status, 401);
}

testActions(instance, [
  {
    operation: operations.list,
    action: 'LIST_AUDIT_LOGS',
    description: 'Searches the audit records, newest first',
    permission,
    given: () => ({
      input: {
        actorId: 'x',
        actorName: 'Ada',
        actionName: ['SIGN_IN'],
        actionResult: ['FAILED'],
        sourceIP: '192.0.2.0/24',
        timestampAfter: '2026-01-01T00:00:00Z',
        timestampBefore: '2027-01-01T00:00:00+01:00',
        text: 'ada "sign in"',
        userAgent: 'firefox',
        fields: [{ path: 'errors[0].message', operator: 'CONTAINS', value: 'wrong' }],
        pageSize: 10,
      },
    }),
    refusals: [
      {
        variables: { input: { text: 'w '.repeat(21) } },
        field: 'input.text',
        message: 'input.text: at most 20 words',
      },
      ...['', 'actor..id', 'actor.', 'errors[x]', 'errors[*', 'password', '[0]'].map((path) => ({
        variables: { input: { fields: [{ path, value: 'x' }] } },
        field: 'input.fields.0.path',
        message: 'input.fields.0.path: not a path into a record, such as actionParams.dynamic.input.ids[*]',
      })),
      {
        variables: { input: { fields: [{ path: 'actor.id' }] } },
        field: 'input.fields.0.value',
        message: 'input.fields.0.value: says what to compare with',
      },
      {
        variables: { input: { actionName: ['SIGN_IN', 'MAKE_TEA'] } },
        field: 'input.actionName.1',
        message: 'input.actionName.1: not the name of an action',
      },
      ...['10.0.0', '10.1', '010.0.0.1', '10.0.0.0/33', '10.0.0.0/8/8', '2001:db8::/129', 'here'].map(
        (sourceIP) => ({
          variables: { input: { sourceIP } },
          field: 'input.sourceIP',
          message: 'input.sourceIP: not an IP address or CIDR block',
        }),
      ),
      {
        variables: { input: { timestampAfter: 'yesterday' } },
        field: 'input.timestampAfter',
        message: 'input.timestampAfter: not an RFC 3339 date and time',
      },
      {
        variables: { input: { pageSize: 1_001 } },
        field: 'input.pageSize',
        message: 'input.pageSize: Too big: expected number to be <=1000',
      },
      {
        variables: { input: { cursor: 'newest' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
    ],
  },
  {
    operation: operations.count,
    action: 'COUNT_AUDIT_LOGS',
    description: 'Counts the audit records that match, by time, action, result, actor and address',
    permission,
    given: () => ({ input: { actionName: ['SIGN_IN'], text: 'ada', bucketsMax: 12, top: 1 } }),
    refusals: [
      {
        variables: { input: { bucketsMax: 11 } },
        field: 'input.bucketsMax',
        message: 'input.bucketsMax: Too small: expected number to be >=12',
      },
      {
        variables: { input: { top: 101 } },
        field: 'input.top',
        message: 'input.top: Too big: expected number to be <=100',
      },
    ],
  },
  {
    operation: operations.get,
    action: 'GET_AUDIT_LOG',
    description: 'Fetches one audit record',
    permission,
    given: () => ({ index: 0 }),
    refusals: [
      {
        variables: { index: 999_999 },
        code: 'NOT_FOUND',
        field: 'index',
        message: 'There is no record 999999',
      },
      {
        variables: { index: -1 },
        field: 'index',
        message: 'index: Too small: expected number to be >=0',
      },
    ],
  },
]);

test('the live view is recorded once when it starts, refused ones too', async () => {
  const [user, viewer] = [await instance.userWith(['UserRead']), await instance.userWith([permission])];
  const stop = new AbortController();
  const records = await recordsOf(instance, async () => {
    assert.equal((await user.fetch('/internal/audit-log/stream')).status, 403);
    assert.equal((await viewer.fetch('/internal/audit-log/stream?sourceIP=10.1')).status, 400);
    const query = 'actionName=SIGN_IN&actorName=Ada';
    assert.equal(
      (await viewer.fetch(`/internal/audit-log/stream?${query}`, { signal: stop.signal })).status,
      200,
    );
  });
  stop.abort();
  const follow = {
    action: 'FOLLOW_AUDIT_LOGS',
    description: 'Follows the audit records as they are made',
  } as const;
  const actor = await actorOf(viewer);
  assert.deepEqual(records, [
    expectedRecord({
      ...follow,
      actor: await actorOf(user),
      errors: ['This needs the permission GeneralSettingsRead'],
    }),
    expectedRecord({
      ...follow,
      actor,
      dynamic: { sourceIP: '10.1' },
      errors: ['sourceIP: not an IP address or CIDR block'],
    }),
    expectedRecord({ ...follow, actor, dynamic: { actionName: 'SIGN_IN', actorName: 'Ada' } }),
  ]);
});

test('the history shows each record whole, the newest first, with its place in the ledger', async () => {
  await admin.ask('{ users { id } }');
  await admin.ask('{ roles { id } }');
  const records = await instance.records();
  const { entries } = await search({ pageSize: 1_000 });
  assert.deepEqual(
    entries.map(({ record }) => record),
    records.toReversed(),
  );
  assert.deepEqual(
    entries.map(({ index }) => index),
    records.map((_, index) => index).toReversed(),
  );
  const [newest] = entries;
  assert(newest !== undefined);
  assert.deepEqual(await admin.ask(operations.get, { index: newest.index }), { auditLog: newest });
});

test('the history is narrowed by each of its filters', async () => {
  await failToSignIn('ada_50%@example.com', '192.0.2.7');
  await failToSignIn('adaX50X@example.com', '192.0.3.1');
  await failToSignIn('grace!@example.com', '2001:db8::7');
  await failToSignIn('GRACE@example.com', '2001:db8:1::7');
  const user = await instance.userWith([permission]);
  await assertRefused(
    user,
    '{ users { id } }',
    {},
    {
      code: 'FORBIDDEN',
      message: 'This needs the permission UserRead',
    },
  );
  const names = async (input: Record<string, unknown>) =>
    (await search({ actionName: ['SIGN_IN'], actionResult: ['FAILED'], ...input })).entries
      .map(({ record }) => record.actor.name)
      .toReversed();
  const [ada, other, excited, grace] = [
    'ada_50%@example.com',
    'adaX50X@example.com',
    'grace!@example.com',
    'GRACE@example.com',
  ];
  const cases: readonly [filter: Record<string, unknown>, found: readonly string[]][] = [
    [{}, [ada, other, excited, grace]],
    [{ actorName: 'ADA' }, [ada, other]],
    [{ actorName: 'grace' }, [excited, grace]],
    [{ actorName: 'a_5' }, [ada]],
    [{ actorName: '50%' }, [ada]],
    [{ actorName: '%' }, [ada]],
    [{ actorName: 'e!@' }, [excited]],
    [{ actorName: 'nobody' }, []],
    [{ sourceIP: '192.0.2.7' }, [ada]],
    [{ sourceIP: '::ffff:192.0.2.7' }, [ada]],
    [{ sourceIP: '192.0.2.0/24' }, [ada]],
    [{ sourceIP: '192.0.2.0/23' }, [ada, other]],
    [{ sourceIP: '0.0.0.0/0' }, [ada, other]],
    [{ sourceIP: '2001:DB8::7' }, [excited]],
    [{ sourceIP: '2001:db8::/48' }, [excited]],
    [{ sourceIP: '2001:db8::/32' }, [excited, grace]],
    [{ sourceIP: '2001:db8::/32', actorName: 'GRACE@' }, [grace]],
    [{ actionName: ['CREATE_USER'] }, []],
    [{ actionName: [], actionResult: [], actorId: 'anonymous' }, [ada, other, excited, grace]],
  ];
  for (const [filter, found] of cases) assert.deepEqual(await names(filter), found, JSON.stringify(filter));

  const { entries } = await search({ actorId: user.id, actionResult: ['FAILED', 'PARTIALLY_FAILED'] });
  assert.deepEqual(
    entries.map(({ record }) => record.actionName),
    ['LIST_USERS'],
  );
  // The e-mail address of a user is searched too, and the name of a token.
  const byEmail = await search({ actorName: user.email.toUpperCase() });
  assert(byEmail.entries.length > 0);
  assert(byEmail.entries.every(({ record }) => record.actor.id === user.id));
});

interface Counts {
  readonly total: number;
  readonly end: number;
  readonly isComplete: boolean;
  readonly intervalSeconds: number;
  readonly buckets: readonly Record<'succeeded' | 'failed' | 'partiallyFailed', number>[];
  readonly actions: readonly { readonly value: string; readonly count: number }[];
  readonly results: Counts['actions'];
  readonly sourceIPs: Counts['actions'];
  readonly actors: readonly {
    readonly id: string;
    readonly name: string | null;
    readonly count: number;
  }[];
}

async function count(input: Record<string, unknown>): Promise<Counts> {
  await instance.instance.settled();
  return (await admin.ask<{ auditLogCounts: Counts }>(operations.count, { input })).auditLogCounts;
}

test('words are found in every field, in any letter case, and all of them have to be there', async () => {
  const user = await instance.userWith(['UserRead', permission]);
  await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
    input: { name: 'Übersicht "Nord"', permissions: ['UserRead'] },
  });
  await user.fetch('/internal/session', { headers: { 'user-agent': 'Curl/8.5 (Pigeon)' } });
  const actions = async (text: string, rest: Record<string, unknown> = {}) =>
    (await search({ text, ...rest, pageSize: 1_000 })).entries
      .map(({ record }) => record)
      // The searches themselves hold the words too.
      .filter(({ actionName }) => !actionName.endsWith('AUDIT_LOGS'))
      .map(({ actionName }) => actionName);
  assert.deepEqual(await actions('übersicht'), ['CREATE_USER_ROLE']);
  assert.deepEqual(await actions('"ÜBERSICHT "'), ['CREATE_USER_ROLE']);
  assert.deepEqual(await actions('nord create_user_role'), ['CREATE_USER_ROLE']);
  assert.deepEqual(await actions('nord delete_user_role'), []);
  assert.deepEqual(await actions('pigeon'), ['GET_SESSION']);
  assert.deepEqual(await actions('"(pigeon) curl"'), []);
  assert.deepEqual(await actions('', { userAgent: 'PIGEON' }), ['GET_SESSION']);
  assert((await actions(user.id)).includes('ACCEPT_INVITATION'));
  assert.deepEqual(await actions('übersicht', { actionName: ['CREATE_USER'] }), []);
});

test('a field is looked at by its path: for the whole of it, a part of it, or any value', async () => {
  const role = { name: 'Path finder', permissions: ['UserRead', 'RuleRead'] };
  await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
    input: role,
  });
  const found = async (path: string, operator: string, value?: string) =>
    (await search({ actionName: ['CREATE_USER_ROLE'], fields: [{ path, operator, value }] })).entries.some(
      ({ record }) => JSON.stringify(record).includes(role.name),
    );
  const name = 'actionParams.dynamic.input.name';
  const permissionPath = 'actionParams.dynamic.input.permissions';
  const cases: readonly [path: string, operator: string, value: string | undefined, isFound: boolean][] = [
    [name, 'EQUALS', 'Path finder', true],
    [name, 'EQUALS', 'path finder', false],
    [name, 'EQUALS', 'Path', false],
    [name, 'CONTAINS', 'path', true],
    [`${permissionPath}[1]`, 'EQUALS', 'RuleRead', true],
    [`${permissionPath}[0]`, 'EQUALS', 'RuleRead', false],
    [`${permissionPath}[*]`, 'EQUALS', 'RuleRead', true],
    [permissionPath, 'EQUALS', '["UserRead","RuleRead"]', true],
    [permissionPath, 'CONTAINS', 'ruleread', true],
    [permissionPath, 'EXISTS', undefined, true],
    ['actionParams.dynamic.input.nothing', 'EXISTS', undefined, false],
    ['actionParams.dynamic.input.constructor', 'EXISTS', undefined, false],
    ['actor.attributes.emailVerified', 'EQUALS', 'true', true],
    ['errors', 'EXISTS', undefined, false],
  ];
  for (const [path, operator, value, isFound] of cases) {
    assert.equal(await found(path, operator, value), isFound, `${path} ${operator} ${value}`);
  }
});

test('paging through the records that hold a word meets each once', async () => {
  const expected = (await search({ text: 'example.com', pageSize: 1_000 })).entries.map(({ index }) => index);
  assert(expected.length > 20);
  const met: number[] = [];
  for (let cursor: string | undefined = String(expected[0]); ; ) {
    const { entries, pageInfo } = await search({ text: 'example.com', pageSize: 7, cursor });
    met.push(...entries.map(({ index }) => index));
    if (!pageInfo.hasNextPage) break;
    cursor = pageInfo.endCursor;
  }
  assert.deepEqual(met, expected.slice(1));
});

test('records are counted by time, action, result, actor and address', async () => {
  for (const address of ['203.0.113.5', '203.0.113.5', '2001:db8:5::1']) {
    await failToSignIn('counted@example.com', address);
  }
  const narrowed = { actionName: ['SIGN_IN'], actorName: 'counted@' };
  for (const filter of [narrowed, { text: 'counted@example.com "sign_in"' }]) {
    const { buckets, intervalSeconds, end, ...counts } = await count(filter);
    assert(end <= instance.instance.ledger.size);
    assert.deepEqual(counts, {
      total: 3,
      begin: 0,
      isComplete: true,
      actions: [{ value: 'SIGN_IN', count: 3 }],
      results: [{ value: 'FAILED', count: 3 }],
      actors: [{ id: 'anonymous', name: 'counted@example.com', count: 3 }],
      sourceIPs: [
        { value: '203.0.113.5', count: 2 },
        { value: '2001:db8:5::1', count: 1 },
      ],
    });
    assert(intervalSeconds >= 1 && buckets.length <= 100);
    assert.equal(
      buckets.reduce((sum, { failed }) => sum + failed, 0),
      3,
    );
  }
  await instance.instance.settled();
  const { size } = instance.instance.ledger;
  const { total, end, actions } = await count({ top: 2 });
  assert.deepEqual([total, end], [size, size]);
  assert.equal(actions.length, 2);
});

test('the live view sends only what passes its words and fields', async () => {
  await instance.instance.settled();
  const stop = new AbortController();
  const after = instance.instance.ledger.size - 1;
  const field = encodeURIComponent('actor.attributes.email~ADMIN@');
  const query = `actionName=LIST_USERS&text=lists%20users&field=${field}&after=${after}`;
  const response = await admin.fetch(`/internal/audit-log/stream?${query}`, { signal: stop.signal });
  assert.equal(response.status, 200);
  await admin.ask('{ roles { id } }');
  const user = await instance.userWith(['UserRead']);
  await user.ask('{ users { id } }');
  await admin.ask('{ users { id } }');
  let received = '';
  assert(response.body !== null);
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    received += piece;
    if (/^data: .*\n\n/m.test(received)) break;
  }
  stop.abort();
  const [, data = ''] = /^data: (.*)$/m.exec(received) ?? [];
  const entry = JSON.parse(data) as Entry;
  assert.equal(entry.record.actionName, 'LIST_USERS');
  assert.equal(entry.record.actor.attributes?.email, administrator.email);
});

test('whoever may not see the log type sees neither records nor counts', async () => {
  const access = { logTypeAccessKind: 'DENY', logTypeAccess: ['Panther.Audit'] };
  const user = await instance.userWith([permission], access);
  const message = 'Your role may not see the log type Panther.Audit';
  for (const operation of ['{ auditLogs { edges { node { id } } } }', '{ auditLogCounts { total } }']) {
    await assertRefused(user, operation, {}, { code: 'FORBIDDEN', message });
  }
});

test('a time range takes both its ends, to the millisecond', async () => {
  const before = await recordOf(instance, () => admin.ask('{ users { id } }'));
  assert.equal(before.actionName, 'LIST_USERS');
  const { entries } = await search({ pageSize: 50 });
  const at = (entry: Entry | undefined) => `${entry?.record.timestamp.slice(0, 23).replace(' ', 'T')}Z`;
  const [newest, oldest] = [entries.at(1), entries.at(10)];
  const range = await search({ timestampAfter: at(oldest), timestampBefore: at(newest), pageSize: 1_000 });
  const found = range.entries.map(({ index }) => index);
  assert(newest !== undefined && oldest !== undefined);
  assert(found.includes(newest.index) && found.includes(oldest.index));
  for (const { record } of range.entries) {
    const time = `${record.timestamp.slice(0, 23).replace(' ', 'T')}Z`;
    assert(time >= at(oldest) && time <= at(newest));
  }
  const elsewhere = new Temporal.Instant(Temporal.Instant.from(at(newest)).epochNanoseconds)
    .toZonedDateTimeISO('+02:00')
    .toString({ timeZoneName: 'never' });
  const same = await search({ timestampAfter: at(oldest), timestampBefore: elsewhere, pageSize: 1_000 });
  assert.deepEqual(same.entries, range.entries);
});

test('paging meets each record once, although new ones arrive meanwhile', async () => {
  const expected = (await search({ pageSize: 1_000 })).entries.map(({ index }) => index);
  const met: number[] = [];
  let cursor: string | undefined;
  for (;;) {
    const { entries, pageInfo } = await search({ pageSize: 7, ...(cursor && { cursor }) });
    met.push(...entries.map(({ index }) => index));
    assert.equal(pageInfo.hasPreviousPage, cursor !== undefined);
    if (!pageInfo.hasNextPage) break;
    cursor = pageInfo.endCursor;
  }
  // The first page is newer than what was expected by the two searches in between.
  assert.deepEqual(met.slice(met.indexOf(expected[0] ?? -1)), expected);
  assert.equal(new Set(met).size, met.length);
});

test('the permission to read settings is enough to see who did what, and every permission but that is not', async () => {
  const others = permissions.map(({ name }) => name).filter((name) => name !== permission);
  const user = await instance.userWith(others);
  const message = `This needs the permission ${permission}`;
  for (const operation of ['{ auditLogs { edges { node { id } } } }', '{ auditLog(index: 0) { id } }']) {
    await assertRefused(user, operation, {}, { code: 'FORBIDDEN', message });
  }
});

test('a token searches too, at the public address, as far as its permissions and log types go', async () => {
  const token = await instance.tokenWith([permission]);
  const { entries } = await search({ text: 'list_users', pageSize: 1 }, token);
  assert.equal(entries.length, 1);
  const without = await instance.tokenWith(['UserRead']);
  const message = `This needs the permission ${permission}`;
  await assertRefused(without, '{ auditLogs { edges { node { id } } } }', {}, { code: 'FORBIDDEN', message });
});

test('searching is itself on record', async () => {
  const input = { actorName: administrator.email, pageSize: 1 };
  const { entries } = await search(input);
  assert.equal(entries.length, 1);
  const next = await search(input);
  assert.deepEqual(next.entries[0]?.record.actionParams, { dynamic: { input }, static: {} });
});
