import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isActionName } from '@pawprint/record';
import type { InjectOptions } from 'fastify';
import { type ApiUnderTest, administrator, openApi } from './api-under-test.ts';

let api: ApiUnderTest;
before(async () => {
  api = await openApi();
});
after(() => api[Symbol.asyncDispose]());

/** What tells the records of refusals apart. */
async function refusals(request: InjectOptions, on = api) {
  let status = 0;
  let body: unknown;
  const records = await on.recordsOf(async () => {
    const answer = await on.inject(request);
    status = answer.statusCode;
    body = answer.payload === '' ? undefined : answer.json();
  });
  return {
    status,
    body,
    records: records.map(({ actionName, actionResult, errors, actor }) => [
      actionName,
      actionResult,
      errors?.[0]?.message,
      actor.name ?? actor.id,
    ]),
    params: records.map(({ actionParams }) => actionParams?.dynamic),
  };
}

function graphqlRequest(payload: string | Buffer, headers: Record<string, string> = {}): InjectOptions {
  return {
    method: 'POST',
    url: '/public/graphql',
    headers: { 'content-type': 'application/json', 'x-api-key': api.token, ...headers },
    payload,
  };
}

test('a body that is not JSON is refused, and recorded by its size and hash', async () => {
  const body = '{"query": "hunter2';
  const { status, body: answer, records, params } = await refusals(graphqlRequest(body));
  assert.equal(status, 400);
  assert.deepEqual(answer, {
    errors: [{ message: 'The body is not valid JSON', extensions: { code: 'INVALID_INPUT' } }],
  });
  assert.deepEqual(records, [['REJECT_API_REQUEST', 'FAILED', 'The body is not valid JSON', 'test']]);
  assert.deepEqual(params, [
    {
      method: 'POST',
      path: '/public/graphql',
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    },
  ]);
});

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const unreadable: [what: string, request: () => InjectOptions, status: number, message: string][] = [
  [
    'invalid UTF-8',
    () => graphqlRequest(Buffer.from([0x22, 0xc3, 0x28, 0x22])),
    400,
    'The body is not valid UTF-8',
  ],
  ['no body', () => graphqlRequest(''), 400, 'The body is empty; send JSON'],
  ['a NUL', () => graphqlRequest('\u0000'), 400, 'The body is not valid JSON'],
  [
    'a prototype key',
    () => graphqlRequest('{"query": "{ users { id } }", "variables": {"a": {"__proto__": {}}}}'),
    400,
    'The body has the key __proto__, which is not allowed',
  ],
  [
    'deep nesting',
    () => graphqlRequest(`{"query": "{ users { id } }", "variables": {"a": ${deep(100)}}}`),
    400,
    'The body is nested deeper than 64 levels',
  ],
  [
    'nesting without end',
    () => graphqlRequest(deep(1_000_000)),
    400,
    'The body is nested deeper than 64 levels',
  ],
  [
    'another media type',
    () => graphqlRequest('{ users { id } }', { 'content-type': 'application/graphql' }),
    415,
    'Send the body as application/json',
  ],
  ['10 MB', () => graphqlRequest('x'.repeat(10_000_000)), 413, 'The body is longer than 8388608 bytes'],
  [
    'a compressed body',
    () => graphqlRequest('{}', { 'content-encoding': 'gzip' }),
    415,
    'Send the body uncompressed',
  ],
];

for (const [what, request, status, message] of unreadable) {
  test(`a request with ${what} is refused and recorded`, async () => {
    const refused = await refusals(request());
    assert.equal(refused.status, status);
    assert.deepEqual(refused.records, [['REJECT_API_REQUEST', 'FAILED', message, 'test']]);
    assert.deepEqual(refused.body, { errors: [{ message, extensions: { code: 'INVALID_INPUT' } }] });
  });
}

test('the internal API takes a megabyte', async () => {
  const records = await api.recordsOf(async () => {
    const answer = await api.asConsole('/internal/graphql', { query: 'x'.repeat(1024 * 1024) });
    assert.equal(answer.statusCode, 413);
  });
  assert.deepEqual(records[0]?.errors, [{ message: 'The body is longer than 1048576 bytes' }]);
});

