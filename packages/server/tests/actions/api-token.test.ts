import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance, tokenClient } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { systemClock } from '../../src/clock.ts';
import { assertRefused, testActions } from '../action-cases.ts';
import { expectedRecord, recordOf } from '../expected-record.ts';

let offsetMs = 0;
const loopback = ['127.0.0.0/8'].flatMap((text) => parseCidrBlock(text) ?? []);
const instance = await startTestInstance({
  // The clients of these tests say where they come from.
  trustedProxies: loopback,
  clock: {
    epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(offsetMs) * 1_000_000n,
    monotonicMs: () => systemClock.monotonicMs() + offsetMs,
  },
});
after(() => instance[Symbol.asyncDispose]());
const { admin, address } = instance;
const nothing = 'no-such-token';
const noToken = { code: 'NOT_FOUND', message: `There is no API token ${nothing}` };

const limitFields = 'timeSeconds memoryMb resultRows resultBytes concurrentQueries';
const details = `id name permissions allowedCIDRBlocks queryLimits { ${limitFields} } expiresAt`;
const operations = {
  create: `mutation ($input: CreateAPITokenInput!) { createAPIToken(input: $input) { token { ${details} value } } }`,
  update: `mutation ($input: UpdateAPITokenInput!) { updateAPIToken(input: $input) { token { ${details} value lastUsedAt } } }`,
  rotate: `mutation ($input: RotateAPITokenInput) { rotateAPIToken(input: $input) { token { ${details} value } } }`,
  delete: 'mutation ($input: DeleteAPITokenInput!) { deleteAPIToken(input: $input) { id } }',
  get: `query ($id: ID!) { apiToken(id: $id) { ${details} value lastUsedAt rotatedAt createdBy { ... on User { email } } } }`,
};

interface Token {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly allowedCIDRBlocks: readonly string[];
  readonly queryLimits: Readonly<Record<string, number | null>>;
  readonly expiresAt: string | null;
  readonly value: string;
}

let made = 0;

async function createToken(fields: Record<string, unknown> = {}): Promise<Token> {
  made += 1;
  const input = { name: `Robot ${made}`, permissions: ['UserRead'], ...fields };
  const { createAPIToken } = await admin.ask<{ createAPIToken: { token: Token } }>(operations.create, {
    input,
  });
  return createAPIToken.token;
}

/** What records tell of a token. */
function withoutValue({
  id,
  name,
  permissions,
  allowedCIDRBlocks,
  queryLimits,
  expiresAt,
}: Token): Record<string, unknown> {
  return { id, name, permissions, allowedCIDRBlocks, queryLimits, expiresAt };
}

async function getToken(id: string) {
  const { apiToken } = await admin.ask<{
    apiToken: Token & { lastUsedAt: string | null; rotatedAt: string | null };
  }>(operations.get, { id });
  return apiToken;
}

/** Uses a token from an address; the query needs UserRead. */
function useFrom(source: string, value: string): Promise<Response> {
  return tokenClient(address, value).fetch('/public/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': source },
    body: JSON.stringify({ query: '{ users { id } }' }),
  });
}

let beforeChange: Token;

