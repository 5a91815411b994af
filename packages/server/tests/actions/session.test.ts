import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import {
  administrator,
  type Client,
  sessionClient,
  startTestInstance,
  type TestInstance,
} from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { systemClock } from '../../src/clock.ts';
import { actorOf, anonymous, expectedRecord, recordOf, recordsOf, system } from '../expected-record.ts';

const hour = 3_600_000;
const redacted = '(redacted)';
const badLink = 'This link has been used, has expired, or was replaced by a newer one';

/** How far the instances' clock is ahead of the system's. */
let aheadMs = 0;
const clock = {
  epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
};

// No time passes for those who have to wait for another attempt at signing in.
const instance = await startTestInstance({ clock: { monotonicMs: () => 0 } });
after(() => instance[Symbol.asyncDispose]());
const { admin, address } = instance;

async function later<Result>(ms: number, work: () => Promise<Result>): Promise<Result> {
  aheadMs = ms;
  try {
    return await work();
  } finally {
    aheadMs = 0;
  }
}

/** A POST that must be answered with this problem. */
async function assertProblem(
  path: string,
  body: unknown,
  expected: { readonly status: number; readonly detail: string; readonly field?: string },
  client: Client = sessionClient(address),
): Promise<void> {
  const response = await client.post(path, body);
  const { type, title, ...problem } = (await response.json()) as Record<string, unknown>;
  assert.equal(type, 'about:blank');
  assert.equal(typeof title, 'string');
  assert.deepEqual(problem, expected);
  assert.equal(response.status, expected.status);
}

async function assertSignedIn(client: Client): Promise<void> {
  assert.equal((await client.fetch('/internal/session')).status, 200);
}

async function assertSignedOut(client: Client): Promise<void> {
  assert.equal((await client.fetch('/internal/session')).status, 401);
}

/** Follows a link with a password; the client is then signed in. */
async function follow(path: string, token: string, password: string, at = address): Promise<Client> {
  const response = await sessionClient(at).post(path, { token, password });
  assert.equal(response.status, 200, await response.text());
  return sessionClient(at, response.headers.get('set-cookie') ?? '');
}

function tokenOf(link: string): string {
  const [, token] = link.split('#token=');
  assert(token !== undefined, `${link} has no token`);
  return token;
}

let invitations = 0;

/** An invited user and the token of their link. */
async function invite(by = admin) {
  invitations += 1;
  const email = `guest${invitations}@example.com`;
  const { inviteUser } = await by.ask<{ inviteUser: { user: { id: string }; invitationLink: string } }>(
    `mutation ($email: Email!) {
      inviteUser(input: { email: $email, role: { kind: NAME, value: "Analyst" } }) { user { id } invitationLink }
    }`,
    { email },
  );
  return { id: inviteUser.user.id, email, token: tokenOf(inviteUser.invitationLink) };
}

async function resetLink(id: string, client = admin): Promise<string> {
  const { resetUserPassword } = await client.ask<{ resetUserPassword: { resetLink: string } }>(
    'mutation ($id: ID!) { resetUserPassword(input: { id: $id }) { resetLink } }',
    { id },
  );
  return resetUserPassword.resetLink;
}

const signIn = { action: 'SIGN_IN', description: 'Signs in with a password' } as const;

test('signing in is recorded under the user, without the password', async () => {
  const record = await recordOf(instance, () =>
    instance.signIn(' Admin@Example.com ', administrator.password),
  );
  assert.deepEqual(
    record,
    expectedRecord({
      ...signIn,
      actor: await actorOf(admin),
      dynamic: { email: ' Admin@Example.com ', password: redacted },
    }),
  );
});

test('a failed sign-in tells nothing about the account, and is recorded under the one that was tried', async () => {
  const invited = await invite();
  const detail = 'The e-mail address or the password is wrong';
  const attempts = [
    { email: administrator.email, actor: await actorOf(admin) },
    { email: 'nobody@example.com', actor: { ...anonymous, name: 'nobody@example.com' } },
    // No password is set yet.
    { email: invited.email, actor: undefined },
  ];
  for (const { email, actor } of attempts) {
    const record = await recordOf(instance, () =>
      assertProblem('/internal/sign-in', { email, password: 'not the pass phrase' }, { status: 401, detail }),
    );
    const expected = expectedRecord({
      ...signIn,
      actor: actor ?? record.actor,
      dynamic: { email, password: redacted },
      errors: [detail],
    });
    assert.deepEqual(record, expected);
    if (actor === undefined) assert.equal(record.actor.id, invited.id);
  }
});

