import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { TreeTiles } from '../tests/tree-tiles.ts';
import { decodeEntryBundle, encodeEntryBundle } from './entry-bundle.ts';
import {
  decodeTile,
  encodeTile,
  entryBundlePath,
  parseTilePath,
  tileLevels,
  tilePath,
  treeHasTile,
} from './tile.ts';
import { TiledTree } from './tiled-tree.ts';
import { createTreeHasher } from './tree-hasher.ts';

const hasher = createTreeHasher(sha256);

suite('tile paths', () => {
  test('are those of the specification', () => {
    assert.equal(tilePath(0, 0), 'tile/0/000');
    assert.equal(tilePath(1, 999, 17), 'tile/1/999.p/17');
    assert.equal(tilePath(0, 1000), 'tile/0/x001/000');
    assert.equal(tilePath(3, 1_234_067, 255), 'tile/3/x001/x234/067.p/255');
    assert.equal(entryBundlePath(1_234_067), 'tile/entries/x001/x234/067');
    assert.equal(entryBundlePath(273, 112), 'tile/entries/273.p/112');
  });

  test('of a tree of 70,000 entries are the five kinds that the specification counts', () => {
    assert.deepEqual(tileLevels(70_000), [
      { level: 0, fullTiles: 273, partialWidth: 112 },
      { level: 1, fullTiles: 1, partialWidth: 17 },
      { level: 2, fullTiles: 0, partialWidth: 1 },
    ]);
    assert.deepEqual(tileLevels(256), [
      { level: 0, fullTiles: 1, partialWidth: 0 },
      { level: 1, fullTiles: 0, partialWidth: 1 },
    ]);
    assert.deepEqual(tileLevels(0), []);
  });
});

suite('a path is read', () => {
  test('as it is written', () => {
    const index = fc.nat(2 ** 40);
    fc.assert(
      fc.property(fc.nat(63), index, fc.integer({ min: 1, max: 256 }), (level, index, width) => {
        assert.deepEqual(parseTilePath(tilePath(level, index, width)), { level, index, width });
        const bundle = { level: 'entries', index, width };
        assert.deepEqual(parseTilePath(entryBundlePath(index, width)), bundle);
      }),
    );
  });

  for (const path of [
    '',
    'checkpoint',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/000',
    'tile/0/001/000',
    'tile/0/x001/x000',
    'tile/0/000.p/0',
    'tile/0/000.p/05',
    'tile/0/000.p/256',
    'tile/0/000.p/257',
    'tile/0/000.p',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/entries/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/0/000\n',
  ]) {
    test(`only then: ${JSON.stringify(path)} is none`, () => assert.equal(parseTilePath(path), undefined));
  }

  test('and is in a tree from the size on that fills it', () => {
    for (const [path, size] of [
      ['tile/0/000.p/1', 1],
      ['tile/0/001', 512],
      ['tile/1/000.p/2', 512],
      ['tile/2/000.p/1', 65_536],
      ['tile/entries/001.p/3', 259],
    ] as const) {
      const name = parseTilePath(path);
      assert(name !== undefined);
      assert.deepEqual([treeHasTile(size - 1, name), treeHasTile(size, name)], [false, true], path);
    }
  });
});

