import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnonymousLimit } from './anonymous-limit.ts';

function limitAt(clock: { nowMs: number }) {
  const limit = new AnonymousLimit(() => clock.nowMs);
  return {
    limit,
    /** How many of `count` requests may be recorded. */
    recorded: (count: number, address?: string) =>
      Array.from({ length: count }, () => limit.take(address)).filter(({ kind }) => kind === 'record').length,
  };
}

test('a network may put 120 refusals on record at once, and one each second', () => {
  const clock = { nowMs: 5_000 };
  const { recorded, limit } = limitAt(clock);
  assert.equal(recorded(200, '192.0.2.1'), 120);
  assert.deepEqual(limit.take('192.0.2.1'), { kind: 'over', retryAfterSeconds: 1 });
  clock.nowMs += 10_000;
  assert.equal(recorded(200, '192.0.2.1'), 10);
  clock.nowMs += 3_600_000;
  assert.equal(recorded(200, '192.0.2.1'), 120);
});

test('what went unrecorded is counted into the next record, once', () => {
  const clock = { nowMs: 0 };
  const { recorded, limit } = limitAt(clock);
  recorded(123, '192.0.2.1');
  assert.deepEqual(limit.take('192.0.2.2'), { kind: 'record', unrecordedRefusals: 0 });
  clock.nowMs += 2_000;
  assert.deepEqual(limit.take('192.0.2.1'), { kind: 'record', unrecordedRefusals: 3 });
  assert.deepEqual(limit.take('192.0.2.1'), { kind: 'record', unrecordedRefusals: 0 });
});

test('an IPv4 address and an IPv6 /64 are each one network', () => {
  const { recorded } = limitAt({ nowMs: 0 });
  assert.equal(recorded(200, '2001:db8:0:1::1'), 120);
  assert.equal(recorded(1, '2001:db8:0:1:ffff::9'), 0);
  assert.equal(recorded(1, '2001:db8:0:2::1'), 1);
  assert.equal(recorded(200, '192.0.2.1'), 120);
  assert.equal(recorded(1, '::ffff:192.0.2.1'), 0);
  assert.equal(recorded(200), 120);
});

test('room that was given back can be used again', () => {
  const { recorded, limit } = limitAt({ nowMs: 0 });
  recorded(120, '192.0.2.1');
  limit.giveBack('192.0.2.1');
  assert.equal(recorded(5, '192.0.2.1'), 1);
});

test('however many networks ask, the whole rate is bounded, and no count is lost', () => {
  const clock = { nowMs: 0 };
  const { recorded, limit } = limitAt(clock);
  const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  recorded(121, address(0));
  for (let i = 1; i < 10_000; i++) assert.equal(recorded(1, address(i)), 1);
  const newcomers = Array.from({ length: 1_000 }, (_, i) => recorded(1, address(10_000 + i)));
  assert.equal(newcomers.filter((count) => count === 1).length, 120);
  // Everybody's bucket is full again; the first network's count is not forgotten with it.
  clock.nowMs += 3_600_000;
  const unrecorded = Array.from({ length: 300 }, (_, i) => limit.take(address(20_000 + i))).map(
    (admission) => {
      assert(admission.kind === 'record');
      return admission.unrecordedRefusals;
    },
  );
  assert.deepEqual(
    unrecorded.filter((count) => count > 0),
    [1],
  );
});