test('after five failures an account has to wait, also with the right password; it is recorded', async () => {
  const user = await instance.userWith([]);
  const actor = await actorOf(user);
  const attempt = (password: string) =>
    sessionClient(address).post('/internal/sign-in', { email: user.email, password });
  for (let failure = 1; failure <= 5; failure += 1) assert.equal((await attempt('wrong')).status, 401);
  const detail = 'Too many failed attempts; try again in 1 s';
  const record = await recordOf(instance, async () => {
    const response = await attempt(administrator.password);
    const problem = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([response.status, problem.detail, problem.retryAfterSeconds], [429, detail, 1]);
    assert.equal(response.headers.get('retry-after'), '1');
  });
  assert.deepEqual(
    record,
    expectedRecord({
      ...signIn,
      actor,
      dynamic: { email: user.email, password: redacted },
      errors: [detail],
    }),
  );
  // Nobody else is held up, and who is signed in stays so.
  await instance.signIn(administrator.email, administrator.password);
  await assertSignedIn(user);
});

test('input that is not valid is refused with the field named, and recorded', async () => {
  const cases = [
    {
      path: '/internal/sign-in',
      body: { email: 7, password: 'x' },
      field: 'email',
      detail: 'email: Invalid input: expected string, received number',
      ...signIn,
      dynamic: { email: 7, password: redacted },
    },
    {
      path: '/internal/sign-in',
      body: { email: 'Ada\ud83d', password: 'x' },
      field: 'email',
      detail: 'email: must not contain NUL or broken Unicode',
      ...signIn,
      dynamic: { email: 'Ada\ufffd', password: redacted },
    },
    {
      path: '/internal/sign-in',
      body: { email: 'a@example.com', password: 'x', remember: true },
      field: 'remember',
      detail: 'remember: there is no such field',
      ...signIn,
      dynamic: { email: 'a@example.com', password: redacted, remember: '(not recorded: unknown field)' },
    },
    {
      path: '/internal/set-up',
      body: { email: 'nobody', password: administrator.password, token: 'x' },
      field: 'email',
      detail: 'email: must be an e-mail address such as ada@example.com',
      action: 'SET_UP_INSTANCE',
      description: 'Makes the first administrator',
      dynamic: { email: 'nobody', password: redacted, token: redacted },
    },
    {
      path: '/internal/invitation',
      body: { password: 'x' },
      field: 'token',
      detail: 'token: Invalid input: expected string, received undefined',
      action: 'ACCEPT_INVITATION',
      description: 'Accepts an invitation',
      dynamic: { password: redacted },
    },
    {
      path: '/internal/password-reset',
      body: { token: 'x', password: null },
      field: 'password',
      detail: 'password: must be text',
      action: 'COMPLETE_PASSWORD_RESET',
      description: 'Sets a new password through a reset link',
      dynamic: { token: redacted, password: redacted },
    },
  ] as const;
  const records = await recordsOf(instance, async () => {
    for (const { path, body, field, detail } of cases) {
      await assertProblem(path, body, { status: 400, detail, field });
    }
  });
  assert.deepEqual(
    records,
    cases.map(({ action, description, dynamic, detail }) =>
      expectedRecord({ action, description, actor: anonymous, dynamic, errors: [detail] }),
    ),
  );
});

test('asking who is signed in is recorded, whether somebody is or not', async () => {
  const actor = await actorOf(admin);
  const records = await recordsOf(instance, async () => {
    await assertSignedIn(admin);
    await assertSignedOut(sessionClient(address, 'pawprint_session=nonsense'));
  });
  const session = { action: 'GET_SESSION', description: 'Tells who is signed in' } as const;
  assert.deepEqual(records, [
    expectedRecord({ ...session, actor }),
    expectedRecord({ ...session, actor: anonymous, errors: ['Sign in first'] }),
  ]);
});

