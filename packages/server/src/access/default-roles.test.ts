import assert from 'node:assert/strict';
import { test } from 'node:test';
import { permissions } from '@pawprint/record';
import { defaultRoles } from './default-roles.ts';

const { admin, analyst, analystReadOnly } = defaultRoles;

test('an Admin may do everything', () => {
  assert.deepEqual(new Set(admin.permissions), new Set(permissions.map(({ name }) => name)));
});

test('an AnalystReadOnly changes nothing', () => {
  for (const permission of analystReadOnly.permissions) assert.match(permission, /Read$/);
});

test('an Analyst may do all that an AnalystReadOnly may, and work on alerts and detections', () => {
  const held = new Set(analyst.permissions);
  for (const permission of analystReadOnly.permissions) assert.ok(held.has(permission), permission);
  for (const permission of ['AlertModify', 'RuleModify', 'PolicyModify', 'BulkUpload'] as const) {
    assert.ok(held.has(permission), permission);
  }
});

test('no analyst manages users, tokens, settings, destinations or sources, or sees raw data', () => {
  const kept =
    /^(User|OrganizationAPIToken|GeneralSettings)|^(Destination|LogSource|CloudsecSource)Modify|RawData/;
  for (const permission of [...analyst.permissions, ...analystReadOnly.permissions]) {
    assert.doesNotMatch(permission, kept);
  }
});
