import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indicatorSearchInput, parseIndicatorSearch } from './indicator-search.ts';

const now = new Date('2026-01-31T12:00:00Z');

test('what stands in the address bar becomes the input of the API', () => {
  const search = parseIndicatorSearch({ indicator: ['10.0.0.1', 'ada'], kind: 'usernames', period: '7d' });
  assert.deepEqual(indicatorSearchInput(search, now), {
    indicators: ['10.0.0.1', 'ada'],
    indicatorName: 'p_any_usernames',
    startTime: '2026-01-24T12:00:00.000Z',
    endTime: '2026-01-31T12:00:00.000Z',
  });
});

test('without a period it is the last 30 days, and any time begins in 1970', () => {
  assert.equal(indicatorSearchInput({ indicator: ['x'] }, now).startTime, '2026-01-01T12:00:00.000Z');
  assert.equal(indicatorSearchInput({ period: 'all' }, now).startTime, '1970-01-01T00:00:00.000Z');
});

test('what is not understood is dropped', () => {
  assert.deepEqual(parseIndicatorSearch({ indicator: '', kind: 'constructor', period: 'toString' }), {});
  assert.deepEqual(parseIndicatorSearch({ indicator: 'one' }), { indicator: ['one'] });
});