test('without a token, or with one that is not valid, nothing of a request is looked at', async () => {
  for (const [key, message] of [
    [undefined, 'Send an API token in the header X-API-Key'],
    ['nonsense', 'The API token is not valid'],
  ] as const) {
    const { status, body, records } = await refusals({
      method: 'POST',
      url: '/public/graphql',
      headers: { 'content-type': 'text/html', ...(key && { 'x-api-key': key }) },
      payload: '<html>',
    });
    assert.equal(status, 401);
    assert.deepEqual(body, { message });
    assert.deepEqual(records, [['REJECT_API_REQUEST', 'FAILED', message, 'anonymous']]);
  }
});

test('a known token that may not be used is named in the record', async () => {
  const created = await api.asConsole('/internal/graphql', {
    query: 'mutation ($i: CreateAPITokenInput!) { createAPIToken(input: $i) { token { value } } }',
    variables: { i: { name: 'elsewhere', permissions: [], allowedCIDRBlocks: ['192.0.2.0/24'] } },
  });
  const { value } = created.json().data.createAPIToken.token;
  const { status, records } = await refusals(
    graphqlRequest('{"query": "{ users { id } }"}', { 'x-api-key': value }),
  );
  assert.equal(status, 401);
  const message = 'The API token may not be used from this network';
  assert.deepEqual(records, [['REJECT_API_REQUEST', 'FAILED', message, 'elsewhere']]);
});

test('addresses and methods that do not exist are refused, and recorded under the APIs', async () => {
  const known = { cookie: api.cookie, 'x-pawprint-csrf': '1', 'content-type': 'application/json' };
  const cases: [request: InjectOptions, status: number, actor: string | undefined, message: string][] = [
    [
      { method: 'GET', url: '/internal/nope?secret=1', headers: known },
      404,
      'admin@example.com',
      'There is nothing at this address',
    ],
    [{ method: 'GET', url: '/internal/nope' }, 404, 'anonymous', 'There is nothing at this address'],
    [
      { method: 'POST', url: '/internal/nope', headers: known, payload: '{"a":' },
      404,
      'admin@example.com',
      'There is nothing at this address',
    ],
    [
      { method: 'GET', url: '/internal/graphql', headers: known },
      405,
      'admin@example.com',
      'Use the method POST',
    ],
    [
      { method: 'DELETE', url: '/internal/session', headers: known },
      405,
      'admin@example.com',
      'Use the method GET',
    ],
    [
      { method: 'GET', url: '/public/nope', headers: { 'x-api-key': api.token } },
      404,
      'test',
      'There is nothing at this address',
    ],
    [
      { method: 'GET', url: '/public/graphql?query={users{id}}', headers: { 'x-api-key': api.token } },
      405,
      'test',
      'Use the method POST',
    ],
    [{ method: 'GET', url: '/internal/%zz', headers: known }, 400, 'anonymous', 'The address is not valid'],
    [{ method: 'GET', url: '/%zz' }, 400, undefined, ''],
    [{ method: 'POST', url: '/elsewhere' }, 404, undefined, ''],
    [{ method: 'GET', url: '/favicon.ico' }, 404, undefined, ''],
  ];
  for (const [request, status, actor, message] of cases) {
    const refused = await refusals(request);
    assert.equal(refused.status, status, `${request.method} ${request.url}`);
    assert.deepEqual(
      refused.records,
      actor === undefined ? [] : [['REJECT_API_REQUEST', 'FAILED', message, actor]],
      `${request.method} ${request.url}`,
    );
    assert.doesNotMatch(JSON.stringify(refused.params), /secret/);
  }
});

