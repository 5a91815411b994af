import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertsInput, parseAlertSearch, withFilters } from './alert-filters.ts';

const now = new Date('2026-01-02T03:04:05.000Z');

test('an edited link still opens: what is not understood is dropped', () => {
  assert.deepEqual(
    parseAlertSearch({
      status: ['OPEN', 'SHUT'],
      severity: 'HIGH',
      type: 'ALERT',
      q: ' ',
      range: '1y',
      x: '1',
    }),
    { status: ['OPEN'], severity: ['HIGH'] },
  );
  assert.deepEqual(parseAlertSearch({ status: 'constructor', assignee: 'toString' }), {});
});

test('without filters the list has what is unfinished, of all time', () => {
  assert.deepEqual(alertsInput({}, 'me', now), {
    type: 'ALERT',
    createdAtAfter: '2000-01-01T00:00:00.000Z',
    createdAtBefore: '9999-12-31T23:59:59.999Z',
    statuses: ['OPEN', 'TRIAGED'],
  });
});

test('each filter reaches the API', () => {
  const search = parseAlertSearch({
    type: 'SYSTEM_ERROR',
    status: 'CLOSED',
    severity: ['LOW', 'INFO'],
    q: 'role',
    assignee: 'nobody',
    detection: 'A.B',
    range: '24h',
  });
  assert.deepEqual(alertsInput(search, 'own', now), {
    type: 'SYSTEM_ERROR',
    createdAtAfter: '2026-01-01T03:04:05.000Z',
    createdAtBefore: '9999-12-31T23:59:59.999Z',
    nameContains: 'role',
    assigneeIds: [''],
    detectionId: 'A.B',
    statuses: ['CLOSED'],
    severities: ['LOW', 'INFO'],
  });
  assert.deepEqual(alertsInput(withFilters(search, { assignee: 'me' }), 'own', now).assigneeIds, ['own']);
  assert.deepEqual(withFilters(search, { q: '', status: [], severity: [], detection: undefined }), {
    type: 'SYSTEM_ERROR',
    assignee: 'nobody',
    range: '24h',
  });
});
