import assert from 'node:assert/strict';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { checkLog } from '@pawprint/verifier';
import { Faults } from '../tests/faults.ts';
import { ImpatientTimers, origin, TestLog } from '../tests/test-log.ts';
import type { Ledger, LedgerListener } from './ledger.ts';
import { LedgerError } from './ledger-error.ts';
import { sha256 } from './sha256.ts';
import { createSigner } from './signer.ts';
import { openDirectoryStore } from './storage/directory-store.ts';
import type { ObjectStore } from './storage/object-store.ts';

let log: TestLog;
beforeEach(async () => {
  log = await TestLog.create();
});
afterEach(() => log.remove());

async function publish(ledger: Ledger, count: number): Promise<void> {
  log.add(count);
  await ledger.settled();
}

/** A directory store that fails to write, as a full or read-only disk does, while `failing` says so. */
async function openFailingStore(failing: () => boolean): Promise<ObjectStore> {
  const store = await openDirectoryStore(log.storeFolder);
  return {
    ...forward(store),
    write: async (key, bytes) => {
      if (failing()) throw new LedgerError('storage', `could not write ${key}: ENOSPC`);
      await store.write(key, bytes);
    },
  };
}

function forward(store: ObjectStore): ObjectStore {
  return {
    read: (key) => store.read(key),
    write: (key, bytes, options) => store.write(key, bytes, options),
    retain: (key, until) => store.retain(key, until),
    hold: (key, isHeld) => store.hold(key, isHeld),
    delete: (key) => store.delete(key),
    deleteAll: (prefix) => store.deleteAll(prefix),
    list: (prefix) => store.list(prefix),
  };
}

suite('an open ledger', () => {
  test('begins with a signed checkpoint of nothing', async () => {
    const ledger = await log.open();
    assert.equal(ledger.size, 0);
    assert.match(
      ledger.checkpoint,
      /^log\.example\/ledger\n0\n47DEQpj8HBSa\+\/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 /,
    );
    await ledger.settled();
    await ledger.close();
    await log.check();
  });

  test('publishes what is acknowledged, over every edge of a bundle and tile', async () => {
    const ledger = await log.open();
    for (const count of [1, 254, 1, 1, 255, 256, 257, 512, 3]) {
      await publish(ledger, count);
      assert.equal(ledger.size, log.acknowledged.length);
      await log.check();
    }
    await ledger.close();
  });

  test('goes on past 65,536 entries, where a third level of tiles begins', async () => {
    const ledger = await log.open({ batchEntriesMax: 10_000 });
    await publish(ledger, 65_500);
    await publish(ledger, 100);
    await ledger.close();
    await log.check();
    log.add(1);
    await log.settle();
    const store = await openDirectoryStore(log.storeFolder);
    assert.equal((await store.read('tile/2/000.p/1'))?.length, 32);
    assert.ok(await store.read('tile/entries/255'));
    assert.ok(await store.read('tile/1/000'));
  });

  test('shows others a log that verifies, and nothing that is not published', async () => {
    const ledger = await log.open();
    await publish(ledger, 300);
    await publish(ledger, 300);
    const { objects, vkey } = ledger;
    assert.equal(vkey, log.signer.vkey);
    assert.equal(String(await objects.read('checkpoint')), ledger.checkpoint);
    assert.equal((await checkLog({ reader: objects, vkey, sha256 })).size, 600);
    assert.equal((await objects.read('tile/1/000.p/2'))?.length, 64);
    for (const path of [
      'tile/0/001.p/44',
      'tile/0/002.p/89',
      'tile/entries/003',
      '.tmp',
      'keys/ledger.pem',
      '',
    ]) {
      assert.equal(await objects.read(path), undefined, path);
    }

    const store = await openDirectoryStore(log.storeFolder);
    await store.write('tile/0/002', Buffer.alloc(8_192));
    assert.equal(await objects.read('tile/0/002'), undefined);
    await ledger.close();
  });

  test('reads any range of published entries', async () => {
    const ledger = await log.open({ cacheBytesMax: 10_000 });
    await publish(ledger, 256 * 5 + 17);
    const last = ledger.size;
    const ranges = [
      [0, last],
      [0, 0],
      [last, last],
      [255, 257],
      [256, 512],
      [last - 1, last],
      [700, 1290],
    ] as const;
    for (const [from, to] of ranges) {
      assert.deepEqual((await ledger.read(from, to)).map(Buffer.from), log.acknowledged.slice(from, to));
    }
    for (const [from, to] of [
      [0, last + 1],
      [-1, 2],
      [5, 4],
      [0.5, 2],
      [0, Number.NaN],
    ] as const) {
      await assert.rejects(ledger.read(from, to), { code: 'out_of_range' });
    }
    await ledger.close();
  });

  test('reads a full bundle from the store once while it is in use', async () => {
    const faults = new Faults(log.storeFolder);
    const ledger = await log.open({}, faults);
    await publish(ledger, 600);
    for (let round = 0; round < 3; round += 1) await ledger.read(10, 20);
    const reads = faults.operations.filter((operation) => operation === 'read tile/entries/000');
    assert.equal(reads.length, 1);
    await ledger.close();
  });

  test('says which object is missing or unreadable, and reads the others', async () => {
    const ledger = await log.open();
    await publish(ledger, 800);
    await rm(join(log.storeFolder, 'tile/entries/000'));
    await writeFile(join(log.storeFolder, 'tile/entries/001'), 'nonsense');
    await assert.rejects(ledger.read(3, 4), { code: 'missing_object', message: /tile\/entries\/000/ });
    await assert.rejects(ledger.read(300, 301), { code: 'corrupt_object', message: /tile\/entries\/001/ });
    assert.equal((await ledger.read(512, 800)).length, 288);
    await ledger.close();
  });

  test('takes the longest entry; a longer one stops it with the index', async () => {
    const ledger = await log.open();
    log.journal.add([new Uint8Array(65_535)]);
    await ledger.settled();
    assert.equal((await ledger.read(0, 1))[0]?.length, 65_535);
    log.journal.add([new Uint8Array(65_536)]);
    await assert.rejects(ledger.settled(), { code: 'invalid_entry', message: /entry 1 / });
    assert.equal(log.errors[0]?.code, 'invalid_entry');
    assert.equal(ledger.size, 1);
    await ledger.close();
  });
});

