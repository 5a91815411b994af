import { startTestInstance } from '@pawprint/testing';

/**
 * An instance in a process of its own, for load from another: starts, makes an API token and some roles, and tells the
 * parent where it answers. Ends with the parent.
 */
const [databaseUrl] = process.argv.slice(2);
const instance = await startTestInstance(databaseUrl === undefined ? {} : { databaseUrl });
const token = await instance.tokenWith([
  'UserRead',
  'UserModify',
  'GeneralSettingsRead',
  'DataAnalyticsRead',
]);
const roleIds: string[] = [];
for (let n = 0; n < 64; n += 1) {
  const { createRole } = await instance.admin.ask<{ createRole: { role: { id: string } } }>(
    'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }',
    { input: { name: `Bench ${n}`, permissions: [] } },
  );
  roleIds.push(createRole.role.id);
}
process.send?.({ address: instance.address, token: token.value, roleIds });
process.on('disconnect', () => void instance[Symbol.asyncDispose]().then(() => process.exit()));
