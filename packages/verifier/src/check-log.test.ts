import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { suite, test } from 'node:test';
import { merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { checkLog, type LogCheck } from './check-log.ts';
import type { TreeHead } from './merkle-proof.ts';
import { createVerifierKey, formatNote, formatVerifierKey } from './signed-note.ts';

// A log written here from the words of C2SP tlog-tiles, without any function of this package for tiles or trees.

const origin = 'example.com/log';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = createVerifierKey(
  origin,
  publicKey.export({ format: 'der', type: 'spki' }).subarray(-32),
  sha256,
);
const vkey = formatVerifierKey(key);
const entries = Array.from({ length: 256 * 3 + 5 }, (_, index) => Buffer.from(`entry ${index}`));

function signedCheckpoint(size: number): Buffer {
  const text = `${origin}\n${size}\n${merkleTreeHash(entries.slice(0, size)).toString('base64')}\n`;
  const signature = sign(null, Buffer.from(text), privateKey);
  return Buffer.from(formatNote({ text, signatures: [{ name: origin, keyId: key.keyId, signature }] }));
}

function createLog(): Map<string, Buffer> {
  const log = new Map<string, Buffer>([['checkpoint', signedCheckpoint(entries.length)]]);
  for (const [name, from, to] of [
    ['000', 0, 256],
    ['001', 256, 512],
    ['002', 512, 768],
    ['003.p/5', 768, 773],
  ] as const) {
    const part = entries.slice(from, to);
    log.set(
      `tile/entries/${name}`,
      Buffer.concat(part.flatMap((entry) => [Buffer.of(0, entry.length), entry])),
    );
    log.set(`tile/0/${name}`, Buffer.concat(part.map((entry) => merkleTreeHash([entry]))));
  }
  return log.set('tile/1/000.p/3', roots(3));
}

/** The level 1 tile over the first bundles. */
function roots(bundles: number): Buffer {
  return Buffer.concat(
    Array.from({ length: bundles }, (_, at) => merkleTreeHash(entries.slice(at * 256, (at + 1) * 256))),
  );
}

function check(log: ReadonlyMap<string, Buffer>, seen: Uint8Array[] = [], known?: TreeHead) {
  return checkLog({
    known,
    reader: { read: async (path) => log.get(path) },
    vkey,
    sha256,
    onEntries: (from, bundle) => {
      assert.equal(from, seen.length);
      seen.push(...bundle);
    },
  });
}

function bundle(part: readonly Buffer[], change = (all: Buffer[]) => all): Buffer {
  return Buffer.concat(change([...part]).flatMap((entry) => [Buffer.of(0, entry.length), entry]));
}

function swap<T>(list: readonly T[], one: number, other: number): T[] {
  return list.map((item, at) => (at === one ? list[other] : at === other ? list[one] : undefined) ?? item);
}

suite('checkLog', () => {
  test('agrees with a log and hands out its entries', async () => {
    const seen: Uint8Array[] = [];
    assert.equal((await check(createLog(), seen)).size, entries.length);
    assert.deepEqual(
      seen.map((entry) => Buffer.from(entry)),
      entries,
    );
  });

  test('agrees with an empty log', async () => {
    assert.equal((await check(new Map([['checkpoint', signedCheckpoint(0)]]))).size, 0);
  });

  test('reads an older checkpoint whose partial tiles have become full', async () => {
    const log = createLog().set('checkpoint', signedCheckpoint(700));
    log.set('tile/1/000.p/2', log.get('tile/1/000.p/3')?.subarray(0, 64) ?? Buffer.of());
    assert.equal((await check(log)).size, 700);
  });

  test('has read few objects ahead when one is found to be wrong', async () => {
    // Of a log of 256 million entries nothing but the checkpoint is there.
    const text = `${origin}\n${256e6}\n${Buffer.alloc(32).toString('base64')}\n`;
    const signature = sign(null, Buffer.from(text), privateKey);
    const note = formatNote({ text, signatures: [{ name: origin, keyId: key.keyId, signature }] });
    const paths: string[] = [];
    const reader = {
      read: async (path: string) => {
        paths.push(path);
        return path === 'checkpoint' ? Buffer.from(note) : undefined;
      },
    };
    await assert.rejects(checkLog({ reader, vkey, sha256 }), {
      code: 'missing_object',
      message: 'tile/entries/000 is missing',
    });
    assert.ok(paths.length < 50, `${paths.length} reads`);
  });

  test('notices one changed bit anywhere and names the object', async () => {
    for (const [path, bytes] of createLog()) {
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 2]) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const log = createLog().set(path, changed);
        await assert.rejects(check(log), { name: 'VerificationError' }, `${path} byte ${at}`);
      }
    }
  });

  test('notices each object that is missing, cut short or too long', async () => {
    for (const [path, bytes] of createLog()) {
      const log = createLog();
      log.delete(path);
      await assert.rejects(check(log), { code: 'missing_object', message: new RegExp(path) });
      await assert.rejects(check(createLog().set(path, bytes.subarray(0, -1))), {
        name: 'VerificationError',
      });
      await assert.rejects(check(createLog().set(path, Buffer.concat([bytes, bytes]))), {
        name: 'VerificationError',
      });
    }
  });

  const tampered: [string, (log: Map<string, Buffer>) => unknown, string, RegExp][] = [
    [
      'an entry that was rewritten',
      (log) =>
        log.set('tile/entries/001', Buffer.from(String(log.get('tile/entries/001')).replace('300', '999'))),
      'entry_mismatch',
      /^entry 300 .*tile\/0\/001$/,
    ],
    [
      'two bundles that were swapped with their leaf hashes',
      (log) => {
        for (const folder of ['tile/entries', 'tile/0']) {
          const [one, two] = [log.get(`${folder}/001`), log.get(`${folder}/002`)];
          if (one && two) log.set(`${folder}/001`, two).set(`${folder}/002`, one);
        }
      },
      'tile_mismatch',
      /^hash 1 of tile\/1\/000\.p\/3/,
    ],
    [
      'a whole rewritten bundle, with all hashes above it',
      (log) => {
        const other = Buffer.from('another');
        log.set(
          'tile/entries/003.p/5',
          Buffer.concat(Array(5).fill(Buffer.concat([Buffer.of(0, 7), other]))),
        );
        log.set('tile/0/003.p/5', Buffer.concat(Array(5).fill(merkleTreeHash([other]))));
      },
      'root_mismatch',
      /773 entries/,
    ],
    [
      'two entries that were swapped',
      (log) =>
        log.set(
          'tile/entries/001',
          bundle(entries.slice(256, 512), (part) => swap(part, 3, 200)),
        ),
      'entries_reordered',
      /^entries 259 and 456 are swapped$/,
    ],
    [
      'an entry that stands elsewhere, too',
      (log) =>
        log.set(
          'tile/entries/001',
          bundle(entries.slice(256, 512), (part) => part.with(3, part[9] ?? Buffer.of())),
        ),
      'entries_reordered',
      /^entry 265 stands in the place of entry 259$/,
    ],
    [
      'an entry that was dropped',
      (log) =>
        log.set(
          'tile/entries/001',
          bundle(entries.slice(256, 512), (part) => part.toSpliced(3, 1)),
        ),
      'entry_missing',
      /^entry 259 is missing$/,
    ],
    [
      'the last entries dropped',
      (log) => log.set('tile/entries/003.p/5', bundle(entries.slice(768, 770))),
      'entry_missing',
      /^entries 770 to 772 are missing$/,
    ],
    [
      'an entry that was put between',
      (log) =>
        log.set(
          'tile/entries/003.p/5',
          bundle(entries.slice(768), (part) => part.toSpliced(2, 0, Buffer.from('x'))),
        ),
      'entry_mismatch',
      /^an entry that is not in the log stands before entry 770$/,
    ],
    [
      'an entry too many',
      (log) => log.set('tile/entries/003.p/5', bundle([...entries.slice(768), Buffer.from('x')])),
      'entry_mismatch',
      /^there are 1 entries too many after entry 772$/,
    ],
    ['a note that is not text', (log) => log.set('checkpoint', Buffer.of(0xff)), 'malformed_note', /UTF-8/],
  ];
  for (const [what, tamper, code, message] of tampered) {
    test(`notices ${what}`, async () => {
      const log = createLog();
      tamper(log);
      await assert.rejects(check(log), { code, message });
    });
  }

  test('agrees with every checkpoint that was signed before', async () => {
    for (const size of [0, 1, 255, 256, 257, 700, entries.length]) {
      const known = { size, rootHash: merkleTreeHash(entries.slice(0, size)) };
      assert.equal((await check(createLog(), [], known)).size, entries.length);
    }
  });

  test('notices a log that was rewritten with its key', async () => {
    for (const size of [0, 1, 256, 300, entries.length]) {
      const known = { size, rootHash: merkleTreeHash([...entries.slice(0, size), Buffer.from('gone')]) };
      await assert.rejects(check(createLog(), [], known), {
        code: 'forked',
        message: new RegExp(`first ${size} entries`),
      });
    }
  });

  test('notices a log that was cut back to an older checkpoint', async () => {
    const log = createLog().set('checkpoint', signedCheckpoint(512)).set('tile/1/000.p/2', roots(2));
    assert.equal((await check(log)).size, 512);
    const known = { size: 773, rootHash: merkleTreeHash(entries) };
    await assert.rejects(check(log, [], known), { code: 'truncated', message: /of 512 .* of 773/ });
  });
});

