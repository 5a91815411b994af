import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRelativeTime, formatTime, parseTime } from './timestamp.ts';

test('the records’ own form and RFC 3339 name the same instant', () => {
  assert.equal(parseTime('2026-01-02 03:04:05.678901234').getTime(), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  assert.equal(parseTime('2026-01-02T03:04:05.678Z').getTime(), Date.UTC(2026, 0, 2, 3, 4, 5, 678));
});

test('two fractional digits are hundredths', () => {
  assert.equal(formatTime('2022-04-28 15:30:22.42', 'milliseconds'), '2022-04-28 15:30:22.420');
});

test('what is not a time is shown as it is', () => {
  assert.equal(formatTime('yesterday'), 'yesterday');
});

test('relative times are coarse and know both directions', () => {
  const now = new Date('2026-01-02T12:00:00Z');
  assert.equal(formatRelativeTime('2026-01-02T11:59:40Z', now), 'just now');
  assert.equal(formatRelativeTime('2026-01-02T09:00:00Z', now), '3 hours ago');
  assert.equal(formatRelativeTime('2026-01-01T10:00:00Z', now), 'yesterday');
  assert.equal(formatRelativeTime('2026-01-12T12:00:00Z', now), 'in 10 days');
});