testActions(instance, [
  {
    operation: `{ apiTokens { ${details} value } }`,
    action: 'LIST_API_TOKENS',
    description: 'Lists the API tokens',
    permission: 'OrganizationAPITokenRead',
  },
  {
    operation: operations.get,
    action: 'GET_API_TOKEN',
    description: 'Fetches the API token with an id',
    permission: 'OrganizationAPITokenRead',
    given: async () => ({ id: (await createToken()).id }),
    refusals: [{ ...noToken, variables: { id: nothing }, field: 'id' }],
  },
  {
    operation: operations.create,
    action: 'CREATE_API_TOKEN',
    description: 'Creates an API token',
    permission: 'OrganizationAPITokenModify',
    given: () => ({
      input: {
        name: 'Nightly export',
        permissions: ['DataAnalyticsRead'],
        allowedCIDRBlocks: ['192.0.2.0/24', '2001:db8::/32'],
        queryLimits: { resultRows: 100 },
        expiresAt: '2099-01-02T05:04:05+02:00',
      },
    }),
    details: ({ createAPIToken: { token } }) => {
      assert.match(token.value, /^pawprint_[0-9a-f]{72}$/);
      assert.equal(token.expiresAt, '2099-01-02T03:04:05.000Z');
      assert.equal(token.queryLimits.resultRows, 100);
      return { after: withoutValue(token) };
    },
    refusals: [
      {
        variables: { input: { name: '', permissions: [] } },
        field: 'input.name',
        message: 'input.name: must not be empty',
      },
      {
        variables: { input: { name: 'Ro\u0007bot', permissions: [] } },
        field: 'input.name',
        message: 'input.name: must not contain control characters or broken Unicode',
      },
      {
        variables: { input: { name: 'NIGHTLY EXPORT', permissions: [] } },
        code: 'ALREADY_EXISTS',
        field: 'input.name',
        message: 'There is already an API token named NIGHTLY EXPORT',
      },
      {
        variables: { input: { name: 'Odd', permissions: [], allowedCIDRBlocks: ['10.0.0.0/8', '10.0.0.1'] } },
        field: 'input.allowedCIDRBlocks.1',
        message:
          'input.allowedCIDRBlocks.1: must be a network such as 192.0.2.0/24, 192.0.2.10/32 or 2001:db8::/32',
      },
      {
        variables: { input: { name: 'Odd', permissions: [], expiresAt: 'tomorrow' } },
        field: 'input.expiresAt',
        message: 'input.expiresAt: not an RFC 3339 date and time',
      },
      {
        variables: { input: { name: 'Odd', permissions: [], expiresAt: '2020-01-01T00:00:00Z' } },
        field: 'input.expiresAt',
        message: 'input.expiresAt: lies in the past',
      },
    ],
  },
  {
    operation: operations.update,
    action: 'UPDATE_API_TOKEN',
    description: 'Updates an API token',
    permission: 'OrganizationAPITokenModify',
    async given() {
      beforeChange = await createToken({ expiresAt: '2099-01-01T00:00:00Z' });
      return {
        input: { id: beforeChange.id, name: 'Hourly export', permissions: ['AlertRead'], expiresAt: null },
      };
    },
    details: ({ updateAPIToken: { token } }) => {
      assert.equal(token.value, null);
      return { before: withoutValue(beforeChange), after: withoutValue(token) };
    },
    refusals: [
      { ...noToken, variables: { input: { id: nothing } }, field: 'input.id' },
      {
        variables: { input: { id: nothing, expiresAt: 'never' } },
        field: 'input.expiresAt',
        message: 'input.expiresAt: not an RFC 3339 date and time',
      },
    ],
  },
  {
    operation: operations.rotate,
    action: 'ROTATE_API_TOKEN',
    description: 'Gives an API token a new value',
    permission: 'OrganizationAPITokenModify',
    async given() {
      beforeChange = await createToken();
      return { input: { id: beforeChange.id } };
    },
    details: ({ rotateAPIToken: { token } }) => {
      assert.notEqual(token.value, beforeChange.value);
      assert.deepEqual(withoutValue(token), withoutValue(beforeChange));
      return { token: withoutValue(token) };
    },
    refusals: [
      { ...noToken, variables: { input: { id: nothing } }, field: 'input.id' },
      {
        variables: { input: {} },
        field: 'input.id',
        message: 'input.id: say which token; only a token can rotate itself',
      },
    ],
  },
  {
    operation: operations.delete,
    action: 'DELETE_API_TOKEN',
    description: 'Revokes an API token',
    permission: 'OrganizationAPITokenModify',
    async given() {
      beforeChange = await createToken();
      return { input: { id: beforeChange.id } };
    },
    details: () => ({ before: withoutValue(beforeChange) }),
    refusals: [{ ...noToken, variables: { input: { id: nothing } }, field: 'input.id' }],
  },
]);

