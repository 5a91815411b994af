import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { consistencyProof, inclusionPath, merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { TreeTiles } from '../tests/tree-tiles.ts';
import { CompactRange } from './compact-range.ts';
import { readConsistencyProof, readInclusionProof, readPeaks } from './read-proof.ts';
import { createTreeHasher } from './tree-hasher.ts';

const hasher = createTreeHasher(sha256);
const entries = Array.from({ length: 1_100 }, (_, index) => Buffer.from(`entry ${index}`));
const hex = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'));

/** A size, biased to the ends of tiles, and two indexes below it. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: entries.length }),
  fc.constantFrom(1, 2, 255, 256, 257, 511, 512, 513, 768, 1_024, 1_025),
);
const sizeAndIndexes = sizes.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(size)));

test('proofs read from tiles are those of RFC 6962', async () => {
  await fc.assert(
    fc.asyncProperty(sizeAndIndexes, async ([size, index, older]) => {
      const tree = entries.slice(0, size);
      const reader = new TreeTiles(tree);
      const inclusion = await readInclusionProof(reader, hasher, index, size);
      assert.equal(inclusion.index, index);
      assert.deepEqual(hex(inclusion.hashes), hex(inclusionPath(index, tree)));
      assert.deepEqual(
        hex(await readConsistencyProof(reader, hasher, older, size)),
        older === 0 ? [] : hex(consistencyProof(older, tree)),
      );
    }),
    { numRuns: 60 },
  );
});

test('peaks are those from which the tree goes on', async () => {
  await fc.assert(
    fc.asyncProperty(sizeAndIndexes, async ([size, _, count]) => {
      const peaks = await readPeaks(new TreeTiles(entries.slice(0, size)), hasher, count, size);
      const range = new CompactRange(hasher, count, peaks);
      assert.deepEqual(hex([range.root()]), hex([merkleTreeHash(entries.slice(0, count))]));
    }),
    { numRuns: 30 },
  );
});

test('a proof for an older checkpoint is read from tiles that have become full', async () => {
  const tree = entries.slice(0, 700);
  const [older, newer] = [new TreeTiles(tree), new TreeTiles(entries)];
  const read = async (path: string) =>
    (await newer.read(path)) ?? (path.startsWith('tile/0/') ? undefined : older.read(path));
  const { hashes } = await readInclusionProof({ read }, hasher, 600, 700);
  assert.deepEqual(hex(hashes), hex(inclusionPath(600, tree)));
});

test('a proof reads only the tiles on its way', async () => {
  const reader = new TreeTiles(entries);
  await readInclusionProof(reader, hasher, 300, entries.length);
  assert.deepEqual([...reader.paths].sort(), ['tile/0/001', 'tile/0/004.p/76', 'tile/1/000.p/4']);
});

suite('what has no proof is refused', () => {
  const reader = new TreeTiles(entries.slice(0, 5));
  const invalid = { name: 'VerificationError', code: 'invalid_proof' };
  for (const index of [5, -1, 0.5, Number.NaN, 2 ** 53]) {
    test(`index ${index} in a tree of 5`, () =>
      assert.rejects(readInclusionProof(reader, hasher, index, 5), invalid));
  }
  for (const older of [6, -1, 0.5, Number.NaN]) {
    test(`size ${older} to 5`, () => assert.rejects(readConsistencyProof(reader, hasher, older, 5), invalid));
  }
  test('a tree whose tiles are missing', () =>
    assert.rejects(readInclusionProof(reader, hasher, 0, 6), {
      code: 'missing_object',
      message: 'tile/0/000.p/6 is missing',
    }));
});