suite('subscribers', () => {
  test('get each entry once, in order, from the size at their subscription', async () => {
    const ledger = await log.open({ batchEntriesMax: 40 });
    await publish(ledger, 10);
    const start = ledger.size;
    const seen: Uint8Array[] = [];
    const listener: LedgerListener = ({ from, entries }) => {
      assert.equal(from, start + seen.length);
      assert.equal(ledger.size, from + entries.length);
      seen.push(...entries);
    };
    const unsubscribe = ledger.subscribe(listener);
    await publish(ledger, 333);
    assert.deepEqual(seen, log.acknowledged.slice(10));
    unsubscribe();
    await publish(ledger, 1);
    assert.equal(seen.length, 333);
    await ledger.close();
  });

  test('that throw are reported and keep nothing from the others', async () => {
    const ledger = await log.open();
    let seen = 0;
    ledger.subscribe(() => {
      throw new Error('broken');
    });
    ledger.subscribe(({ entries }) => {
      seen += entries.length;
    });
    await publish(ledger, 5);
    assert.equal(seen, 5);
    assert.deepEqual(
      log.errors.map(({ code, cause }) => [code, String(cause)]),
      [['listener', 'Error: broken']],
    );
    await ledger.close();
  });
});

suite('locks', () => {
  test('full tiles and bundles are locked until the moment that is given when they are written, and nothing else', async () => {
    const until = new Date('2031-11-25T00:00:00Z');
    const locked = new Map<string, Date>();
    const open = await openDirectoryStore(log.storeFolder);
    const store: ObjectStore = {
      ...forward(open),
      async write(key, bytes, options) {
        await open.write(key, bytes);
        if (options?.retainUntil) locked.set(key, options.retainUntil);
      },
    };
    let period: Date | undefined;
    const ledger = await log.open({ store, retainUntil: () => period });
    await publish(ledger, 300);
    assert.deepEqual(locked, new Map());
    period = until;
    await publish(ledger, 300);
    assert.deepEqual(
      locked,
      new Map([
        ['tile/0/001', until],
        ['tile/entries/001', until],
      ]),
    );
    await ledger.close();
  });
});

