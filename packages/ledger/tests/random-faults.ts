import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Timers } from '../src/timers.ts';
import { type FaultKind, Faults, faultKindsOf } from './faults.ts';
import { ImpatientTimers, type StorePlace, TestLog } from './test-log.ts';

const roundsPerLog = 25;

export interface RandomRounds {
  readonly rounds: number;
  readonly seed?: number;
  /** Where the objects are, if not in a directory. */
  readonly createPlace?: () => StorePlace;
}

/** Lives of a process with one fault at random in each, and all in order after the next. */
export function testRandomFaults({ rounds, seed = randomInt(2 ** 32), createPlace }: RandomRounds): void {
  const kinds = faultKindsOf(createPlace);
  test(`${rounds} rounds of appending with random faults and jumps of the clock, seed ${seed}`, async (context) => {
    const random = createRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    let log = await TestLog.create(createPlace?.());
    let met = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const kind = kinds[below(kinds.length)] as FaultKind;
      const faults = new Faults(log.storeFolder, { at: below(40), kind });
      // Many small batches of few entries, and bursts over several tiles.
      const burst = random() < 0.8 ? 12 : 400;
      const timers = new ImpatientTimers();
      const options = { batchEntriesMax: 1 + below(burst), timers };
      try {
        await runProcess(log, faults, options, () => {
          log.add(below(burst));
          if (random() < 0.2) timers.jump(random() < 0.5 ? -1e9 : 1e9);
        });
        assert.ok(Math.max(0, ...timers.delaysMs) <= 5_000, 'a clock that jumps holds nothing up');
      } catch (cause) {
        throw new Error(`round ${round} of seed ${seed}`, { cause });
      }
      met += faults.met ? 1 : 0;
      if (round % roundsPerLog === 0) {
        await log.remove();
        log = await TestLog.create(createPlace?.());
      }
    }
    await log.remove();
    context.diagnostic(`seed ${seed}: ${met} of ${rounds} rounds met their fault`);
  });
}

/** One life of a process with a fault in it, then one without, which must leave everything in order. */
async function runProcess(
  log: TestLog,
  faults: Faults,
  options: { readonly batchEntriesMax: number; readonly timers: Timers },
  act: () => void,
): Promise<void> {
  act();
  const unlessFault = (error: unknown): undefined => void assert.ok(faults.met, String(error));
  const ledger = await log.open(options, faults).catch(unlessFault);
  if (ledger !== undefined) {
    for (let bursts = 0; bursts < 2; bursts += 1) {
      ledger.notify();
      await setImmediate();
      // While a publication is under way.
      act();
      const settled = ledger.settled();
      settled.catch(() => undefined);
      await Promise.race([settled, faults.death]);
      if (faults.dead) break;
      // A deletion that failed is made good at the next publication.
      await log.check({ partialsLeft: faults.met });
      const read: Uint8Array[] | undefined = await ledger.read(0, ledger.size).catch(unlessFault);
      if (read) assert.deepEqual(read, log.acknowledged);
      act();
    }
    await ledger.close();
  }
  await log.settle(options);
}

/** Mulberry32: numbers from 0 to 1 that are the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
