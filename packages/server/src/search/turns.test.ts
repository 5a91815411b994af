import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActionError } from '../actions/action-error.ts';
import { Turns } from './turns.ts';

test('no more work than allowed runs at once, the rest in its order, and too much is refused', async () => {
  const turns = new Turns(2, 2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const work = ends.map(({ promise }, number) =>
    turns.take(async () => {
      begun.push(number);
      await promise;
      return number;
    }),
  );
  await assert.rejects(
    turns.take(async () => 4),
    (error) => error instanceof ActionError && error.code === 'RATE_LIMITED',
  );
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.reject(new Error('no'));
  await assert.rejects(work[1] ?? Promise.resolve(), /no/);
  ends[0]?.resolve();
  ends[2]?.resolve();
  ends[3]?.resolve();
  assert.deepEqual(await Promise.all([work[0], work[2], work[3]]), [0, 2, 3]);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});