test('the value of a token is in the answer that makes it, and in no later one', async () => {
  const token = await createToken();
  assert.equal((await getToken(token.id)).value, null);
  const { apiTokens } = await admin.ask<{ apiTokens: readonly Token[] }>('{ apiTokens { value } }');
  assert.deepEqual(new Set(apiTokens.map(({ value }) => value)), new Set([null]));
});

test('a token does what its permissions allow, as actor of type TOKEN', async () => {
  const { id, name, value } = await createToken({ permissions: ['UserRead'] });
  const client = tokenClient(address, value);
  const actor = { id, type: 'TOKEN', name } as const;
  const done = await recordOf(instance, () => client.ask('{ users { id } }'));
  assert.deepEqual(done, expectedRecord({ action: 'LIST_USERS', description: 'Lists all users', actor }));
  const errors = ['This needs the permission LogSourceRead'];
  const denied = await recordOf(instance, () =>
    assertRefused(
      client,
      '{ sources { edges { node { integrationId } } } }',
      {},
      {
        code: 'FORBIDDEN',
        message: 'This needs the permission LogSourceRead',
      },
    ),
  );
  assert.deepEqual(
    denied,
    expectedRecord({ action: 'LIST_LOG_SOURCES', description: 'Lists the log sources', actor, errors }),
  );
});

test('a token opens the public API only, and a session the internal one only', async () => {
  const { value } = await createToken();
  const body = JSON.stringify({ query: '{ users { id } }' });
  const headers = { 'content-type': 'application/json', 'x-pawprint-csrf': '1', 'x-api-key': value };
  const internal = await fetch(`${address}/internal/graphql`, { method: 'POST', headers, body });
  assert.equal(internal.status, 401);
  assert.equal((await admin.post('/public/graphql', { query: '{ users { id } }' })).status, 401);
});

test('what a token did last is seen on it, and a refused use is none', async () => {
  const { id, value } = await createToken({ allowedCIDRBlocks: ['192.0.2.0/24'] });
  assert.equal((await useFrom('198.51.100.1', value)).status, 401);
  await instance.instance.settled();
  assert.equal((await getToken(id)).lastUsedAt, null);
  const before = new Date().toISOString();
  assert.equal((await useFrom('192.0.2.1', value)).status, 200);
  await instance.instance.settled();
  const { lastUsedAt } = await getToken(id);
  assert(lastUsedAt !== null && lastUsedAt >= before);
  const { updateAPIToken } = await admin.ask<{ updateAPIToken: { token: { lastUsedAt: string } } }>(
    operations.update,
    { input: { id, name: 'Renamed robot' } },
  );
  assert.equal(updateAPIToken.token.lastUsedAt, lastUsedAt);
});

for (const { networks, allowed, refused } of [
  { networks: ['192.0.2.0/24'], allowed: '192.0.2.255', refused: '192.0.3.0' },
  { networks: ['192.0.2.10/32'], allowed: '192.0.2.10', refused: '192.0.2.11' },
  { networks: ['2001:db8:1::/48'], allowed: '2001:db8:1:ffff::1', refused: '2001:db8:2::1' },
  { networks: ['2001:db8::1/128', '10.0.0.0/8'], allowed: '10.255.0.1', refused: '2001:db8::2' },
  { networks: ['10.0.0.0/8'], allowed: '::ffff:10.0.0.1', refused: '11.0.0.1' },
]) {
  test(`a token for ${networks.join(' and ')} works from ${allowed}, and not from ${refused}`, async () => {
    const { id, name, value } = await createToken({ allowedCIDRBlocks: networks });
    assert.equal((await useFrom(allowed, value)).status, 200);
    const record = await recordOf(instance, async () => {
      const response = await useFrom(refused, value);
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), { message: 'The API token may not be used from this network' });
    });
    assert.deepEqual(
      record,
      expectedRecord({
        ...refusedRequest,
        actor: { id, type: 'TOKEN', name },
        errors: ['The API token may not be used from this network'],
        origin: { sourceIP: refused, XForwardedFor: [refused], userAgent: 'pawprint-test/1.0' },
      }),
    );
  });
}