suite('checkLog of a log whose front was removed', () => {
  const removed = (from: number, to: number) => {
    const log = createLog();
    for (let bundle = from; bundle < to; bundle += 1) log.delete(`tile/entries/00${bundle}`);
    return log;
  };
  /** An entry of this log that says up to where entries were removed. */
  const saying = (index: number, removedTo: number) => (entry: Uint8Array) =>
    Buffer.from(entry).equals(entries[index] ?? Buffer.of()) ? removedTo : undefined;
  const checkRemoved = (
    log: ReadonlyMap<string, Buffer>,
    more: { from?: number; keptFrom?: LogCheck['keptFrom'] },
  ) => {
    const seen: number[] = [];
    const onEntries = (from: number) => void seen.push(from);
    return checkLog({
      reader: { read: async (path) => log.get(path) },
      vkey,
      sha256,
      onEntries,
      ...more,
    }).then(({ size, removal }) => ({ size, removal, seen }));
  };

  test('agrees when an entry says so, and tells which', async () => {
    assert.deepEqual(await checkRemoved(removed(0, 2), { keptFrom: saying(600, 512) }), {
      size: 773,
      removal: { removedTo: 512, recordedAt: 600 },
      seen: [512, 768],
    });
    const lastBundle = await checkRemoved(removed(0, 3), { keptFrom: saying(770, 768) });
    assert.deepEqual(lastBundle.removal, { removedTo: 768, recordedAt: 770 });
  });

  test('agrees while the removal is under way, and says nothing of it before it began', async () => {
    const { removal, seen } = await checkRemoved(removed(0, 1), { keptFrom: saying(600, 512) });
    assert.deepEqual([removal, seen], [{ removedTo: 256, recordedAt: 600 }, [256, 512, 768]]);
    assert.equal((await checkRemoved(createLog(), { keptFrom: saying(600, 512) })).removal, undefined);
  });

  test('agrees when who checks says where the log begins', async () => {
    for (const from of [512, 513, 700]) {
      const { removal, seen } = await checkRemoved(removed(0, 2), { from });
      assert.deepEqual([removal, seen], [undefined, [512, 768]]);
    }
    await assert.rejects(checkRemoved(removed(0, 2), { from: 511 }), {
      message: 'tile/entries/001 is missing',
    });
  });

  const unexplained: [string, Map<string, Buffer>, LogCheck['keptFrom'], string][] = [
    ['nothing says so', removed(0, 2), () => undefined, '000'],
    ['nobody asks for it', removed(0, 2), undefined, '000'],
    ['more is gone than was removed', removed(0, 2), saying(600, 256), '001'],
    ['a bundle is gone behind one that is there', removed(1, 2), saying(600, 512), '001'],
    ['an entry speaks of itself', removed(0, 2), saying(600, 768), '000'],
    ['the last, partial bundle is gone', removed(0, 3), saying(770, 768), '003.p/5'],
  ];
  for (const [what, log, keptFrom, missing] of unexplained) {
    test(`notices when ${what}`, async () => {
      log.delete(`tile/entries/${missing}`);
      await assert.rejects(checkRemoved(log, { keptFrom }), {
        code: 'missing_object',
        message: new RegExp(`^tile/entries/${missing} is missing`),
      });
    });
  }

  test('checks the hashes of what was removed against the root', async () => {
    for (const path of ['tile/0/000', 'tile/1/000.p/3']) {
      const log = removed(0, 2);
      const bytes = Buffer.from(log.get(path) ?? []);
      bytes.writeUInt8(bytes.readUInt8(5) ^ 1, 5);
      await assert.rejects(checkRemoved(log.set(path, bytes), { keptFrom: saying(600, 512) }), {
        code: 'tile_mismatch',
      });
      log.delete(path);
      await assert.rejects(checkRemoved(log, { from: 512 }), {
        code: 'missing_object',
        message: `${path} is missing`,
      });
    }
  });
});

