import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { repeatSteps } from './steps.ts';

test('whoever waits until all is done is told, though there is more to do meanwhile', async () => {
  const steps: PromiseWithResolvers<boolean>[] = [];
  const step = () => {
    const next = Promise.withResolvers<boolean>();
    steps.push(next);
    return next.promise;
  };
  const following = repeatSteps('test', step, { failed: () => undefined, works: () => undefined });
  let isSettled = false;
  const settled = following.settled().then(() => {
    isSettled = true;
  });
  for (let more = 3; more > 0; more -= 1) {
    following.wake();
    steps.at(-1)?.resolve(false);
    await turn();
    assert.equal(isSettled, false, 'there was more to do');
  }
  steps.at(-1)?.resolve(false);
  await settled;

  const again = following.settled();
  await turn();
  steps.at(-1)?.resolve(false);
  await again;
  const stop = following.stop();
  steps.at(-1)?.resolve(false);
  await stop;
});

test('nobody waits for one that is stopped', async () => {
  const following = repeatSteps('test', async () => false, {
    failed: () => undefined,
    works: () => undefined,
  });
  await following.stop();
  await following.settled();
});
