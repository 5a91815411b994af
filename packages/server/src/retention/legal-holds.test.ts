import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HeldRange, isHeld } from './legal-holds.ts';

const hold = fc.record({
  from: fc.integer({ min: 0, max: 30 }),
  to: fc.option(fc.integer({ min: 0, max: 30 })),
});

test('a range is held where any index in it is', () => {
  fc.assert(
    fc.property(
      fc.array(hold, { maxLength: 4 }),
      fc.nat(30),
      fc.nat(30),
      (holds: HeldRange[], one, other) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other) + 1];
        const valid = holds.filter((held) => held.to === null || held.to >= held.from);
        let expected = false;
        for (let index = from; index < to; index += 1) {
          expected ||= valid.some(
            (held) => index >= held.from && index <= (held.to ?? Number.POSITIVE_INFINITY),
          );
        }
        assert.equal(isHeld(valid, from, to), expected);
      },
    ),
  );
});
