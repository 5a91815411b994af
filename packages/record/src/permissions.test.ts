import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPermission, permissions } from './permissions.ts';

test('the 39 permissions have names and labels of their own', () => {
  assert.equal(permissions.length, 39);
  assert.equal(new Set(permissions.map(({ name }) => name)).size, 39);
  assert.equal(new Set(permissions.map(({ label }) => label)).size, 39);
});

test('only their names are permissions', () => {
  assert.equal(isPermission('GeneralSettingsModify'), true);
  for (const other of ['generalSettingsModify', 'toString', '', null])
    assert.equal(isPermission(other), false);
});
