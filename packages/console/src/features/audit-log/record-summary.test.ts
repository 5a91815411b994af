import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { summarize } from './record-summary.ts';

const record: AuditRecord = {
  actionName: 'CREATE_USER',
  actionDescription: 'Invites a user',
  actionResult: 'SUCCEEDED',
  actor: { id: '1', type: 'USER' },
  timestamp: '2026-01-02 03:04:05.000',
  pantherVersion: '0.1.0',
};

test('parameters are flattened without their wrappers', () => {
  const actionParams = {
    dynamic: {
      input: {
        email: 'homer@springfield.gov',
        familyName: '',
        password: '(redacted)',
        role: { kind: 'NAME', value: 'Admin' },
      },
    },
    static: {},
  };
  assert.equal(summarize({ ...record, actionParams }), 'email: homer@springfield.gov · role: Admin');
});

test('short lists are written out and long ones counted', () => {
  assert.equal(summarize({ ...record, actionParams: { dynamic: { ids: ['a', 'b'] } } }), 'ids: a, b');
  assert.equal(
    summarize({ ...record, actionParams: { dynamic: { ids: ['a', 'b', 'c', 'd'] } } }),
    'ids: 4 items',
  );
});

test('how a list was read on is left out', () => {
  const actionParams = { dynamic: { input: { pageSize: 100, cursor: '41', actionName: ['SIGN_IN'] } } };
  assert.equal(summarize({ ...record, actionParams }), 'actionName: SIGN_IN');
});

test('a failure says why instead', () => {
  assert.equal(
    summarize({ ...record, actionResult: 'FAILED', errors: [{ message: 'No such user' }] }),
    'No such user',
  );
});

test('without parameters the description is all there is', () => {
  assert.equal(summarize(record), 'Invites a user');
});