suite('tiled tree', () => {
  test('of any size has the tiles that the specification says', async () => {
    const entries = Array.from({ length: 1_100 }, (_, index) => Buffer.from(`${index}`));
    await fc.assert(
      fc.asyncProperty(fc.nat(entries.length), async (size) => {
        const tree = new TiledTree(hasher);
        const tiles = new Map<string, Uint8Array>();
        for (const entry of entries.slice(0, size)) {
          tree.append(hasher.leaf(entry), (level, index, hashes) =>
            tiles.set(tilePath(level, index), encodeTile(hashes)),
          );
        }
        for (const { level, fullTiles, partialWidth } of tileLevels(size)) {
          const hashes = tree.partialTiles[level] ?? [];
          assert.equal(hashes.length, partialWidth);
          if (partialWidth > 0) tiles.set(tilePath(level, fullTiles, partialWidth), encodeTile(hashes));
        }
        const due = new TreeTiles(entries.slice(0, size));
        for (const [path, tile] of tiles) {
          assert.deepEqual(Buffer.from(tile), await due.read(path), path);
        }
        assert.equal(tiles.size, due.count);
      }),
      { numRuns: 20 },
    );
  });

  test('fills tiles with the roots of what lies below each hash, and goes on from its partial tiles', () => {
    const entries = Array.from({ length: 256 * 258 + 3 }, (_, index) => Buffer.from(`${index}`));
    let tree = new TiledTree(hasher);
    const full = new Map<string, Uint8Array>();
    for (const [index, entry] of entries.entries()) {
      if (index % 5003 === 0) tree = new TiledTree(hasher, tree.partialTiles);
      tree.append(hasher.leaf(entry), (level, tile, hashes) =>
        full.set(tilePath(level, tile), encodeTile(hashes)),
      );
    }
    assert.deepEqual(Buffer.from(tree.root()), merkleTreeHash(entries));
    assert.equal(full.size, 258 + 1);
    assert.deepEqual(
      tree.partialTiles.map((hashes) => hashes.length),
      [3, 2, 1],
    );
    for (const [path, first, span] of [
      ['tile/0/257', 257 * 256, 1],
      ['tile/1/000', 0, 256],
    ] as const) {
      const hashes = decodeTile(full.get(path) ?? new Uint8Array());
      for (const position of [0, 1, 100, 255]) {
        const start = first + position * span;
        assert.deepEqual(
          Buffer.from(hashes[position] ?? []),
          merkleTreeHash(entries.slice(start, start + span)),
        );
      }
    }
  });
});

suite('hash tile', () => {
  test('is its hashes one after another, and gives them back', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.array(hash, { minLength: 1, maxLength: 256 }), (hashes) => {
        const tile = encodeTile(hashes);
        assert.deepEqual(Buffer.from(tile), Buffer.concat(hashes));
        assert.deepEqual(decodeTile(tile), hashes);
      }),
      { numRuns: 30 },
    );
  });

  for (const length of [0, 31, 33, 8193, 8224]) {
    test(`of ${length} bytes is refused`, () => {
      assert.throws(() => decodeTile(new Uint8Array(length)), { code: 'malformed_tile' });
    });
  }
});

suite('entry bundle', () => {
  test('puts the length before each entry as a big-endian uint16', () => {
    const bundle = encodeEntryBundle([Buffer.from('abc'), new Uint8Array(), new Uint8Array(258).fill(7)]);
    assert.equal(bundle.subarray(0, 8).toHex(), `0003${Buffer.from('abc').toString('hex')}0000${'01'}`);
    assert.equal(bundle.length, 5 + 2 + 260);
  });

  test('gives back the entries it was made of', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 700 }), { minLength: 1, maxLength: 256 }),
        (entries) => {
          const bundle = encodeEntryBundle(entries);
          const parts = entries.flatMap((entry) => [
            Buffer.of(Math.floor(entry.length / 256), entry.length % 256),
            entry,
          ]);
          assert.deepEqual(Buffer.from(bundle), Buffer.concat(parts));
          assert.deepEqual(decodeEntryBundle(bundle), entries);
        },
      ),
    );
  });

  test('holds 1 to 256 entries of at most 65,535 bytes', () => {
    const entry = new Uint8Array(65_535);
    assert.equal(decodeEntryBundle(encodeEntryBundle([entry]))[0]?.length, 65_535);
    for (const entries of [
      [],
      Array.from({ length: 257 }, () => new Uint8Array()),
      [new Uint8Array(65_536)],
    ]) {
      assert.throws(() => encodeEntryBundle(entries), { code: 'malformed_bundle' });
    }
  });

  test('of any bytes comes to an error or to entries that are written the same', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, maxLength: 60 }), (bytes) => {
        let entries: Uint8Array[];
        try {
          entries = decodeEntryBundle(bytes);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'malformed_bundle');
          return;
        }
        assert.deepEqual(encodeEntryBundle(entries), bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('that is cut anywhere but between entries is refused', () => {
    const entries = [Buffer.from('one'), Buffer.from('three')];
    const bundle = encodeEntryBundle(entries);
    for (let length = 0; length < bundle.length; length += 1) {
      if (length === 5) continue;
      assert.throws(() => decodeEntryBundle(bundle.subarray(0, length)), { code: 'malformed_bundle' });
    }
  });
});