test('a POST that another site could have caused is refused', async () => {
  const headers = {
    cookie: api.cookie,
    'content-type': 'application/json',
    'x-pawprint-csrf': '1',
    host: 'pawprint:8080',
  };
  const foreign = 'Requests from other sites are not accepted';
  const cases: [change: Record<string, string | undefined>, status: number, message?: string][] = [
    [{ 'x-pawprint-csrf': undefined }, 403, 'The request must have the header X-Pawprint-CSRF: 1'],
    [{ 'content-type': 'text/plain' }, 415, 'Send the body as application/json'],
    [{ 'content-type': undefined }, 415, 'Send the body as application/json'],
    [{ origin: 'https://evil.example' }, 403, foreign],
    [{ origin: 'null' }, 403, foreign],
    [{ origin: 'http://pawprint:8081' }, 403, foreign],
    [{ 'sec-fetch-site': 'cross-site' }, 403, foreign],
    [{ 'sec-fetch-site': 'same-site' }, 403, foreign],
    [{ origin: 'http://pawprint:8080', 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'http://pawprint', host: 'pawprint:80' }, 200],
  ];
  for (const [change, status, message] of cases) {
    const given = Object.entries({ ...headers, ...change }).filter(
      (header): header is [string, string] => header[1] !== undefined,
    );
    const { status: answered, records } = await refusals({
      method: 'POST',
      url: '/internal/graphql',
      headers: Object.fromEntries(given),
      payload: '{"query":"{ users { id } }"}',
    });
    assert.equal(answered, status, JSON.stringify(change));
    assert.deepEqual(
      records[0]?.slice(0, 3),
      message === undefined
        ? ['LIST_USERS', 'SUCCEEDED', undefined]
        : ['REJECT_API_REQUEST', 'FAILED', message],
    );
  }
});

test('strangers can put only so much on record; what is not recorded is counted', async () => {
  await using strangers = await openApi();
  const { nowMs } = strangers.clock;
  const badToken = { method: 'POST', url: '/public/graphql', headers: { 'x-api-key': 'x' } } as const;
  const statuses: number[] = [];
  const records = await strangers.recordsOf(async () => {
    for (let i = 0; i < 130; i++) statuses.push((await strangers.inject(badToken)).statusCode);
  });
  assert.equal(records.length, 120);
  assert.deepEqual(statuses.toSorted(), [...Array(120).fill(401), ...Array(10).fill(429)]);
  // Nor may they try passwords then; known callers are not held up.
  const tried = await strangers.asConsole('/internal/sign-in', administrator, { cookie: '' });
  assert.equal(tried.statusCode, 429);
  assert.equal(tried.headers['retry-after'], '1');
  assert.equal((await strangers.asToken('{ users { id } }')).statusCode, 200);
  strangers.clock.nowMs = nowMs + 2_000;
  const [first, second] = await strangers.recordsOf(async () => {
    await strangers.inject(badToken);
    await strangers.inject(badToken);
  });
  assert.deepEqual(first?.actionDetails, { unrecordedRefusals: 11 });
  assert.equal(second?.actionDetails, undefined);
});

test('signing in by a person who knows how is not held against their network', async () => {
  await using office = await openApi();
  for (let i = 0; i < 3; i++) await office.asConsole('/internal/sign-in', administrator, { cookie: '' });
  const badToken = { method: 'POST', url: '/public/graphql', headers: { 'x-api-key': 'x' } } as const;
  const records = await office.recordsOf(async () => {
    for (let i = 0; i < 125; i++) await office.inject(badToken);
  });
  assert.equal(records.length, 120);
});

test('every route is recorded, or is on the short list of those that do nothing to record', () => {
  const unrecorded = api.server.routes.filter(({ recorded }) => recorded.by === 'nothing');
  assert.deepEqual(
    unrecorded.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /ledger/*',
      'HEAD /ledger/*',
      'GET /healthz',
      'HEAD /healthz',
      'GET /readyz',
      'HEAD /readyz',
      'GET /*',
      'HEAD /*',
    ],
  );
  const graphql = api.server.routes.filter(({ recorded }) => recorded.by === 'root fields');
  assert.deepEqual(
    graphql.map(({ method, url }) => `${method} ${url}`),
    ['POST /public/graphql', 'POST /internal/graphql'],
  );
  const actions = api.server.routes.flatMap(({ recorded }) =>
    recorded.by === 'action' ? [recorded.action] : [],
  );
  assert.equal(actions.length, 66);
  for (const action of actions) assert.ok(isActionName(action), action);
});

test('an unexpected error tells the client a reference, and the operator the rest', async () => {
  await using broken = await openApi();
  await broken.store.close();
  const answer = await broken.asToken('{ users { id } }').catch((error) => error);
  assert.ok([500, 503].includes(answer.statusCode), String(answer));
  assert.doesNotMatch(answer.payload, /sqlite|database is|at /i);
});
