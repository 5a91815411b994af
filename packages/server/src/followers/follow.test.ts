import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EntrySource, type Follower, follow } from './follow.ts';

const watch = { failed: (_: string, error: unknown) => assert.fail(String(error)), works: () => undefined };

/** How many entries a follower is given at a time, of a source of so many of a size. */
async function batchesOf(size: number, entryBytes: number, batchMax: number): Promise<readonly number[]> {
  const entry = new Uint8Array(entryBytes);
  const source: EntrySource = {
    size,
    firstIndex: 0,
    read: async (from, to) => Array.from({ length: to - from }, () => entry),
    subscribe: () => () => undefined,
  };
  let position = 0;
  const batches: number[] = [];
  const follower: Follower = {
    name: 'test',
    batchMax,
    position: async () => position,
    async handle(from, entries) {
      assert.equal(from, position);
      position += entries.length;
      batches.push(entries.length);
    },
  };
  const following = follow(source, follower, watch);
  await following.settled();
  await following.stop();
  return batches;
}

test('a follower is given all entries, as many at a time as it wants', async () => {
  assert.deepEqual(await batchesOf(10_000, 100, 4_000), [4_000, 4_000, 2_000]);
});

test('it is given fewer at a time of those that are large', async () => {
  const batches = await batchesOf(10_000, 65_535, 8_192);
  assert.equal(
    batches.reduce((sum, entries) => sum + entries),
    10_000,
  );
  for (const entries of batches) assert.ok(entries * 65_535 < 200_000_000, `${entries} entries`);
});
