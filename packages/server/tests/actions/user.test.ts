import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { permissions } from '@pawprint/record';
import { administrator, startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordOf } from '../expected-record.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const everything = permissions.map(({ name }) => name);
const analyst = { kind: 'NAME', value: 'Analyst' };
const nobody = 'no-such-user';
const noUser = { code: 'NOT_FOUND', message: `There is no user ${nobody}` };

const operations = {
  invite: `mutation ($input: InviteUserInput!) { inviteUser(input: $input) {
    user { id email givenName familyName status role { id name } } } }`,
  update: `mutation ($input: UpdateUserInput!) { updateUser(input: $input) {
    user { id email givenName familyName role { id name } } } }`,
  delete: 'mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { id } }',
  deleteMany:
    'mutation ($input: DeleteUsersInput!) { deleteUsers(input: $input) { ids errors { id message } } }',
  byId: 'query ($id: ID!) { userById(id: $id) { id email status enabled role { name } } }',
};

interface Invited {
  readonly id: string;
  readonly email: string;
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly status: string;
  readonly role: { readonly id: string; readonly name: string };
}

let invitations = 0;

/** Somebody invited, in any role. */
async function invite(fields: Record<string, unknown> = {}): Promise<Invited> {
  invitations += 1;
  const input = { email: `guest${invitations}@example.com`, role: analyst, ...fields };
  const { inviteUser } = await admin.ask<{ inviteUser: { user: Invited } }>(operations.invite, { input });
  return inviteUser.user;
}

/** A user as records show it. */
function detailsOf({ id, email, givenName, familyName, role }: Invited): Record<string, unknown> {
  return { id, email, givenName, familyName, roleId: role.id, roleName: role.name };
}

async function exists(id: string): Promise<boolean> {
  const { errors } = await admin.graphql(operations.byId, { id });
  return errors.length === 0;
}

let beforeChange: Invited;