test('signing out ends this session and no other; without one it is refused', async () => {
  const [here, elsewhere] = [
    await instance.signIn(administrator.email, administrator.password),
    await instance.signIn(administrator.email, administrator.password),
  ];
  const records = await recordsOf(instance, async () => {
    assert.equal((await here.post('/internal/sign-out', {})).status, 204);
    await assertProblem('/internal/sign-out', {}, { status: 401, detail: 'Sign in first' }, here);
  });
  const signOut = { action: 'SIGN_OUT', description: 'Signs out' } as const;
  assert.deepEqual(records, [
    expectedRecord({ ...signOut, actor: await actorOf(admin) }),
    expectedRecord({ ...signOut, actor: anonymous, errors: ['Sign in first'] }),
  ]);
  await assertSignedOut(here);
  await assertSignedIn(elsewhere);
});

test('an invitation link works once, makes the password and signs in', async () => {
  const { id, email, token } = await invite();
  const path = '/internal/invitation';
  let client: Client | undefined;
  const [accepted, ...refused] = await recordsOf(instance, async () => {
    client = await follow(path, token, administrator.password);
    await assertProblem(
      path,
      { token, password: administrator.password },
      { status: 401, detail: badLink, field: 'token' },
    );
  });
  assert(client !== undefined);
  const invitation = { action: 'ACCEPT_INVITATION', description: 'Accepts an invitation' } as const;
  const dynamic = { token: redacted, password: redacted };
  const actor = await actorOf(client);
  assert.equal(actor.id, id);
  assert.deepEqual(
    [accepted, ...refused],
    [
      expectedRecord({ ...invitation, actor, dynamic }),
      expectedRecord({ ...invitation, actor: anonymous, dynamic, errors: [badLink] }),
    ],
  );
  await instance.signIn(email, administrator.password);
  const { userById } = await admin.ask<{ userById: Record<string, string> }>(
    'query ($id: ID!) { userById(id: $id) { status lastLoggedInAt } }',
    { id },
  );
  assert.equal(userById.status, 'CONFIRMED');
  assert.notEqual(userById.lastLoggedInAt, null);
});

test('a weak password is refused with the reason, and the link still works', async () => {
  const { email, token } = await invite();
  const path = '/internal/invitation';
  for (const [password, problem] of [
    ['short', 'must have at least 12 characters'],
    ['password-2026', 'must not be a common password or a sequence of keys'],
    [`${email}`, 'must not be the e-mail address'],
    ['a'.repeat(20), 'must have at least 5 different characters'],
  ] as const) {
    const detail = `password: ${problem}`;
    const record = await recordOf(instance, () =>
      assertProblem(path, { token, password }, { status: 400, detail, field: 'password' }),
    );
    assert.equal(record.actor.name, email);
    assert.deepEqual(record.errors, [{ message: detail }]);
  }
  await follow(path, token, administrator.password);
});

test('a newer invitation link replaces the older one', async () => {
  const { id, token } = await invite();
  const newer = await resetLink(id);
  assert(newer.startsWith(`${address}/invitation#token=`));
  const expected = { status: 401, detail: badLink, field: 'token' };
  await assertProblem('/internal/invitation', { token, password: administrator.password }, expected);
  await follow('/internal/invitation', tokenOf(newer), administrator.password);
});

test('a session lasts twelve hours, an invitation link seven days, a reset link one', async () => {
  await using aging = await startTestInstance({ clock });
  const { password } = administrator;
  const expired = { status: 401, detail: badLink, field: 'token' };
  const refuse = (path: string, token: string) =>
    assertProblem(path, { token, password }, expired, sessionClient(aging.address));
  const [invited, ignored] = [await invite(aging.admin), await invite(aging.admin)];
  const reset = tokenOf(await resetLink((await aging.userWith([])).id, aging.admin));
  const forgotten = tokenOf(await resetLink((await aging.userWith([])).id, aging.admin));

  await later(12 * hour - 60_000, () => assertSignedIn(aging.admin));
  await later(12 * hour + 60_000, () => assertSignedOut(aging.admin));
  await later(24 * hour + 60_000, () => refuse('/internal/password-reset', forgotten));
  await later(24 * hour - 60_000, () => follow('/internal/password-reset', reset, password, aging.address));
  await later(7 * 24 * hour + 60_000, () => refuse('/internal/invitation', ignored.token));
  await later(7 * 24 * hour - 60_000, () =>
    follow('/internal/invitation', invited.token, password, aging.address),
  );
});