suite('pace', () => {
  test('the first entry after a pause is published at once, the next ones together an interval later', async () => {
    const timers = new ImpatientTimers();
    const ledger = await log.open({ timers, publishIntervalMs: 70 });
    const batches: number[] = [];
    const { promise: published, resolve } = Promise.withResolvers<void>();
    ledger.subscribe(({ entries }) => {
      batches.push(entries.length);
      if (ledger.size === 6) resolve();
    });
    await ledger.settled();

    await publish(ledger, 1);
    assert.deepEqual(timers.delaysMs, []);
    for (let entry = 0; entry < 5; entry += 1) {
      log.add(1);
      ledger.notify();
    }
    await published;
    assert.deepEqual(timers.delaysMs, [70]);
    assert.deepEqual(batches, [1, 5]);
    await ledger.close();
  });

  test('whoever waits for all to be published does not wait for the interval', async () => {
    const timers = new ImpatientTimers();
    const ledger = await log.open({ timers, publishIntervalMs: 70 });
    await publish(ledger, 1);
    await publish(ledger, 1);
    assert.deepEqual(timers.delaysMs, []);
    await ledger.close();
  });

  test('a clock that goes back a day makes no pause longer than five seconds', async () => {
    const timers = new ImpatientTimers();
    const ledger = await log.open({ timers });
    await publish(ledger, 1);
    timers.jump(-86_400_000);
    const { promise: published, resolve } = Promise.withResolvers<void>();
    ledger.subscribe(() => resolve());
    log.add(1);
    ledger.notify();
    await published;
    assert.deepEqual(timers.delaysMs, [5_000]);
    await ledger.close();
  });

  test('full batches follow each other without a pause', async () => {
    const timers = new ImpatientTimers();
    const ledger = await log.open({ timers, batchEntriesMax: 10 });
    await ledger.settled();
    const batches: number[] = [];
    ledger.subscribe(({ entries }) => batches.push(entries.length));
    await publish(ledger, 25);
    assert.deepEqual(batches, [10, 10, 5]);
    assert.deepEqual(timers.delaysMs, []);
    await ledger.close();
  });
});

