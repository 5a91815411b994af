import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayMatch, type NewAlert } from './new-alerts.ts';

const alert: NewAlert = {
  id: 'a',
  type: 'RULE',
  title: 'A role was made',
  severity: 'HIGH',
  createdAt: '2026-01-02T03:04:05.000Z',
};

test('a new alert is announced where its list would have it', () => {
  assert.equal(mayMatch({}, alert), true);
  assert.equal(mayMatch({ severity: ['HIGH'], q: 'ROLE' }, alert), true);
  assert.equal(mayMatch({ assignee: 'nobody' }, alert), true);
  for (const search of [
    { type: 'SYSTEM_ERROR' },
    { severity: ['LOW'] },
    { status: ['RESOLVED'] },
    { q: 'user' },
    { assignee: 'me' },
    { detection: 'Other' },
  ] as const) {
    assert.equal(mayMatch(search, alert), false, JSON.stringify(search));
  }
  assert.equal(mayMatch({ type: 'DETECTION_ERROR' }, { ...alert, type: 'RULE_ERROR' }), true);
});
