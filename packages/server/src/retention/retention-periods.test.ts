import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  currentDays,
  dayMs,
  defaultRetentionDays,
  handoverMs,
  keptUntilMs,
  type RetentionPeriods,
} from './retention-periods.ts';

const start = Date.parse('2026-11-25T00:00:00Z');
const hourMs = 3_600_000;

/** The default, and then each change at its hour. */
function periodsOf(changes: readonly { readonly hour: number; readonly days: number }[]): RetentionPeriods {
  return [
    { days: defaultRetentionDays, setAtMs: Number.NEGATIVE_INFINITY },
    ...changes.map(({ hour, days }) => ({ days, setAtMs: start + hour * hourMs })),
  ];
}

const changes = fc
  .array(fc.record({ hour: fc.integer({ min: 0, max: 100 }), days: fc.integer({ min: 1, max: 36_500 }) }), {
    maxLength: 8,
  })
  .map((list) => list.toSorted((one, other) => one.hour - other.hour));
const hour = fc.integer({ min: -20, max: 150 });

test('five years is the default', () => {
  assert.equal(currentDays(periodsOf([])), 1_826);
  assert.equal(keptUntilMs(periodsOf([]), start), Date.parse('2031-11-25T00:00:00Z'));
});

test('a record is kept for the longest period that was in force at any hour since it was made', () => {
  fc.assert(
    fc.property(changes, hour, (list, madeAt) => {
      // Hour by hour, without a look at the list as a whole. A change takes over an hour later where it shortens.
      let longest = 0;
      for (let now = madeAt; now <= 200; now += 1) {
        const setBefore = list.filter((change) => change.hour <= now).map(({ days }) => days);
        const inForce = setBefore.at(-1) ?? defaultRetentionDays;
        const handedOver = list.filter((change) => change.hour + 1 <= now).map(({ days }) => days);
        longest = Math.max(
          longest,
          inForce,
          handedOver.at(-1) ?? defaultRetentionDays,
          ...setBefore.slice(handedOver.length),
        );
      }
      const madeAtMs = start + madeAt * hourMs;
      assert.equal(keptUntilMs(periodsOf(list), madeAtMs), madeAtMs + longest * dayMs);
    }),
  );
});

test('whatever is set later, no record goes earlier than was promised when it was made', () => {
  fc.assert(
    fc.property(changes, hour, (list, madeAt) => {
      const madeAtMs = start + madeAt * hourMs;
      let promised = 0;
      for (let known = 0; known <= list.length; known += 1) {
        const set = list.slice(0, known);
        if (set.some((change) => change.hour > madeAt)) {
          const until = keptUntilMs(periodsOf(set), madeAtMs);
          assert.ok(until >= promised);
          promised = until;
        }
      }
    }),
  );
});

test('a longer period holds at once for what is there, and a shorter one an hour later for what is new', () => {
  const lengthened = periodsOf([{ hour: 10, days: 4_000 }]);
  const shortened = periodsOf([{ hour: 10, days: 30 }]);
  const daysAt = (periods: RetentionPeriods, madeAtMs: number) =>
    (keptUntilMs(periods, madeAtMs) - madeAtMs) / dayMs;
  const setAt = start + 10 * hourMs;
  for (const madeAtMs of [start - 1_000 * dayMs, setAt - 1, setAt, setAt + dayMs]) {
    assert.equal(daysAt(lengthened, madeAtMs), 4_000);
  }
  assert.equal(daysAt(shortened, start), defaultRetentionDays);
  assert.equal(daysAt(shortened, setAt + handoverMs - 1), defaultRetentionDays);
  assert.equal(daysAt(shortened, setAt + handoverMs), 30);
  // Lengthened and shortened again: what was there meanwhile keeps the longer promise.
  const both = periodsOf([
    { hour: 10, days: 4_000 },
    { hour: 20, days: 30 },
  ]);
  assert.deepEqual(
    [0, 15, 22].map((at) => daysAt(both, start + at * hourMs)),
    [4_000, 4_000, 30],
  );
});