suite('while the store fails', () => {
  test('it tries again at growing intervals, tells once, loses nothing, and tells when it works again', async () => {
    const timers = new ImpatientTimers();
    let failures = 0;
    const store = await openFailingStore(() => failures-- > 0);
    const ledger = await log.open({ timers, store });
    await publish(ledger, 30);

    timers.delaysMs.length = 0;
    // The bundle and the tile fail together.
    failures = 18;
    await publish(ledger, 3);
    assert.deepEqual(timers.delaysMs, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    assert.deepEqual(
      log.errors.map(({ code, message }) => [code, message]),
      [['storage', 'could not write tile/entries/000.p/33: ENOSPC']],
    );
    assert.equal(log.recoveries, 1);

    timers.delaysMs.length = 0;
    failures = 1;
    await publish(ledger, 1);
    assert.deepEqual(timers.delaysMs, [100], 'it begins with short intervals again');
    assert.equal(log.errors.length, 2);
    assert.equal(log.recoveries, 2);
    await ledger.close();
    await log.check();
  });

  test('what came to wait while only the checkpoint could not be written is published, too', async () => {
    const store = await openDirectoryStore(log.storeFolder);
    let later: Promise<void> | undefined;
    const ledger = await log.open({
      store: {
        ...forward(store),
        write: async (key, bytes) => {
          if (key === 'checkpoint' && ledger.size === 10 && later === undefined) {
            log.add(5);
            later = ledger.settled();
            throw new LedgerError('storage', 'could not write checkpoint: ENOSPC');
          }
          await store.write(key, bytes);
        },
      },
    });
    await publish(ledger, 10);
    await publish(ledger, 3);
    await later;
    assert.equal(ledger.size, 18);
    await ledger.close();
    await log.check();
  });

  test('it opens, reads go on, and the waiting entries stay in the journal', async () => {
    const before = await log.open();
    await publish(before, 300);
    await before.close();
    await rm(join(log.storeFolder, 'checkpoint'));

    let failing = true;
    const ledger = await log.open({ store: await openFailingStore(() => failing) });
    log.add(5);
    ledger.notify();
    assert.equal((await ledger.read(0, 300)).length, 300);
    assert.equal(ledger.size, 300);
    failing = false;
    await ledger.settled();
    assert.equal(ledger.size, 305);
    await ledger.close();
    await log.check();
  });

  test('closing gives up what waits, and the next opening publishes it', async () => {
    const ledger = await log.open({ store: await openFailingStore(() => true) });
    log.add(5);
    const settled = assert.rejects(ledger.settled(), { code: 'closed' });
    await ledger.close();
    await settled;
    await assert.rejects(ledger.settled(), { code: 'closed' });
    await log.settle();
  });
});

suite('closing', () => {
  test('ends the publication under way', async () => {
    const ledger = await log.open();
    await ledger.settled();
    await new Promise((resolve) => setImmediate(resolve));
    log.add(400);
    ledger.notify();
    await ledger.close();
    assert.equal(ledger.size, 400);
    await log.check();
  });
});

suite('a second sequencer', () => {
  test('on the same journal stops the one that finds itself overtaken, which signs nothing more', async () => {
    const first = await log.open();
    await publish(first, 3);
    const second = await log.open();
    await publish(second, 4);

    log.add(1);
    await assert.rejects(first.settled(), { code: 'conflict', message: /7 entries/ });
    assert.equal(log.errors.at(-1)?.code, 'conflict');
    first.notify();
    await second.settled();
    assert.equal(first.size, 3);
    assert.equal(second.size, 8);
    await first.close();
    await second.close();
    await log.check();
  });
});

suite('opening mends what a crash can leave', () => {
  for (const [what, spoil] of [
    ['the checkpoint was not written', (store) => store.delete('checkpoint')],
    ['the checkpoint is an older one of this log', async (store, older) => store.write('checkpoint', older)],
    [
      'later partial objects were written but not published',
      async (store) => {
        await store.write('tile/0/001.p/200', new Uint8Array(200 * 32));
        await store.write('tile/entries/001.p/200', new Uint8Array(400));
      },
    ],
    [
      'partial objects of a full tile are left',
      async (store) => {
        await store.write('tile/0/000.p/9', new Uint8Array(9 * 32));
        await store.write('tile/entries/000.p/9', new Uint8Array(18));
      },
    ],
  ] as [string, (store: ObjectStore, older: Uint8Array) => Promise<void>][]) {
    test(`when ${what}`, async () => {
      const ledger = await log.open();
      await publish(ledger, 10);
      const older = Buffer.from(ledger.checkpoint);
      await publish(ledger, 290);
      await ledger.close();
      await spoil(await openDirectoryStore(log.storeFolder), older);
      await log.settle();
      log.add(300);
      await log.settle();
    });
  }

  test('and reads the full form of a tile whose partial form is gone', async () => {
    const ledger = await log.open();
    await publish(ledger, 200);
    await ledger.close();
    const ahead = await log.copy();
    ahead.add(100);
    await ahead.settle();
    // The store was copied after later, unpublished objects were written.
    for (const kind of ['0', 'entries']) {
      const full = join('objects/tile', kind, '000');
      await cp(join(ahead.folder, full), join(log.folder, full));
      await rm(join(log.folder, `${full}.p`), { recursive: true });
    }
    await ahead.remove();
    log.add(150);
    await log.settle();
  });
});

suite('opening refuses', () => {
  const flip = async (store: ObjectStore, key: string): Promise<void> => {
    const bytes = Buffer.from((await store.read(key)) ?? []);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    await store.write(key, bytes);
  };
  for (const [what, spoil, code, message] of [
    ['a missing tile', (store) => store.delete('tile/0/001.p/44'), 'missing_object', /tile\/0\/001\.p\/44/],
    [
      'a missing upper tile',
      (store) => store.delete('tile/1/000.p/1'),
      'missing_object',
      /tile\/1\/000\.p\/1/,
    ],
    [
      'a missing bundle',
      (store) => store.delete('tile/entries/001.p/44'),
      'missing_object',
      /entries\/001\.p\/44/,
    ],
    ['a changed leaf hash', (store) => flip(store, 'tile/0/001.p/44'), 'tree_mismatch', /entry 256/],
    ['a changed upper hash', (store) => flip(store, 'tile/1/000.p/1'), 'tree_mismatch', /300 entries/],
    ['a changed entry', (store) => flip(store, 'tile/entries/001.p/44'), 'tree_mismatch', /entry 256/],
    [
      'a tile cut short',
      (store) => store.write('tile/0/001.p/44', Buffer.alloc(40)),
      'corrupt_object',
      /001\.p\/44/,
    ],
    [
      'a checkpoint that is no note',
      (store) => store.write('checkpoint', Buffer.of(255)),
      'corrupt_object',
      /UTF-8/,
    ],
    [
      'a checkpoint whose signature fails',
      (store) => flip(store, 'checkpoint'),
      'wrong_key',
      /does not hold/,
    ],
  ] as [string, (store: ObjectStore) => Promise<void>, string, RegExp][]) {
    test(what, async () => {
      const ledger = await log.open();
      await publish(ledger, 300);
      await ledger.close();
      await spoil(await openDirectoryStore(log.storeFolder));
      await assert.rejects(log.open(), { name: 'LedgerError', code, message });
    });
  }

  test('a store that is ahead of the database, whether that is older or new', async () => {
    const ledger = await log.open();
    await publish(ledger, 10);
    const older = log.journal.clone();
    await publish(ledger, 10);
    await ledger.close();
    await assert.rejects(log.open({ journal: older }), { code: 'store_ahead', message: /20 entries.* 10 / });
    const { journal } = await TestLog.create();
    await assert.rejects(log.open({ journal }), { code: 'store_ahead', message: /20 entries.* 0 / });
  });

  test('a store that went back in time, or is empty', async () => {
    const ledger = await log.open();
    await publish(ledger, 10);
    const older = await log.copy();
    await publish(ledger, 10);
    await ledger.close();
    const store = await openDirectoryStore(older.storeFolder);
    await assert.rejects(log.open({ store }), { code: 'missing_object', message: /tile\/0\/000\.p\/20/ });
    await older.remove();
    const empty = await openDirectoryStore(join(log.folder, 'empty'));
    await assert.rejects(log.open({ store: empty }), { code: 'missing_object' });
  });

  test('a store with another history under the same key', async () => {
    const fork = await log.copy();
    const ledger = await log.open();
    await publish(ledger, 10);
    fork.journal.add(Array.from({ length: 9 }, () => Buffer.from('another entry')));
    const other = await fork.open();
    await other.settled();
    const store = await openDirectoryStore(log.storeFolder);
    await store.write('checkpoint', Buffer.from(other.checkpoint));
    await store.write(
      'tile/0/000.p/9',
      (await store.read('tile/0/000.p/10'))?.subarray(0, 288) ?? Buffer.of(),
    );
    await ledger.close();
    await other.close();
    await fork.remove();
    await assert.rejects(log.open(), { code: 'tree_mismatch', message: /first 9 entries/ });
  });

  test('another key and another origin', async () => {
    const ledger = await log.open();
    await publish(ledger, 1);
    await ledger.close();
    for (const name of [origin, 'log.example/other']) {
      const signer = await createSigner(join(log.folder, `${name.length}.pem`), name);
      await assert.rejects(log.open({ signer }), {
        code: 'wrong_key',
        message: /not signed by log\.example/,
      });
      const store = await openDirectoryStore(join(log.folder, 'empty'));
      await assert.rejects(log.open({ signer, store }), { code: 'missing_object' });
    }
  });
});