test('a reset link works once, sets the password, and ends every other session', async () => {
  const user = await instance.userWith([]);
  const link = await resetLink(user.id);
  assert(link.startsWith(`${address}/password-reset#token=`));
  // Until it is used, nothing has changed.
  const elsewhere = await instance.signIn(user.email, administrator.password);
  const token = tokenOf(link);
  const password = 'another uncommon phrase';
  const path = '/internal/password-reset';
  let client: Client | undefined;
  const record = await recordOf(instance, async () => {
    client = await follow(path, token, password);
  });
  assert(client !== undefined);
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'COMPLETE_PASSWORD_RESET',
      description: 'Sets a new password through a reset link',
      actor: await actorOf(client),
      dynamic: { token: redacted, password: redacted },
    }),
  );
  await assertSignedOut(user);
  await assertSignedOut(elsewhere);
  await assertProblem(path, { token, password }, { status: 401, detail: badLink, field: 'token' });
  await instance.signIn(user.email, password);
  const old = await sessionClient(address).post('/internal/sign-in', {
    email: user.email,
    password: administrator.password,
  });
  assert.equal(old.status, 401);
});

test('a link of one kind is no link of another', async () => {
  const { token } = await invite();
  const { password } = administrator;
  const expected = { status: 401, detail: badLink, field: 'token' };
  await assertProblem('/internal/password-reset', { token, password }, expected);
  await assertProblem('/internal/set-up', { token, password, email: 'new@example.com' }, expected);
});

test('an administrator signs somebody out everywhere', async () => {
  const user = await instance.userWith([]);
  const elsewhere = await instance.signIn(user.email, administrator.password);
  const { signOutUserEverywhere } = await admin.ask<{ signOutUserEverywhere: unknown }>(
    'mutation ($id: ID!) { signOutUserEverywhere(input: { id: $id }) { id sessionsEnded } }',
    { id: user.id },
  );
  assert.deepEqual(signOutUserEverywhere, { id: user.id, sessionsEnded: 2 });
  await assertSignedOut(user);
  await assertSignedOut(elsewhere);
});

function post(at: TestInstance, headers: Record<string, string>): Promise<Response> {
  return sessionClient(at.address).fetch('/internal/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ email: 'nobody@example.com', password: 'x' }),
  });
}

test('X-Forwarded-For from someone who is no trusted proxy is kept whole and not believed', async () => {
  const record = await recordOf(instance, () =>
    post(instance, { 'x-forwarded-for': '192.0.2.1, not-an-address,10.0.0.1' }),
  );
  assert.equal(record.sourceIP, '127.0.0.1');
  assert.deepEqual(record.XForwardedFor, ['192.0.2.1', 'not-an-address', '10.0.0.1']);
});

