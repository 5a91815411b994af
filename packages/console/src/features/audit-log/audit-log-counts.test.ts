import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditLogCounts, withArrived } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';

const counts: AuditLogCounts = {
  total: 3,
  begin: 0,
  end: 10,
  isComplete: true,
  intervalSeconds: 60,
  buckets: [
    { start: '2026-01-02T03:00:00.000Z', succeeded: 2, failed: 0, partiallyFailed: 0 },
    { start: '2026-01-02T03:01:00.000Z', succeeded: 0, failed: 1, partiallyFailed: 0 },
  ],
  actions: [{ value: 'SIGN_IN', count: 3 }],
  results: [
    { value: 'SUCCEEDED', count: 2 },
    { value: 'FAILED', count: 1 },
  ],
  actors: [{ id: 'a', name: 'Ada', count: 3 }],
  sourceIPs: [{ value: '::1', count: 3 }],
};

function entry(index: number, record: Partial<AuditLogEntry['record']>): AuditLogEntry {
  return {
    index,
    id: String(index),
    record: {
      actionName: 'SIGN_OUT',
      actionResult: 'SUCCEEDED',
      actor: { id: 'b', type: 'TOKEN', name: 'Bot' },
      sourceIP: '192.0.2.1',
      timestamp: '2026-01-02 03:03:30.000',
      pantherVersion: '0.1.0',
      ...record,
    },
  };
}

test('what arrived is added once, in new buckets where the time has gone on', () => {
  const actor = { id: 'a', type: 'USER' } as const;
  const late = { actionName: 'SIGN_IN', actionResult: 'FAILED', actor, sourceIP: '::1' } as const;
  const arrived = [
    entry(11, {}),
    entry(10, { ...late, timestamp: '2026-01-02 03:01:59.999999999' }),
    entry(9, {}),
  ];
  const { buckets, ...rest } = withArrived(counts, arrived);
  assert.deepEqual(
    buckets.map(({ start, succeeded, failed }) => [start.slice(14, 16), succeeded, failed]),
    [
      ['00', 2, 0],
      ['01', 0, 2],
      ['02', 0, 0],
      ['03', 1, 0],
    ],
  );
  assert.deepEqual(rest, {
    total: 5,
    begin: 0,
    end: 10,
    isComplete: true,
    intervalSeconds: 60,
    actions: [
      { value: 'SIGN_IN', count: 4 },
      { value: 'SIGN_OUT', count: 1 },
    ],
    results: [
      { value: 'SUCCEEDED', count: 3 },
      { value: 'FAILED', count: 2 },
    ],
    actors: [
      { id: 'a', name: 'Ada', count: 4 },
      { id: 'b', name: 'Bot', count: 1 },
    ],
    sourceIPs: [
      { value: '::1', count: 4 },
      { value: '192.0.2.1', count: 1 },
    ],
  });
});

test('nothing new leaves the counts as they are', () => {
  assert.equal(withArrived(counts, [entry(9, {})]), counts);
});
