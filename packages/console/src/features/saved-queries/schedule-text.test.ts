import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleText } from './schedule-text.ts';

test('a schedule is said in words', () => {
  const rate = (rateMinutes: number) => scheduleText({ cron: null, rateMinutes });
  assert.equal(rate(15), 'Every 15 minutes');
  assert.equal(rate(60), 'Every hour');
  assert.equal(rate(90), 'Every 90 minutes');
  assert.equal(rate(2_880), 'Every 2 days');
  assert.equal(scheduleText({ cron: '0 6 * * *', rateMinutes: null }), '0 6 * * * (UTC)');
});