test('through a trusted proxy the source is the address it names; what the client made up is kept and not believed', async () => {
  const trustedProxies = ['127.0.0.0/8', '10.0.0.0/8'].flatMap((text) => parseCidrBlock(text) ?? []);
  await using proxied = await startTestInstance({ trustedProxies });
  const cases: readonly [header: string, sourceIP: string][] = [
    ['203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
    ['1.2.3.4, 2001:DB8::9', '2001:db8::9'],
    ['203.0.113.9, unknown', '127.0.0.1'],
  ];
  for (const [header, sourceIP] of cases) {
    const record = await recordOf(proxied, () => post(proxied, { 'x-forwarded-for': header }));
    assert.equal(record.sourceIP, sourceIP, header);
    assert.deepEqual(record.XForwardedFor, header.split(', '));
  }
});

const setUp = { action: 'SET_UP_INSTANCE', description: 'Makes the first administrator' } as const;

test('a new instance is set up once, through its link', async () => {
  await using fresh = await startTestInstance({ withoutAdministrator: true, clock });
  const { setUpLink = '' } = fresh.instance;
  assert(setUpLink.startsWith(`${fresh.address}/set-up#token=`));
  const stranger = sessionClient(fresh.address);
  const session = await stranger.fetch('/internal/session');
  assert.deepEqual([session.status, ((await session.json()) as { setUp: boolean }).setUp], [401, false]);

  const body = {
    email: 'ada@example.com',
    password: administrator.password,
    givenName: 'Ada',
    familyName: 'Lovelace',
  };
  const token = tokenOf(setUpLink);
  const refused = { status: 401, detail: badLink, field: 'token' };
  let response: Response | undefined;
  const records = await recordsOf(fresh, async () => {
    await assertProblem('/internal/set-up', { ...body, token: 'guess' }, refused, stranger);
    await assertProblem(
      '/internal/set-up',
      { ...body, token, password: 'too short' },
      { status: 400, detail: 'password: must have at least 12 characters', field: 'password' },
      stranger,
    );
    await later(24 * hour + 60_000, () =>
      assertProblem('/internal/set-up', { ...body, token }, refused, stranger),
    );
    response = await stranger.post('/internal/set-up', { ...body, token });
    assert.equal(response.status, 200);
    await assertProblem('/internal/set-up', { ...body, email: 'eve@example.com', token }, refused, stranger);
  });
  const ada = sessionClient(fresh.address, response?.headers.get('set-cookie') ?? '');
  const { id, ...attributes } = (await actorOf(ada)) as { id: string };
  const dynamic = { ...body, token: redacted, password: redacted };
  const actor = { id, ...attributes, name: 'Ada Lovelace' } as AuditRecord['actor'];
  // Back from the next day the clock has gone back, which is on record, too.
  const ofSetUp = records.filter(({ actionName }) => actionName !== 'REPORT_SYSTEM_ERROR');
  assert.deepEqual(ofSetUp, [
    expectedRecord({ ...setUp, actor: anonymous, dynamic, errors: [badLink] }),
    expectedRecord({
      ...setUp,
      actor: anonymous,
      dynamic,
      errors: ['password: must have at least 12 characters'],
    }),
    expectedRecord({ ...setUp, actor: anonymous, dynamic, errors: [badLink] }),
    expectedRecord({
      ...setUp,
      actor,
      dynamic,
      details: { after: { id, email: body.email, roleName: 'Admin' } },
    }),
    expectedRecord({
      ...setUp,
      actor: anonymous,
      dynamic: { ...dynamic, email: 'eve@example.com' },
      errors: [badLink],
    }),
  ]);
  const { users } = await ada.ask<{ users: readonly { email: string }[] }>('{ users { email } }');
  assert.deepEqual(users, [{ email: 'ada@example.com' }]);
});

test('each start of an instance that is not set up makes a new link, and ends the old one', async () => {
  await using first = await startTestInstance({ withoutAdministrator: true });
  const old = tokenOf(first.instance.setUpLink ?? '');
  await first.stop();
  await using second = await startTestInstance({
    withoutAdministrator: true,
    dataDirectory: first.dataDirectory,
  });
  const body = { email: 'ada@example.com', password: administrator.password };
  const stranger = sessionClient(second.address);
  await assertProblem(
    '/internal/set-up',
    { ...body, token: old },
    { status: 401, detail: badLink, field: 'token' },
    stranger,
  );
  const token = tokenOf(second.instance.setUpLink ?? '');
  assert.equal((await stranger.post('/internal/set-up', { ...body, token })).status, 200);
});

test('the settings make the first administrator of an empty instance, and change nothing later', async () => {
  await using first = await startTestInstance();
  assert.equal(first.instance.setUpLink, undefined);
  const actor = await actorOf(first.admin);
  const [started, made] = await first.records();
  assert.equal(started?.actionName, 'START_INSTANCE');
  assert(made !== undefined);
  assert.deepEqual(
    { ...made, timestamp: '<timestamp>' },
    expectedRecord({
      ...setUp,
      description: 'The first administrator is made from the settings',
      actor: system,
      static: { email: administrator.email, password: redacted },
      details: { after: { id: actor.id, email: administrator.email, roleName: 'Admin' } },
      origin: {},
    }),
  );
  await first.stop();
  await using second = await startTestInstance({ dataDirectory: first.dataDirectory });
  assert.equal((await actorOf(second.admin)).id, actor.id);
  const names = (await second.records()).map(({ actionName }) => actionName);
  assert.equal(names.filter((name) => name === 'SET_UP_INSTANCE').length, 1);
});
