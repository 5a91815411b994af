import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { encodeEntry, formatTimestamp } from '@pawprint/record';
import fc from 'fast-check';
import { historyFollower } from '../followers/history.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { indexesOfTimes } from './indexes-of-times.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-times-'));
after(() => rm(folder, { recursive: true }));
const store = await openSqliteStore(join(folder, 'pawprint.db'));
after(() => store.close());

const total = 300;
const timestampOf = (second: number) => formatTimestamp(BigInt(second) * 1_000_000_000n);
/** Some before others of earlier times, as many as eight of one time. */
const seconds = Array.from(
  { length: total },
  (_, index) => Math.floor((index + ((index * 7) % 20)) / 8) * 10,
);
const entries = seconds.map((second, index) =>
  encodeEntry({
    v: 1,
    id: index.toString(16).padStart(32, '0'),
    record: {
      actionName: 'SIGN_IN',
      actionResult: 'SUCCEEDED',
      actor: { id: 'a', type: 'USER' },
      timestamp: timestampOf(second),
      pantherVersion: '0.1.0',
    },
  }),
);
const subjectKeys = { open: async <Entry>(list: readonly Entry[]) => list as never };
await historyFollower(store, subjectKeys).handle(0, entries);

const second = fc.option(fc.integer({ min: -10, max: 420 }), { nil: undefined });

test('all records of the times are in the part, which is no longer than that', async () => {
  const range = fc
    .tuple(fc.nat(total), fc.nat(total))
    .map(([a, b]) => ({ from: Math.min(a, b), end: Math.max(a, b) }));
  await fc.assert(
    fc.asyncProperty(
      range,
      second,
      second,
      fc.integer({ min: 9, max: 400 }),
      async (range, from, to, perStep) => {
        const found = await indexesOfTimes(
          store.reader,
          {
            timestampAfter: from === undefined ? undefined : timestampOf(Math.max(0, from)),
            timestampBefore: to === undefined ? undefined : timestampOf(Math.max(0, to)),
          },
          range,
          { perStep, inAll: 100_000 },
        );
        if (from === undefined && to === undefined) return assert.deepEqual(found, range);
        const wanted = seconds.flatMap((time, index) =>
          time >= Math.max(0, from ?? 0) && time <= Math.max(0, to ?? 1_000) ? [index] : [],
        );
        const expected = { from: wanted[0] ?? total, end: (wanted.at(-1) ?? -1) + 1 };
        const indexes = ({ from, end }: typeof range) =>
          Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);
        const clipped = { from: Math.max(range.from, expected.from), end: Math.min(range.end, expected.end) };
        assert.deepEqual(indexes(found), indexes(clipped));
      },
    ),
  );
});

test('where there are too many to look at, or too many of one time, it is the range', async () => {
  const range = { from: 10, end: 290 };
  const times = { timestampAfter: timestampOf(100), timestampBefore: timestampOf(200) };
  assert.deepEqual(await indexesOfTimes(store.reader, times, range, { perStep: 20, inAll: 40 }), range);
  assert.deepEqual(await indexesOfTimes(store.reader, times, range, { perStep: 4, inAll: 100_000 }), range);
  assert.notDeepEqual(await indexesOfTimes(store.reader, times, range, { perStep: 20, inAll: 400 }), range);
});
