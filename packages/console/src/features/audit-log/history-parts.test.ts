import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isCoarse,
  partSizeMax,
  partsOf,
  type Stretch,
  stretchesOf,
  stretchKey,
  timeIn,
} from './history-parts.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 5);
const none = { finer: new Map(), found: new Map() };

/** Newest first, a minute each. */
const minutes = (...counts: readonly number[]): readonly Stretch[] =>
  counts.map((count, place) => {
    const from = start + (counts.length - 1 - place) * minute;
    return { from, to: from + minute - 1, count };
  });
const places = (parts: ReturnType<typeof partsOf>) => parts.map(({ start, count }) => [start, count]);

test('buckets become stretches, newest first, without the records that stand elsewhere', () => {
  const bucket = (at: number, succeeded: number, failed: number) => ({
    ...{ start: new Date(start + at * minute).toISOString(), succeeded, failed, partiallyFailed: 1 },
  });
  const counts = { intervalSeconds: 60, buckets: [bucket(0, 4, 0), bucket(1, 0, 2)] };
  const elsewhere = [start + 2 * minute, start + 2 * minute - 1, start + minute, start + 10, start - 1];
  assert.deepEqual(stretchesOf(counts, elsewhere), minutes(1, 4));
});

test('stretches of few records are read together, empty ones not at all', () => {
  const parts = partsOf(minutes(90, 110, 1, 0, 150, 0, 300, 5), none);
  assert.deepEqual(places(parts), [
    [0, 200],
    [200, 151],
    [351, 300],
    [651, 5],
  ]);
  const [first, second] = parts;
  assert.deepEqual([first?.from, first?.to], [start + 6 * minute, start + 8 * minute - 1]);
  assert.deepEqual([second?.from, second?.to], [start + 3 * minute, start + 6 * minute - 1]);
});

test('counting a coarse stretch finer moves no record and changes no part around it', () => {
  const stretches = minutes(30, 50, 5_000, 20, 7);
  const before = partsOf(stretches, none);
  const coarse = before.find(isCoarse);
  assert(coarse);
  const inner = [300, 200, 0, 4_400, 100].map((count, place): Stretch => {
    const from = coarse.from + (4 - place) * 12_000;
    return { from, to: from + 11_999, count };
  });
  const after = partsOf(stretches, { ...none, finer: new Map([[coarse.key, inner]]) });
  assert.deepEqual(places(after), [
    [0, 80],
    [80, 300],
    [380, 200],
    [580, 4_400],
    [4_980, 100],
    [5_080, 27],
  ]);
  const around = ({ start }: { readonly start: number }) => start < 80 || start >= 5_080;
  assert.deepEqual(after.filter(around), before.filter(around));
  assert.deepEqual(after.filter(isCoarse).map(stretchKey), [stretchKey(inner[3] as Stretch)]);
});

test('a second of too many records is read as it is', () => {
  const [part] = partsOf([{ from: start, to: start + 999, count: partSizeMax + 1 }], none);
  assert(part && !isCoarse(part));
});

test('a part with fewer records than were counted has those behind it follow', () => {
  const stretches = minutes(200, 150, 150);
  const [first] = partsOf(stretches, none);
  const found = new Map([[first?.key ?? '', 198]]);
  assert.deepEqual(places(partsOf(stretches, { ...none, found })), [
    [0, 198],
    [198, 150],
    [348, 150],
  ]);
});

test('parts have each record once, whatever the counts', () => {
  const counts = fc.array(fc.oneof(fc.constant(0), fc.nat(250), fc.nat(5_000)), { maxLength: 40 });
  fc.assert(
    fc.property(counts, (counts) => {
      const stretches = minutes(...counts);
      const parts = partsOf(stretches, none);
      const total = counts.reduce((sum, count) => sum + count, 0);
      assert.equal(
        parts.reduce((sum, { count }) => sum + count, 0),
        total,
      );
      parts.forEach((part, place) => {
        const before = parts[place - 1];
        assert.equal(part.start, before === undefined ? 0 : before.start + before.count);
        assert(before === undefined || part.to < before.from);
        const inside = stretches.filter(({ from, to }) => from >= part.from && to <= part.to);
        assert.equal(
          inside.reduce((sum, { count }) => sum + count, 0),
          part.count,
        );
      });
    }),
  );
});

test('a row that is not loaded has a time about which it is, as precise as its part', () => {
  const part = (lengthMs: number) => ({
    ...{ from: start, to: start + lengthMs - 1, count: 100, start: 1_000, key: '' },
  });
  assert.equal(timeIn(part(10 * minute), 1_099), '2026-01-05 00:00:02');
  assert.equal(timeIn(part(10 * minute), 1_000), '2026-01-05 00:09:56');
  assert.equal(timeIn(part(10 * 60 * minute), 1_050), '2026-01-05 04:56');
  assert.equal(timeIn(part(10 * 24 * 60 * minute), 1_050), '2026-01-09');
});
