import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import {
  checkLog,
  openCheckpoint,
  readConsistencyProof,
  readInclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '@pawprint/verifier';
import { sha256, treeHasher } from '../src/sha256.ts';
import { openDirectoryStore } from '../src/storage/directory-store.ts';
import { type FaultKind, Faults, faultKinds } from './faults.ts';
import { TestLog } from './test-log.ts';

const done = async () => {};

async function logOf(size: number): Promise<TestLog> {
  const log = await TestLog.create();
  log.add(size);
  await log.settle();
  return log;
}

async function bundlesIn(log: TestLog): Promise<string[]> {
  return Array.fromAsync((await openDirectoryStore(log.storeFolder)).list('tile/entries/'));
}

suite('removing entries', () => {
  test('what is kept is read and verifies; what is removed is said to be so, before and after it is deleted', async () => {
    const log = await logOf(1_000);
    const ledger = await log.open();
    await ledger.read(0, 1_000);
    assert.equal(String(await ledger.objects.read('minimum-index')), '0\n');
    ledger.removeBefore(512);
    for (const isDeleted of [false, true]) {
      assert.equal(ledger.firstIndex, 512);
      await assert.rejects(ledger.read(511, 513), {
        code: 'removed',
        message: 'entries before 512 were removed when their time was over',
      });
      assert.deepEqual((await ledger.read(512, 1_000)).map(Buffer.from), log.acknowledged.slice(512));
      assert.deepEqual(await ledger.read(3, 3), []);
      assert.equal(String(await ledger.objects.read('minimum-index')), '512\n');
      assert.equal(await ledger.objects.read('tile/entries/001'), undefined);
      assert.ok(await ledger.objects.read('tile/entries/002'));
      assert.ok(await ledger.objects.read('tile/0/001'));
      if (!isDeleted) await ledger.deleteRemoved(0, done);
    }
    assert.deepEqual(await bundlesIn(log), ['tile/entries/002', 'tile/entries/003.p/232']);
    log.removedTo = 512;
    log.add(300);
    await ledger.settled();
    await ledger.close();
    await log.check();
    await log.settle();
    await log.remove();
  });

  test('a proof made before holds on, and another can be made of what is left: every hash is still there', async () => {
    const log = await logOf(700);
    const ledger = await log.open();
    const before = await openCheckpoint(ledger.checkpoint, log.signer.key);
    const older = await readInclusionProof(ledger.objects, treeHasher, 5, 700);
    ledger.removeBefore(512);
    await ledger.deleteRemoved(0, done);
    log.add(300);
    await ledger.settled();
    const now = await openCheckpoint(ledger.checkpoint, log.signer.key);
    const leaf = (index: number) => treeHasher.leaf(log.acknowledged[index] ?? Buffer.of());
    verifyInclusion(treeHasher, leaf(5), older, before);
    for (const size of [1, 300, 512, 700]) {
      const rootHash = treeRoot(treeHasher, log.acknowledged.slice(0, size).map(treeHasher.leaf));
      const proof = await readConsistencyProof(ledger.objects, treeHasher, size, 1_000);
      verifyConsistency(treeHasher, proof, { size, rootHash }, now);
    }
    for (const index of [5, 511, 512, 999]) {
      verifyInclusion(
        treeHasher,
        leaf(index),
        await readInclusionProof(ledger.objects, treeHasher, index, 1_000),
        now,
      );
    }
    await ledger.close();
    await log.remove();
  });

  test('deletes partial bundles that were left over, too, and nothing but bundles', async () => {
    const log = await logOf(600);
    const store = await openDirectoryStore(log.storeFolder);
    await store.write('tile/entries/000.p/7', Buffer.from('left over'));
    const before = await Array.fromAsync(store.list(''));
    const ledger = await log.open();
    ledger.removeBefore(256);
    await ledger.deleteRemoved(0, done);
    await ledger.close();
    const gone = before.filter((key) => /^tile\/entries\/000(\.|$)/.test(key));
    const left = await Array.fromAsync(store.list(''));
    assert.deepEqual(left, [...new Set(before).difference(new Set(gone)), 'minimum-index'].toSorted());
    await log.remove();
  });

  test('takes whole published bundles only, and goes only on', async () => {
    const log = await logOf(700);
    const ledger = await log.open();
    for (const index of [1, 768, -256, Number.NaN]) {
      assert.throws(() => ledger.removeBefore(index), { code: 'out_of_range' });
    }
    ledger.removeBefore(512);
    assert.throws(() => ledger.removeBefore(256), { code: 'out_of_range' });
    ledger.removeBefore(512);
    await ledger.close();
    await log.remove();
  });

  test('tells how far it is, so that it does not begin anew after a crash', async () => {
    const log = await logOf(256 * 130);
    const ledger = await log.open();
    ledger.removeBefore(256 * 130);
    const told: number[] = [];
    await ledger.deleteRemoved(0, async (to) => void told.push(to));
    assert.deepEqual(
      told,
      [64, 128, 130].map((bundles) => bundles * 256),
    );
    await ledger.close();
    await log.remove();
  });
});

suite('a fault in a removal', async () => {
  const past = await logOf(1_000);
  after(() => past.remove());

  /** As the instance does: what it remembers is written before anything is deleted. */
  async function remove(log: TestLog, faults?: Faults): Promise<void> {
    const ledger = await log.open({}, faults);
    ledger.removeBefore(768);
    await ledger.deleteRemoved(0, done).finally(() => ledger.close());
  }

  const quiet = new Faults(past.storeFolder);
  const rehearsal = await past.copy();
  rehearsal.removedTo = 768;
  await remove(rehearsal, quiet);
  await rehearsal.remove();

  for (const [at, operation] of quiet.operations.entries()) {
    const kinds: FaultKind[] = faultKinds.filter(
      (kind) => !kind.endsWith('torn') || operation.startsWith('write'),
    );
    test(`when "${operation}" (${at}) fails or is the last`, async () => {
      const meet = async (kind: FaultKind) => {
        const log = await past.copy();
        log.removedTo = 768;
        const faults = new Faults(log.storeFolder, { at, kind });
        await remove(log, faults).catch(() => undefined);
        assert.ok(faults.met);
        // Somebody who checks a copy made at this moment finds it in order: bundles go from the front, one by one.
        const reader = await openDirectoryStore(log.storeFolder);
        const last = log.acknowledged.at(-1) ?? Buffer.of();
        const keptFrom = (entry: Uint8Array) => (Buffer.from(entry).equals(last) ? 768 : undefined);
        await checkLog({ reader, vkey: log.signer.vkey, sha256, keptFrom });

        await remove(log);
        assert.deepEqual(await bundlesIn(log), ['tile/entries/003.p/232']);
        await log.check();
        log.add(300);
        await log.settle();
        await log.remove();
      };
      await Promise.all(kinds.map(meet));
    });
  }
});