suite('a log with a full tile of roots', () => {
  // 65,536 entries fill tile/1/000; one more begins tile/2 above and a bundle beside.
  const log = new Map<string, Buffer>();
  const leaves = Array.from({ length: 65_537 }, (_, index) => Buffer.from(`${index}`));
  const width = (count: number) => (count === 256 ? '' : `.p/${count}`);
  const bundles = Array.from({ length: 257 }, (_, at) => leaves.slice(at * 256, (at + 1) * 256));
  for (const [at, part] of bundles.entries()) {
    const name = `${String(at).padStart(3, '0')}${width(part.length)}`;
    log.set(`tile/entries/${name}`, bundle(part));
    log.set(`tile/0/${name}`, Buffer.concat(part.map((entry) => merkleTreeHash([entry]))));
  }
  const rootsOfBundles = bundles.slice(0, 256).map(merkleTreeHash);
  log.set('tile/1/000', Buffer.concat(rootsOfBundles));
  log.set('tile/2/000.p/1', merkleTreeHash(leaves.slice(0, 65_536)));
  const text = `${origin}\n65537\n${merkleTreeHash(leaves).toString('base64')}\n`;
  const signature = sign(null, Buffer.from(text), privateKey);
  log.set(
    'checkpoint',
    Buffer.from(formatNote({ text, signatures: [{ name: origin, keyId: key.keyId, signature }] })),
  );
  const verified = (objects: ReadonlyMap<string, Buffer>) =>
    checkLog({ reader: { read: async (path) => objects.get(path) }, vkey, sha256 });

  test('is agreed with', async () => {
    assert.equal((await verified(log)).size, 65_537);
  });

  for (const [path, code, message] of [
    ['tile/0/255', 'entry_mismatch', /^entry 65280 differs from its hash in tile\/0\/255$/],
    ['tile/entries/255', 'entry_mismatch', /^entry 65280 differs from its hash in tile\/0\/255$/],
    ['tile/1/000', 'tile_mismatch', /^hash 0 of tile\/1\/000 does not follow/],
    ['tile/2/000.p/1', 'tile_mismatch', /^hash 0 of tile\/2\/000\.p\/1 does not follow/],
    ['tile/entries/256.p/1', 'entry_mismatch', /^entry 65536 differs from its hash/],
    ['tile/0/256.p/1', 'entry_mismatch', /^entry 65536 differs from its hash/],
  ] as const) {
    test(`is not once a bit of ${path} is changed`, async () => {
      const changed = Buffer.from(log.get(path) ?? []);
      changed.writeUInt8(changed.readUInt8(3) ^ 1, 3);
      await assert.rejects(verified(new Map(log).set(path, changed)), { code, message });
    });
  }
});
