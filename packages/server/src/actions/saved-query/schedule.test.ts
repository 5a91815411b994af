import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueTime, nextDueTime, type Schedule, scheduleInput } from './schedule.ts';

const rate = (rateMinutes: number): Schedule => ({
  ...{ cron: null, rateMinutes, timeoutMinutes: 1, disabled: false },
});
const cron = (expression: string): Schedule => ({
  ...{ cron: expression, rateMinutes: null, timeoutMinutes: 1, disabled: false },
});

test('a rate is due at each whole period after it began, the newest of them only', () => {
  const since = '2026-01-01T00:00:07.000Z';
  assert.equal(dueTime(rate(15), since, '2026-01-01T00:15:06.999Z'), undefined);
  assert.deepEqual(dueTime(rate(15), since, '2026-01-01T00:15:07.000Z'), {
    at: '2026-01-01T00:15:07.000Z',
    missed: 0,
  });
  assert.deepEqual(dueTime(rate(15), since, '2026-01-01T03:00:00.000Z'), {
    at: '2026-01-01T02:45:07.000Z',
    missed: 10,
  });
});

test('a cron expression is due at its times in UTC, after it began', () => {
  const daily = cron('30 9 * * *');
  assert.equal(dueTime(daily, '2026-01-01T09:30:00.000Z', '2026-01-02T09:29:59.999Z'), undefined);
  assert.deepEqual(dueTime(daily, '2026-01-01T09:30:00.000Z', '2026-01-02T09:30:00.000Z'), {
    at: '2026-01-02T09:30:00.000Z',
    missed: 0,
  });
  assert.deepEqual(dueTime(daily, '2026-01-01T09:30:00.000Z', '2026-01-11T00:00:00.000Z'), {
    at: '2026-01-10T09:30:00.000Z',
    missed: 8,
  });
  assert.equal(dueTime(cron('* * * * *'), '2020-01-01T00:00:00Z', '2026-01-01T00:00:00Z')?.missed, 1_000);
});

test('a clock that went back makes nothing due', () => {
  assert.equal(dueTime(rate(2), '2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'), undefined);
  assert.equal(dueTime(cron('0 0 * * *'), '2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z'), undefined);
});

test('the next time is told, but of a schedule that is off', () => {
  const [since, now] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:20:00.000Z'];
  assert.equal(nextDueTime(rate(15), since, now), '2026-01-01T00:30:00.000Z');
  assert.equal(nextDueTime(cron('0 6 * * 1'), since, now), '2026-01-05T06:00:00.000Z');
  assert.equal(nextDueTime({ ...rate(15), disabled: true }, since, now), null);
});

test('what clients send for nothing is nothing, and a time-out fits the rate', () => {
  const parsed = scheduleInput.parse({ cron: '', rateMinutes: 3, timeoutMinutes: 0 });
  assert.deepEqual(parsed, { cron: null, rateMinutes: 3, timeoutMinutes: 3, disabled: false });
});

for (const [given, field, message] of [
  [{}, 'cron', 'give either a cron expression or a rate in minutes'],
  [{ cron: '0 0 * * *', rateMinutes: 5 }, 'cron', 'give either a cron expression or a rate in minutes'],
  [{ cron: '* * *' }, 'cron', /^not a cron expression of five parts: invalid configuration format/],
  [{ cron: '* * * * * *' }, 'cron', /^not a cron expression of five parts/],
  [{ cron: '61 * * * *' }, 'cron', /Invalid value for minute: 61/],
  [{ cron: '0 0 31 2 *' }, 'cron', 'there is no such time'],
  [{ rateMinutes: 1 }, 'rateMinutes', 'at least 2 minutes'],
  [{ rateMinutes: 4, timeoutMinutes: 5 }, 'timeoutMinutes', 'must not be longer than the rate'],
  [{ rateMinutes: 60, timeoutMinutes: 11 }, 'timeoutMinutes', 'at most 10 minutes'],
] as const) {
  test(`refused: ${JSON.stringify(given)}`, () => {
    const { error } = scheduleInput.safeParse(given);
    assert.deepEqual(error?.issues[0]?.path, [field]);
    assert.match(error?.issues[0]?.message ?? '', typeof message === 'string' ? RegExp(message) : message);
  });
}
