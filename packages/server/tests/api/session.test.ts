import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { inviteUser } from '../../src/actions/user/invite-user.ts';
import { type ApiUnderTest, administrator, openApi } from './api-under-test.ts';

let api: ApiUnderTest;
before(async () => {
  const proxy = parseCidrBlock('127.0.0.1/32');
  assert(proxy !== undefined);
  api = await openApi({ config: { listen: { host: '', port: 0 }, trustedProxies: [proxy] } });
});
after(() => api[Symbol.asyncDispose]());

const stranger = { cookie: '' };

test('signing in sets a cookie that scripts and other sites do not get', async () => {
  const plain = await api.asConsole('/internal/sign-in', administrator, stranger);
  assert.equal(plain.statusCode, 200);
  assert.deepEqual(plain.json(), {});
  assert.match(
    String(plain.headers['set-cookie']),
    /^pawprint_session=\w+; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/,
  );
  assert.equal(plain.headers['strict-transport-security'], undefined);
  const secure = await api.asConsole('/internal/sign-in', administrator, {
    ...stranger,
    'x-forwarded-proto': 'https',
  });
  assert.match(String(secure.headers['set-cookie']), /; HttpOnly; Secure; SameSite=Strict$/);
  assert.equal(secure.headers['strict-transport-security'], 'max-age=31536000');
});

test('a wrong password is a problem document and a record that names the account', async () => {
  const records = await api.recordsOf(async () => {
    const answer = await api.asConsole(
      '/internal/sign-in',
      { ...administrator, password: 'guess' },
      stranger,
    );
    assert.equal(answer.statusCode, 401);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.deepEqual(answer.json(), {
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      detail: 'The e-mail address or the password is wrong',
    });
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult, actionParams, actor }) => [
      actionName,
      actionResult,
      actionParams,
      actor.name,
    ]),
    [
      [
        'SIGN_IN',
        'FAILED',
        { dynamic: { email: administrator.email, password: '(redacted)' }, static: {} },
        administrator.email,
      ],
    ],
  );
});

test('input that is not valid names its field; what was sent where no field is stays out of the record', async () => {
  const records = await api.recordsOf(async () => {
    const answer = await api.asConsole(
      '/internal/sign-in',
      { email: 7, password: 'p', pass: 'hunter2' },
      stranger,
    );
    assert.equal(answer.statusCode, 400);
    assert.equal(answer.json().field, 'email');
    assert.equal((await api.asConsole('/internal/sign-in', ['hunter2'], stranger)).statusCode, 400);
    assert.equal((await api.asConsole('/internal/sign-in', '"hunter2"', stranger)).statusCode, 400);
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult }) => `${actionName} ${actionResult}`),
    Array(3).fill('SIGN_IN FAILED'),
  );
  assert.doesNotMatch(JSON.stringify(records), /hunter2/);
});

test('who is signed in is told to them, and whether there is anybody at all to strangers', async () => {
  const session = await api.inject({ url: '/internal/session', headers: { cookie: api.cookie } });
  assert.equal(session.statusCode, 200);
  assert.equal(session.json().user.email, administrator.email);
  assert.equal(session.headers['cache-control'], 'no-store');
  const records = await api.recordsOf(async () => {
    const answer = await api.inject({ url: '/internal/session', headers: { cookie: 'pawprint_session=x' } });
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.json().setUp, true);
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult, actor }) => [actionName, actionResult, actor.id]),
    [['GET_SESSION', 'FAILED', 'anonymous']],
  );
});

test('an invitation is accepted once, and signs in', async () => {
  const { invitationLink } = await api.runner.run(inviteUser, {
    caller: { kind: 'system' },
    origin: {},
    description: '',
    input: { input: { email: 'new@example.com', role: { kind: 'NAME', value: 'Analyst' } } },
    params: { dynamic: {}, static: {} },
  });
  const body = { token: invitationLink.split('#token=')[1], password: 'another uncommon phrase' };
  const accepted = await api.asConsole('/internal/invitation', body, stranger);
  assert.equal(accepted.statusCode, 200);
  const [cookie] = String(accepted.headers['set-cookie']).split(';');
  const session = await api.inject({ url: '/internal/session', headers: { cookie: cookie ?? '' } });
  assert.equal(session.json().user.email, 'new@example.com');
  const again = await api.asConsole('/internal/invitation', body, stranger);
  assert.equal(again.statusCode, 401);
  assert.equal(again.json().field, 'token');
});

test('signing out ends the session and takes the cookie away', async () => {
  const signedIn = await api.asConsole('/internal/sign-in', administrator, stranger);
  const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';');
  const records = await api.recordsOf(async () => {
    const out = await api.asConsole('/internal/sign-out', {}, { cookie });
    assert.equal(out.statusCode, 204);
    assert.match(String(out.headers['set-cookie']), /^pawprint_session=; .*Expires=Thu, 01 Jan 1970/);
  });
  assert.deepEqual(
    records.map(({ actionName, actionParams }) => [actionName, actionParams]),
    [['SIGN_OUT', { dynamic: {}, static: {} }]],
  );
  assert.equal(
    (await api.asConsole('/internal/graphql', { query: '{ users { id } }' }, { cookie })).statusCode,
    401,
  );
});

test('a client behind a trusted proxy is recorded by its own address, with the whole header', async () => {
  const [record] = await api.recordsOf(() =>
    api.asConsole(
      '/internal/graphql',
      { query: '{ users { id } }' },
      {
        'x-forwarded-for': '198.51.100.1, 203.0.113.5',
        'user-agent': Buffer.from('Bär/1').toString('latin1'),
      },
    ),
  );
  assert.deepEqual(
    [record?.sourceIP, record?.XForwardedFor, record?.userAgent],
    ['203.0.113.5', ['198.51.100.1', '203.0.113.5'], 'Bär/1'],
  );
});
