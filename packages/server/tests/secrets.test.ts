import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { sessionClient, startTestInstance } from '@pawprint/testing';
import { ask } from './lake-query.ts';

const passwords = {
  setUp: 'moss covered anvil',
  invited: 'quiet brass lantern',
  reset: 'seven amber kettles',
  wrong: 'not even nearly it',
  weak: 'password-2026',
  misplaced: 'sent where no field is',
};

/** Everything that opens something, once in each way it can be sent or made. */
async function useSecrets() {
  const fresh = await startTestInstance({ withoutAdministrator: true });
  const secrets: Record<string, string> = { ...passwords };
  const stranger = sessionClient(fresh.address);
  const linkToken = (link: string) => link.split('#token=')[1] ?? '';
  const note = (name: string, value: string) => {
    assert.notEqual(value, '', name);
    secrets[name] = value;
    return value;
  };
  const cookieOf = (response: Response) => response.headers.get('set-cookie') ?? '';
  const session = (name: string, response: Response) => {
    assert.equal(response.status, 200, name);
    const [, value = ''] = /pawprint_session=([^;]+)/.exec(cookieOf(response)) ?? [];
    note(name, value);
    return sessionClient(fresh.address, cookieOf(response));
  };

  const setUp = {
    email: 'admin@example.com',
    token: note('set-up link', linkToken(fresh.instance.setUpLink ?? '')),
  };
  await stranger.post('/internal/set-up', { ...setUp, password: passwords.weak });
  const admin = session(
    'session of set-up',
    await stranger.post('/internal/set-up', { ...setUp, password: passwords.setUp }),
  );
  await stranger.post('/internal/set-up', { ...setUp, password: passwords.setUp });

  const { email } = setUp;
  await stranger.post('/internal/sign-in', { email, password: passwords.wrong });
  await stranger.post('/internal/sign-in', { email, password: [passwords.wrong] });
  await stranger.post('/internal/sign-in', {
    email,
    pass: passwords.misplaced,
    password: { is: passwords.misplaced },
  });
  await stranger.fetch('/internal/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{"email": "${email}", "password": "${passwords.wrong}"`,
  });
  session(
    'session of sign-in',
    await stranger.post('/internal/sign-in', { email, password: passwords.setUp }),
  );

  const { inviteUser } = await admin.ask<{ inviteUser: { user: { id: string }; invitationLink: string } }>(
    `mutation { inviteUser(input: { email: "guest@example.com", role: { kind: NAME, value: "Analyst" } }) {
      user { id } invitationLink } }`,
  );
  const invitation = { token: note('invitation link', linkToken(inviteUser.invitationLink)) };
  session(
    'session of invitation',
    await stranger.post('/internal/invitation', { ...invitation, password: passwords.invited }),
  );
  await stranger.post('/internal/invitation', { ...invitation, password: passwords.invited });
  const { resetUserPassword } = await admin.ask<{ resetUserPassword: { resetLink: string } }>(
    'mutation ($id: ID!) { resetUserPassword(input: { id: $id }) { resetLink } }',
    { id: inviteUser.user.id },
  );
  const reset = {
    token: note('reset link', linkToken(resetUserPassword.resetLink)),
    password: passwords.reset,
  };
  session('session of reset', await stranger.post('/internal/password-reset', reset));

  const { createAPIToken } = await admin.ask<{ createAPIToken: { token: { id: string; value: string } } }>(
    'mutation { createAPIToken(input: { name: "Robot", permissions: [UserRead] }) { token { id value } } }',
  );
  const { id, value } = createAPIToken.token;
  note('token', value);
  const use = (token: string) =>
    fetch(`${fresh.address}/public/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': token },
      body: '{"query": "{ users { id } }"}',
    });
  assert.equal((await use(value)).status, 200);
  const { rotateAPIToken } = await admin.ask<{ rotateAPIToken: { token: { value: string } } }>(
    'mutation ($id: ID!) { rotateAPIToken(input: { id: $id }) { token { value } } }',
    { id },
  );
  assert.equal((await use(note('rotated token', rotateAPIToken.token.value))).status, 200);
  assert.equal((await use(value)).status, 401);
  return { fresh, admin, secrets };
}

test('no password, token, link or session stands in the ledger, the database, the lake or the reports', async () => {
  const { fresh, admin, secrets } = await useSecrets();
  await using _ = fresh;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await fresh.instance.settled();
  // Files of the lake are compressed, so it is asked.
  const rows = JSON.stringify(await ask(admin, 'SELECT * FROM panther_logs.public.panther_audit'));
  assert(rows.includes('COMPLETE_PASSWORD_RESET') && rows.includes('(redacted)'));
  for (const [name, secret] of Object.entries(secrets)) {
    assert(!rows.includes(secret), `${name} stands in the lake`);
    assert(!fresh.reports.join('\n').includes(secret), `${name} was reported`);
  }
  await fresh.stop();

  let bytes = 0;
  for await (const file of glob('**/*', { cwd: fresh.dataDirectory, withFileTypes: true })) {
    if (!file.isFile() || file.name === 'reserve') continue;
    const content = await readFile(join(file.parentPath, file.name));
    bytes += content.length;
    for (const [name, secret] of Object.entries(secrets)) {
      assert(!content.includes(secret), `${name} stands in ${file.name}`);
    }
  }
  assert(bytes > 50_000, `only ${bytes} bytes were looked at`);
});
