import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketsMin, Histogram } from './histogram.ts';

const seconds = (text: string) => Date.parse(text) / 1_000;

test('buckets are as short as their number allows, and none between the first and the last is left out', () => {
  const histogram = new Histogram(12);
  histogram.add(seconds('2026-01-02T03:04:05Z'), 'SUCCEEDED');
  histogram.add(seconds('2026-01-02T03:04:08Z'), 'FAILED');
  assert.deepEqual(
    histogram.buckets().map(({ start, counts }) => [start.slice(17, 19), counts.SUCCEEDED, counts.FAILED]),
    [
      ['05', 1, 0],
      ['06', 0, 0],
      ['07', 0, 0],
      ['08', 0, 1],
    ],
  );
  histogram.add(seconds('2026-01-02T03:05:08Z'), 'PARTIALLY_FAILED', 2);
  assert.equal(histogram.intervalSeconds, 15);
  assert.deepEqual(
    histogram.buckets().map(({ start, counts }) => [start, ...Object.values(counts)]),
    [
      ['2026-01-02T03:04:00.000Z', 1, 1, 0],
      ['2026-01-02T03:04:15.000Z', 0, 0, 0],
      ['2026-01-02T03:04:30.000Z', 0, 0, 0],
      ['2026-01-02T03:04:45.000Z', 0, 0, 0],
      ['2026-01-02T03:05:00.000Z', 0, 0, 2],
    ],
  );
});

test('nothing counted gives no bucket, and a range that is to be covered gives empty ones', () => {
  const histogram = new Histogram(100);
  assert.deepEqual(histogram.buckets(), []);
  histogram.cover(seconds('2026-01-01T00:00:00Z'));
  histogram.cover(seconds('2026-01-02T00:00:00Z'));
  assert.equal(histogram.intervalSeconds, 900);
  assert.equal(histogram.buckets().length, 97);
});

test('weeks begin on a Monday', () => {
  const histogram = new Histogram(12);
  histogram.add(seconds('2026-11-25T09:00:00Z'), 'SUCCEEDED');
  histogram.coarsen(604_800);
  assert.deepEqual(
    histogram.buckets().map(({ start }) => start),
    ['2026-11-23T00:00:00.000Z'],
  );
});

test('whatever the times, all are counted in few enough buckets, in any order the same', () => {
  const time = fc.integer({ min: seconds('0001-01-01T00:00:00Z'), max: seconds('9999-12-31T23:59:59Z') });
  fc.assert(
    fc.property(
      fc.array(time, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: bucketsMin, max: 500 }),
      (times, bucketsMax) => {
        const fill = (order: readonly number[]) => {
          const histogram = new Histogram(bucketsMax);
          for (const at of order) histogram.add(at, 'SUCCEEDED');
          return histogram.buckets();
        };
        const buckets = fill(times);
        assert(buckets.length <= bucketsMax);
        assert.equal(
          buckets.reduce((sum, { counts }) => sum + counts.SUCCEEDED, 0),
          times.length,
        );
        assert.deepEqual(fill(times.toSorted((a, b) => a - b)), buckets);
      },
    ),
  );
});
