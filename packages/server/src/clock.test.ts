import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watchClock } from './clock.ts';

const second = 1_000_000_000n;
const start = BigInt(Date.parse('2026-03-01T00:00:00Z')) * 1_000_000n;

/** A watched clock that a test moves. */
function setUp(newest?: bigint) {
  const jumps: string[] = [];
  let wall = start;
  let monotonicMs = 0;
  const watched = watchClock(
    { epochNanoseconds: () => wall, monotonicMs: () => monotonicMs },
    newest,
    (message) => jumps.push(message.split('. ')[0] ?? ''),
  );
  watched.stop();
  return {
    jumps,
    look: () => watched.epochNanoseconds(),
    pass(seconds: number) {
      wall += BigInt(seconds * 1e9);
      monotonicMs += seconds * 1_000;
    },
    set(seconds: number) {
      wall += BigInt(seconds * 1e9);
    },
  };
}

suite('a watched clock', () => {
  test('says nothing while time passes, however long nobody looks, and of small steps', () => {
    const clock = setUp(start - second);
    for (const seconds of [1, 86_400, 0.001]) {
      clock.pass(seconds);
      clock.look();
    }
    for (const step of [-1.9, 1.9]) {
      clock.set(step);
      clock.look();
    }
    assert.deepEqual(clock.jumps, []);
  });

  test('says once that it went back, and gives the time it shows', () => {
    const clock = setUp();
    clock.pass(10);
    clock.set(-3_600);
    assert.equal(clock.look(), start - 3_590n * second);
    clock.pass(1);
    clock.look();
    assert.deepEqual(clock.jumps, [
      'The clock went back by 3600.0 s: from 2026-03-01T00:00:10.000Z to 2026-02-28T23:00:10.000Z',
    ]);
  });

  test('says once that it jumped ahead, and once that it was set right again', () => {
    const clock = setUp();
    clock.set(60);
    clock.look();
    clock.look();
    clock.set(-60);
    clock.look();
    clock.look();
    assert.deepEqual(clock.jumps, [
      'The clock jumped ahead, or the machine slept, by 60.0 s: from 2026-03-01T00:00:00.000Z to 2026-03-01T00:01:00.000Z',
      'The clock went back by 60.0 s: from 2026-03-01T00:01:00.000Z to 2026-03-01T00:00:00.000Z',
    ]);
  });

  test('says at the start that the last record is of a later time', () => {
    const clock = setUp(start + 5n * second);
    clock.look();
    assert.deepEqual(clock.jumps, [
      'The clock went back by 5.0 s: from 2026-03-01T00:00:05.000Z to 2026-03-01T00:00:00.000Z',
    ]);
  });

  test('finds many small steps back', () => {
    const clock = setUp();
    for (let step = 0; step < 3; step += 1) {
      clock.set(-1);
      clock.look();
    }
    assert.deepEqual(clock.jumps, [
      'The clock went back by 3.0 s: from 2026-03-01T00:00:00.000Z to 2026-02-28T23:59:57.000Z',
    ]);
  });
});