testActions(instance, [
  {
    operation: '{ users { id email } }',
    action: 'LIST_USERS',
    description: 'Lists all users',
    permission: 'UserRead',
  },
  {
    operation: operations.byId,
    action: 'GET_USER',
    description: 'Fetches the user with an id',
    permission: 'UserRead',
    given: async () => ({ id: (await invite()).id }),
    refusals: [
      { ...noUser, variables: { id: nobody }, field: 'id' },
      {
        variables: { id: 'x'.repeat(257) },
        field: 'id',
        message: 'id: Too big: expected string to have <=256 characters',
      },
    ],
  },
  {
    operation: 'query ($email: String!) { userByEmail(email: $email) { id } }',
    action: 'GET_USER',
    description: 'Fetches the user with an e-mail address',
    permission: 'UserRead',
    given: async () => ({ email: (await invite()).email.toUpperCase() }),
    refusals: [{ ...noUser, variables: { email: nobody }, field: 'email' }],
  },
  {
    operation: operations.invite,
    action: 'CREATE_USER',
    description: 'Invites a new user',
    permission: 'UserModify',
    given: () => ({
      input: { email: 'ada@example.com', givenName: 'Ada', familyName: 'Lovelace', role: analyst },
    }),
    details: ({ inviteUser: { user } }) => ({ after: detailsOf(user) }),
    refusals: [
      {
        variables: { input: { email: 'not an address', role: analyst } },
        field: 'input.email',
        message: 'input.email: must be an e-mail address such as ada@example.com',
      },
      {
        variables: { input: { email: 'ADMIN@Example.COM', role: analyst } },
        code: 'ALREADY_EXISTS',
        field: 'input.email',
        message: 'There is already a user with the e-mail address ADMIN@Example.COM',
      },
      {
        variables: { input: { email: 'new@example.com', role: { kind: 'NAME', value: 'Nobody' } } },
        code: 'NOT_FOUND',
        field: 'input.role.value',
        message: 'There is no role Nobody',
      },
    ],
  },
  {
    operation: operations.update,
    action: 'UPDATE_USER',
    description: 'Updates the information for a user',
    permission: 'UserModify',
    async given() {
      beforeChange = await invite({ givenName: 'Grace', familyName: 'Murray' });
      const role = { kind: 'NAME', value: 'analystreadonly' };
      return { input: { id: beforeChange.id, familyName: 'Hopper', role } };
    },
    details: ({ updateUser: { user } }) => {
      assert.equal(user.givenName, 'Grace');
      assert.equal(user.familyName, 'Hopper');
      assert.equal(user.role.name, 'AnalystReadOnly');
      return { before: detailsOf(beforeChange), after: detailsOf(user) };
    },
    refusals: [
      { ...noUser, variables: { input: { id: nobody } }, field: 'input.id' },
      {
        variables: { input: { id: nobody, email: '@' } },
        field: 'input.email',
        message: 'input.email: must be an e-mail address such as ada@example.com',
      },
    ],
  },
  {
    operation: operations.delete,
    action: 'DELETE_USER',
    description: 'Deletes a user',
    permission: 'UserModify',
    async given() {
      beforeChange = await invite();
      return { input: { id: beforeChange.id } };
    },
    details: ({ deleteUser }) => {
      assert.equal(deleteUser.id, beforeChange.id);
      return { before: detailsOf(beforeChange) };
    },
    refusals: [{ ...noUser, variables: { input: { id: nobody } }, field: 'input.id' }],
  },
  {
    operation: operations.deleteMany,
    action: 'DELETE_USER',
    description: 'Deletes several users',
    permission: 'UserModify',
    async given() {
      beforeChange = await invite();
      return { input: { ids: [beforeChange.id] } };
    },
    details: ({ deleteUsers }) => {
      assert.deepEqual(deleteUsers, { ids: [beforeChange.id], errors: [] });
      return { before: [detailsOf(beforeChange)] };
    },
    refusals: [
      {
        variables: { input: { ids: [] } },
        field: 'input.ids',
        message: 'input.ids: name at least one user',
      },
      { ...noUser, variables: { input: { ids: [nobody] } }, field: 'input.ids' },
    ],
  },
  {
    operation:
      'mutation ($input: ResetUserPasswordInput!) { resetUserPassword(input: $input) { resetLink } }',
    action: 'RESET_USER_PASSWORD',
    description: 'Makes a link by which a user sets a new password',
    permission: 'UserModify',
    async given() {
      beforeChange = await invite();
      return { input: { id: beforeChange.id } };
    },
    details: () => ({ id: beforeChange.id, email: beforeChange.email }),
    refusals: [{ ...noUser, variables: { input: { id: nobody } }, field: 'input.id' }],
  },
  {
    operation:
      'mutation ($input: SignOutUserEverywhereInput!) { signOutUserEverywhere(input: $input) { id sessionsEnded } }',
    action: 'SIGN_OUT_USER_EVERYWHERE',
    description: 'Ends all sessions of a user',
    permission: 'UserModify',
    async given() {
      beforeChange = await invite();
      return { input: { id: beforeChange.id } };
    },
    details: () => ({ id: beforeChange.id, email: beforeChange.email, sessionsEnded: 0 }),
    refusals: [{ ...noUser, variables: { input: { id: nobody } }, field: 'input.id' }],
  },
]);

test('an invited user has no password yet, and the names given', async () => {
  const user = await invite({ givenName: '  Ada ', familyName: '' });
  assert.equal(user.status, 'FORCE_CHANGE_PASSWORD');
  assert.equal(user.givenName, 'Ada');
  assert.equal(user.familyName, null);
});

