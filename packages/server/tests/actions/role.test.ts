import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { permissions } from '@pawprint/record';
import { startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { recordOf } from '../expected-record.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const nowhere = 'no-such-role';
const noRole = { code: 'NOT_FOUND', message: `There is no role ${nowhere}` };

const limitFields = 'timeSeconds memoryMb resultRows resultBytes concurrentQueries';
const roleFields = `id name permissions logTypeAccess logTypeAccessKind queryLimits { ${limitFields} }`;
const noLimits = Object.fromEntries(limitFields.split(' ').map((name) => [name, null]));
const operations = {
  create: `mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { ${roleFields} } } }`,
  update: `mutation ($input: UpdateRoleInput!) { updateRole(input: $input) { role { ${roleFields} } } }`,
  delete: 'mutation ($input: DeleteRoleInput!) { deleteRole(input: $input) { id } }',
  byName: `query ($name: String!) { roleByName(name: $name) { ${roleFields} } }`,
};

interface Role {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly logTypeAccess: readonly string[];
  readonly logTypeAccessKind: string;
  readonly queryLimits: Readonly<Record<string, number | null>>;
}

let made = 0;

async function createRole(fields: Record<string, unknown> = {}): Promise<Role> {
  made += 1;
  const input = { name: `Duty ${made}`, permissions: ['AlertRead'], ...fields };
  const { createRole } = await admin.ask<{ createRole: { role: Role } }>(operations.create, { input });
  return createRole.role;
}

async function updateRole(input: Record<string, unknown>): Promise<Role> {
  const { updateRole } = await admin.ask<{ updateRole: { role: Role } }>(operations.update, { input });
  return updateRole.role;
}

let beforeChange: Role;

testActions(instance, [
  {
    operation: 'query ($input: RolesInput) { roles(input: $input) { id } }',
    action: 'LIST_USER_ROLES',
    description: 'Lists the roles',
    permission: 'UserRead',
    given: () => ({ input: { nameContains: 'a', sortDir: 'descending' } }),
    refusals: [
      {
        variables: { input: { nameContains: 'x'.repeat(257) } },
        field: 'input.nameContains',
        message: 'input.nameContains: Too big: expected string to have <=256 characters',
      },
    ],
  },
  {
    operation: 'query ($id: ID!) { roleById(id: $id) { id } }',
    action: 'GET_USER_ROLE',
    description: 'Fetches the role with an id',
    permission: 'UserRead',
    given: async () => ({ id: (await createRole()).id }),
    refusals: [{ ...noRole, variables: { id: nowhere }, field: 'id' }],
  },
  {
    operation: operations.byName,
    action: 'GET_USER_ROLE',
    description: 'Fetches the role with a name',
    permission: 'UserRead',
    given: () => ({ name: 'ANALYST' }),
    refusals: [{ ...noRole, variables: { name: nowhere }, field: 'name' }],
  },
  {
    operation: operations.create,
    action: 'CREATE_USER_ROLE',
    description: 'Adds a role',
    permission: 'UserModify',
    given: () => ({
      input: {
        name: 'Night watch',
        // Kept once each, in the published order.
        permissions: ['RuleRead', 'AlertRead', 'RuleRead'],
        logTypeAccess: ['AWS.CloudTrail'],
        logTypeAccessKind: 'ALLOW',
        queryLimits: { timeSeconds: 10, concurrentQueries: 1 },
      },
    }),
    details: ({ createRole: { role } }) => {
      assert.deepEqual(role.permissions, ['AlertRead', 'RuleRead']);
      assert.deepEqual(role.queryLimits, { ...noLimits, timeSeconds: 10, concurrentQueries: 1 });
      return { after: role };
    },
    refusals: [
      {
        variables: { input: { name: ' ', permissions: [] } },
        field: 'input.name',
        message: 'input.name: must not be empty',
      },
      {
        variables: { input: { name: 'Wat\u202ech', permissions: [] } },
        field: 'input.name',
        message: 'input.name: must not contain control characters or broken Unicode',
      },
      {
        variables: { input: { name: 'aDMIN', permissions: [] } },
        code: 'ALREADY_EXISTS',
        field: 'input.name',
        message: 'There is already a role named aDMIN',
      },
      {
        variables: {
          input: { name: 'Odd', permissions: [], logTypeAccess: ['; drop'], logTypeAccessKind: 'DENY' },
        },
        field: 'input.logTypeAccess.0',
        message: 'input.logTypeAccess.0: not a log type name such as AWS.CloudTrail',
      },
      ...[
        ['timeSeconds', 61, 'from 1 to 60'],
        ['memoryMb', 31, 'from 32 to 512'],
        ['resultRows', 0, 'from 1 to 1000000'],
        ['resultBytes', 1_073_741_825, 'from 1 to 1073741824'],
        ['concurrentQueries', 6, 'from 1 to 5'],
      ].map(([name, value, range]) => ({
        variables: { input: { name: 'Odd', permissions: [], queryLimits: { [String(name)]: value } } },
        field: `input.queryLimits.${name}`,
        message: `input.queryLimits.${name}: must be a whole number ${range}, the limit of the instance`,
      })),
      {
        variables: { input: { name: 'Odd', permissions: [], logTypeAccessKind: 'ALLOW' } },
        field: 'input.logTypeAccess',
        message: 'input.logTypeAccess: must name at least one log type when the kind is ALLOW',
      },
      {
        variables: { input: { name: 'Odd', permissions: [], logTypeAccess: ['Panther.Audit'] } },
        field: 'input.logTypeAccess',
        message: 'input.logTypeAccess: must be empty or left out when the kind is ALLOW_ALL',
      },
    ],
  },
  {
    operation: operations.update,
    action: 'UPDATE_USER_ROLE',
    description: 'Updates a role',
    permission: 'UserModify',
    async given() {
      beforeChange = await createRole();
      return {
        input: {
          id: beforeChange.id,
          name: 'Day watch',
          permissions: ['RuleRead'],
          queryLimits: { memoryMb: 64 },
        },
      };
    },
    details: ({ updateRole: { role } }) => ({ before: beforeChange, after: role }),
    refusals: [
      { ...noRole, variables: { input: { id: nowhere } }, field: 'input.id' },
      {
        variables: { input: { id: nowhere, name: 'Wat\u0000ch' } },
        field: 'input.name',
        message: 'input.name: must not contain control characters or broken Unicode',
      },
    ],
  },
  {
    operation: operations.delete,
    action: 'DELETE_USER_ROLE',
    description: 'Deletes a role',
    permission: 'UserModify',
    async given() {
      beforeChange = await createRole();
      return { input: { id: beforeChange.id } };
    },
    details: ({ deleteRole }) => {
      assert.equal(deleteRole.id, beforeChange.id);
      return { before: beforeChange };
    },
    refusals: [{ ...noRole, variables: { input: { id: nowhere } }, field: 'input.id' }],
  },
]);

test('a new instance has three roles, and its administrator has the one that may do everything', async () => {
  await using fresh = await startTestInstance();
  const { roles } = await fresh.admin.ask<{ roles: readonly Role[] }>(`{ roles { ${roleFields} } }`);
  assert.deepEqual(
    roles.map(({ name, logTypeAccessKind }) => [name, logTypeAccessKind]),
    [
      ['Admin', 'ALLOW_ALL'],
      ['Analyst', 'ALLOW_ALL'],
      ['AnalystReadOnly', 'ALLOW_ALL'],
    ],
  );
  assert.deepEqual(
    roles[0]?.permissions,
    permissions.map(({ name }) => name),
  );
});

test('roles are listed by a part of their name in any letter case, in either direction', async () => {
  await createRole({ name: 'zebra crossing' });
  await createRole({ name: 'ZEBRA stripes' });
  const { up, down } = await admin.ask<Record<'up' | 'down', readonly Role[]>>(`{
    up: roles(input: { nameContains: "Zebra" }) { name }
    down: roles(input: { nameContains: "zebra", sortDir: descending }) { name }
  }`);
  assert.deepEqual(up, [{ name: 'zebra crossing' }, { name: 'ZEBRA stripes' }]);
  assert.deepEqual(down, up.toReversed());
});

test('a role is found by its name in any letter case and Unicode form', async () => {
  const { id } = await createRole({ name: 'Caf\u00e9 crew' });
  const { roleByName } = await admin.ask<{ roleByName: Role }>(operations.byName, {
    name: 'CAFE\u0301 CREW',
  });
  assert.equal(roleByName.id, id);
});

test('a role may change the letters of its own name, and not take that of another', async () => {
  const { id } = await createRole({ name: 'Scouts' });
  assert.equal((await updateRole({ id, name: 'SCOUTS' })).name, 'SCOUTS');
  await assertRefused(
    admin,
    operations.update,
    { input: { id, name: 'analystREADonly' } },
    { code: 'ALREADY_EXISTS', field: 'input.name', message: 'There is already a role named analystREADonly' },
  );
});

test('permissions are replaced, not merged; what is left out stays', async () => {
  const { id } = await createRole({ permissions: ['AlertRead', 'RuleRead'] });
  assert.deepEqual((await updateRole({ id, permissions: ['UserRead'] })).permissions, ['UserRead']);
  assert.deepEqual((await updateRole({ id, name: 'Renamed' })).permissions, ['UserRead']);
  assert.deepEqual((await updateRole({ id, permissions: [] })).permissions, []);
});

test('limits of queries are replaced together; left out they stay', async () => {
  const { id } = await createRole({ queryLimits: { timeSeconds: 5, resultRows: 10 } });
  const renamed = await updateRole({ id, name: 'Limited' });
  assert.deepEqual(renamed.queryLimits, { ...noLimits, timeSeconds: 5, resultRows: 10 });
  const replaced = await updateRole({ id, queryLimits: { timeSeconds: 7, resultRows: null } });
  assert.deepEqual(replaced.queryLimits, { ...noLimits, timeSeconds: 7 });
  assert.deepEqual((await updateRole({ id, queryLimits: {} })).queryLimits, noLimits);
});

test('a kind of log-type access that takes no list drops the old one, and one that takes it needs it', async () => {
  const { id } = await createRole({ logTypeAccess: ['Panther.Audit'], logTypeAccessKind: 'DENY' });
  const denied = await updateRole({ id, logTypeAccessKind: 'DENY_ALL' });
  assert.deepEqual([denied.logTypeAccessKind, denied.logTypeAccess], ['DENY_ALL', []]);
  await assertRefused(
    admin,
    operations.update,
    { input: { id, logTypeAccessKind: 'DENY' } },
    {
      code: 'INVALID_INPUT',
      field: 'input.logTypeAccess',
      message: 'input.logTypeAccess: must name at least one log type when the kind is DENY',
    },
  );
  const allowed = await updateRole({ id, logTypeAccessKind: 'ALLOW', logTypeAccess: ['Okta.SystemLog'] });
  assert.deepEqual([allowed.logTypeAccessKind, allowed.logTypeAccess], ['ALLOW', ['Okta.SystemLog']]);
});

test('a role that somebody holds is not deleted', async () => {
  const { id, name } = await createRole();
  const { inviteUser } = await admin.ask<{ inviteUser: { user: { id: string } } }>(
    'mutation ($role: String!) { inviteUser(input: { email: "holder@example.com", role: { kind: ID, value: $role } }) { user { id } } }',
    { role: id },
  );
  await assertRefused(
    admin,
    operations.delete,
    { input: { id } },
    { code: 'CONFLICT', field: 'input.id', message: `The role ${name} still belongs to 1 user(s)` },
  );
  await admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', {
    id: inviteUser.user.id,
  });
  await admin.ask(operations.delete, { input: { id } });
});

