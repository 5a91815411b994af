import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import type { Ledger } from '../src/ledger.ts';
import { type FaultKind, Faults, faultKindsOf } from './faults.ts';
import { type StorePlace, TestLog } from './test-log.ts';

async function run(log: TestLog, added: number, faults: Faults): Promise<void> {
  let ledger: Ledger | undefined;
  try {
    ledger = await log.open({}, faults);
    const seen: Uint8Array[] = [];
    const start = ledger.size;
    ledger.subscribe(({ from, entries }) => {
      assert.equal(from, start + seen.length, 'a subscriber sees each entry once, in order');
      seen.push(...entries);
    });
    log.add(added);
    const settled = ledger.settled();
    settled.catch(() => undefined);
    await Promise.race([settled, faults.death]);
    if (!faults.dead) {
      await ledger.close();
      await log.check({ partialsLeft: faults.met });
      assert.deepEqual(seen, log.acknowledged.slice(start));
    }
  } catch (error) {
    // At opening a fault is told to the caller.
    if (ledger !== undefined) throw error;
    log.add(added);
  }
  await ledger?.close();
}

async function meetFault(
  past: TestLog,
  added: number,
  fault: { at: number; kind: FaultKind },
): Promise<void> {
  const log = await past.copy();
  const faults = new Faults(log.storeFolder, fault);
  await run(log, added, faults);
  assert.ok(faults.met);
  await log.settle();
  log.add(300);
  await log.settle();
  await log.remove();
}

export interface FaultCase {
  readonly what: string;
  /** Entries that the log holds when it is opened, and that are added then. */
  readonly before: number;
  readonly added: number;
}

/**
 * The table of faults: every operation on the store and the journal fails, half works, or is the last one of its
 * process. Afterwards the log verifies, nothing acknowledged is missing or doubled, and only one history was signed.
 *
 * @param createPlace where the objects are, if not in a directory
 */
export function testFaults(cases: readonly FaultCase[], createPlace?: () => StorePlace): void {
  for (const { what, before, added } of cases) {
    suite(`a fault in ${what}`, async () => {
      const past = await TestLog.create(createPlace?.());
      for (const part of [Math.floor(before / 2), Math.ceil(before / 2)]) {
        past.add(part);
        await past.settle();
      }
      const quiet = new Faults(past.storeFolder);
      const rehearsal = await past.copy();
      await run(rehearsal, added, quiet);
      await rehearsal.remove();

      for (const [at, operation] of quiet.operations.entries()) {
        const kinds = faultKindsOf(createPlace).filter(
          (kind) => !kind.endsWith('torn') || operation.startsWith('write'),
        );
        test(`when "${operation}" (${at}) fails or is the last`, async () => {
          await Promise.all(kinds.map((kind) => meetFault(past, added, { at, kind })));
        });
      }
      after(() => past.remove());
    });
  }
}