for (const [what, name] of [
  ['a control character', 'Ada\u0007'],
  ['NUL', 'A\u0000da'],
  ['a line separator', 'Ada\u2028Lovelace'],
  ['a lone surrogate', 'Ada\ud83d'],
  ['a bidi override', 'Ada\u202ecod.exe'],
  ['a bidi isolate', '\u2067Ada'],
] as const) {
  for (const field of ['givenName', 'familyName']) {
    test(`${what} in ${field} is refused with the field named, on inviting and on updating`, async () => {
      const message = `input.${field}: must not contain control characters or broken Unicode`;
      const refusal = { code: 'INVALID_INPUT', field: `input.${field}`, message };
      const user = await invite();
      const invalid = { email: 'odd@example.com', role: analyst, [field]: name };
      await assertRefused(admin, operations.invite, { input: invalid }, refusal);
      await assertRefused(admin, operations.update, { input: { id: user.id, [field]: name } }, refusal);
    });
  }
}

test('a user may take their own address in other letters, and not that of somebody else', async () => {
  const [user, other] = [await invite(), await invite()];
  const email = user.email.toUpperCase();
  const { updateUser } = await admin.ask<{ updateUser: { user: Invited } }>(operations.update, {
    input: { id: user.id, email },
  });
  assert.equal(updateUser.user.email, email);
  const taken = other.email.toUpperCase();
  await assertRefused(
    admin,
    operations.update,
    { input: { id: user.id, email: taken } },
    {
      code: 'ALREADY_EXISTS',
      field: 'input.email',
      message: `There is already a user with the e-mail address ${taken}`,
    },
  );
});

test('what an update leaves out stays, and null takes a name away', async () => {
  const user = await invite({ givenName: 'Ada', familyName: 'Lovelace' });
  const { updateUser } = await admin.ask<{ updateUser: { user: Invited } }>(operations.update, {
    input: { id: user.id, givenName: null },
  });
  const { status: _, ...rest } = user;
  assert.deepEqual(updateUser.user, { ...rest, givenName: null });
});

test('nobody takes UserModify from themselves by a change of role', async () => {
  const manager = await instance.userWith(['UserModify']);
  const variables = { input: { id: manager.id, role: analyst } };
  const message = 'You can not take the permission UserModify from yourself';
  const record = await recordOf(instance, () =>
    assertRefused(manager, operations.update, variables, { code: 'CONFLICT', field: 'input.role', message }),
  );
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'UPDATE_USER',
      description: 'Updates the information for a user',
      actor: await actorOf(manager),
      dynamic: variables,
      errors: [message],
    }),
  );
  // To another role that still manages users they may change.
  await manager.ask(operations.update, { input: { id: manager.id, role: { kind: 'NAME', value: 'Admin' } } });
});

test('nobody deletes themselves, alone or among others', async () => {
  const manager = await instance.userWith(['UserModify']);
  const message = 'You can not delete yourself';
  const conflict = { code: 'CONFLICT', message };
  await assertRefused(
    manager,
    operations.delete,
    { input: { id: manager.id } },
    { ...conflict, field: 'input.id' },
  );
  await assertRefused(
    manager,
    operations.deleteMany,
    { input: { ids: [manager.id] } },
    { ...conflict, field: 'input.ids' },
  );
  const guest = await invite();
  const { deleteUsers } = await manager.ask<{ deleteUsers: unknown }>(operations.deleteMany, {
    input: { ids: [guest.id, manager.id] },
  });
  assert.deepEqual(deleteUsers, { ids: [guest.id], errors: [{ id: manager.id, message }] });
  assert(await exists(manager.id));
});

test('only an administrator deletes an administrator', async () => {
  const manager = await instance.userWith(['UserModify']);
  const chief = await instance.userWith(everything);
  const message = `Only an administrator may delete the administrator ${chief.email}`;
  const forbidden = { code: 'FORBIDDEN', message };
  await assertRefused(
    manager,
    operations.delete,
    { input: { id: chief.id } },
    { ...forbidden, field: 'input.id' },
  );
  await assertRefused(
    manager,
    operations.deleteMany,
    { input: { ids: [chief.id] } },
    { ...forbidden, field: 'input.ids' },
  );
  assert(await exists(chief.id));
  await admin.ask(operations.delete, { input: { id: chief.id } });
  assert(!(await exists(chief.id)));
});