/** The request of `useFrom`, refused before its body is read. */
const refusedRequest = {
  action: 'REJECT_API_REQUEST',
  description: 'Refuses a request that names no action',
  dynamic: {
    method: 'POST',
    path: '/public/graphql',
    bytes: Buffer.byteLength(JSON.stringify({ query: '{ users { id } }' })),
  },
} as const;

test('an expired token is refused with 401, and recorded as the actor', async () => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { id, name, value } = await createToken({ expiresAt });
  assert.equal((await useFrom('192.0.2.1', value)).status, 200);
  offsetMs = 3_600_000;
  try {
    const record = await recordOf(instance, async () => {
      const response = await useFrom('192.0.2.1', value);
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), { message: 'The API token has expired' });
    });
    assert.deepEqual(
      record,
      expectedRecord({
        ...refusedRequest,
        actor: { id, type: 'TOKEN', name },
        errors: ['The API token has expired'],
        origin: { sourceIP: '192.0.2.1', XForwardedFor: ['192.0.2.1'], userAgent: 'pawprint-test/1.0' },
      }),
    );
    // Given a later end, it works again.
    const later = new Date(Date.now() + 2 * 3_600_000).toISOString();
    await admin.ask(operations.update, { input: { id, expiresAt: later } });
    assert.equal((await useFrom('192.0.2.1', value)).status, 200);
  } finally {
    offsetMs = 0;
  }
});

test('a value that is no token is refused with 401, and nothing of it is recorded', async () => {
  const { value } = await createToken();
  for (const wrong of ['hunter2', `${value.slice(0, -1)}x`, `pawprint_${'0'.repeat(72)}`]) {
    const record = await recordOf(instance, async () => {
      assert.equal((await useFrom('192.0.2.1', wrong)).status, 401);
    });
    assert.equal(record.actor.id, 'anonymous');
    assert.deepEqual(record.errors, [{ message: 'The API token is not valid' }]);
    assert(!JSON.stringify(record).includes(wrong));
  }
});

test('rotating keeps the id, the permissions and the networks, and ends the old value', async () => {
  const token = await createToken({ allowedCIDRBlocks: ['192.0.2.0/24'] });
  const { rotateAPIToken } = await admin.ask<{ rotateAPIToken: { token: Token } }>(operations.rotate, {
    input: { id: token.id },
  });
  assert.equal((await useFrom('192.0.2.1', token.value)).status, 401);
  assert.equal((await useFrom('192.0.2.1', rotateAPIToken.token.value)).status, 200);
  const { rotatedAt, ...after } = await getToken(token.id);
  assert.deepEqual(withoutValue(after), withoutValue(token));
  assert.notEqual(rotatedAt, null);
});

test('a token rotates itself without a permission, and no other', async () => {
  const token = await createToken({ permissions: [] });
  const other = await createToken({ permissions: [] });
  const actor = { id: token.id, type: 'TOKEN', name: token.name } as const;
  const client = tokenClient(address, token.value);
  await assertRefused(
    client,
    operations.rotate,
    { input: { id: other.id } },
    { code: 'FORBIDDEN', message: 'This needs the permission OrganizationAPITokenModify' },
  );
  let renewed = '';
  const record = await recordOf(instance, async () => {
    const { rotateAPIToken } = await client.ask<{ rotateAPIToken: { token: Token } }>(
      'mutation { rotateAPIToken { token { id value } } }',
    );
    assert.equal(rotateAPIToken.token.id, token.id);
    renewed = rotateAPIToken.token.value;
  });
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'ROTATE_API_TOKEN',
      description: 'Gives an API token a new value',
      actor,
      details: { token: withoutValue(token) },
    }),
  );
  assert.equal((await useFrom('192.0.2.1', token.value)).status, 401);
  assert.equal((await useFrom('192.0.2.1', renewed)).status, 200);
});

test('a revoked token is refused', async () => {
  const { id, value } = await createToken();
  await admin.ask(operations.delete, { input: { id } });
  assert.equal((await useFrom('192.0.2.1', value)).status, 401);
});