test('a change of permissions holds at once for those who are signed in', async () => {
  const user = await instance.userWith(['UserRead']);
  const { userById } = await admin.ask<{ userById: { role: Role } }>(
    'query ($id: ID!) { userById(id: $id) { role { id } } }',
    { id: user.id },
  );
  await user.ask('{ users { id } }');
  await updateRole({ id: userById.role.id, permissions: [] });
  await assertRefused(
    user,
    '{ users { id } }',
    {},
    {
      code: 'FORBIDDEN',
      message: 'This needs the permission UserRead',
    },
  );
});

test('nobody takes UserModify from themselves by changing their role', async () => {
  const manager = await instance.userWith(['UserModify']);
  const { role } = (await (await manager.fetch('/internal/session')).json()) as { role: Role };
  await assertRefused(
    manager,
    operations.update,
    { input: { id: role.id, permissions: ['UserRead'] } },
    {
      code: 'CONFLICT',
      field: 'input.permissions',
      message: 'You can not take the permission UserModify from yourself',
    },
  );
});

test('a name with broken Unicode is recorded with its replacement character', async () => {
  const record = await recordOf(instance, () =>
    admin.graphql(operations.create, { input: { name: 'Wat\ud83dch', permissions: [] } }),
  );
  assert.equal(record.actionResult, 'FAILED');
  assert.deepEqual(record.actionParams, {
    dynamic: { input: { name: 'Wat\ufffdch', permissions: [] } },
    static: {},
  });
});