test('deleting several users, one of them already gone, is PARTIALLY_FAILED and deletes the others', async () => {
  const [first, gone, last] = [await invite(), await invite(), await invite()];
  await admin.ask(operations.delete, { input: { id: gone.id } });
  const variables = { input: { ids: [first.id, gone.id, last.id, first.id] } };
  const message = `There is no user ${gone.id}`;
  const record = await recordOf(instance, async () => {
    const { deleteUsers } = await admin.ask<{ deleteUsers: unknown }>(operations.deleteMany, variables);
    assert.deepEqual(deleteUsers, { ids: [first.id, last.id], errors: [{ id: gone.id, message }] });
  });
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'DELETE_USER',
      description: 'Deletes several users',
      result: 'PARTIALLY_FAILED',
      actor: await actorOf(admin),
      dynamic: variables,
      details: { before: [detailsOf(first), detailsOf(last)] },
      errors: [message],
    }),
  );
  assert.deepEqual([await exists(first.id), await exists(last.id)], [false, false]);
});

test('deleting several users who are all gone is FAILED, with a message for each', async () => {
  const variables = { input: { ids: ['gone-1', 'gone-2'] } };
  const errors = ['There is no user gone-1', 'There is no user gone-2'];
  const record = await recordOf(instance, () =>
    assertRefused(admin, operations.deleteMany, variables, {
      code: 'NOT_FOUND',
      field: 'input.ids',
      message: errors.join('; '),
    }),
  );
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'DELETE_USER',
      description: 'Deletes several users',
      actor: await actorOf(admin),
      dynamic: variables,
      errors,
    }),
  );
});

test('a deleted user is signed out, and cannot sign in', async () => {
  const user = await instance.userWith(['UserRead']);
  await admin.ask(operations.delete, { input: { id: user.id } });
  assert.equal((await user.fetch('/internal/session')).status, 401);
  const again = await user.post('/internal/sign-in', { email: user.email, password: administrator.password });
  assert.equal(again.status, 401);
});

test('a user ends all sessions of their own without a permission', async () => {
  const user = await instance.userWith([]);
  const elsewhere = await instance.signIn(user.email, administrator.password);
  const { signOutUserEverywhere } = await user.ask<{ signOutUserEverywhere: unknown }>(
    'mutation ($id: ID!) { signOutUserEverywhere(input: { id: $id }) { id sessionsEnded } }',
    { id: user.id },
  );
  assert.deepEqual(signOutUserEverywhere, { id: user.id, sessionsEnded: 2 });
  assert.equal((await user.fetch('/internal/session')).status, 401);
  assert.equal((await elsewhere.fetch('/internal/session')).status, 401);
});

test('the last user who can sign in and manage users is neither deleted nor demoted', async () => {
  await using small = await startTestInstance();
  const token = await small.tokenWith(everything);
  // Invited, but without a password: nobody to rely on.
  await token.ask(operations.invite, {
    input: { email: 'later@example.com', role: { kind: 'NAME', value: 'Admin' } },
  });
  const { roleByName, userByEmail } = await token.ask<Record<'roleByName' | 'userByEmail', { id: string }>>(
    '{ roleByName(name: "Admin") { id } userByEmail(email: "admin@example.com") { id } }',
  );
  const message = 'This would leave no user who can sign in and has the permission UserModify';
  const last = { code: 'CONFLICT', message };
  const { id } = userByEmail;
  await assertRefused(token, operations.delete, { input: { id } }, last);
  await assertRefused(token, operations.update, { input: { id, role: analyst } }, last);
  const updateRole = 'mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { id } } }';
  const changes = { id: roleByName.id, permissions: ['UserRead'] };
  await assertRefused(token, updateRole, { input: changes }, last);
  await assertRefused(
    small.admin,
    operations.deleteMany,
    { input: { ids: [id] } },
    {
      code: 'CONFLICT',
      field: 'input.ids',
      message: 'You can not delete yourself',
    },
  );
  const { role } = (await (await small.admin.fetch('/internal/session')).json()) as {
    role: { name: string };
  };
  assert.equal(role.name, 'Admin');
});
