import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { createTestSigner } from '../tests/test-signer.ts';
import { TreeTiles } from '../tests/tree-tiles.ts';
import {
  formatRangeProof,
  parseRangeProof,
  type RangeProof,
  readRangeProof,
  verifyRangeProof,
} from './range-proof.ts';
import { createTreeHasher } from './tree-hasher.ts';

const hasher = createTreeHasher(sha256);
const signer = createTestSigner('example.com/log');
const entries = Array.from({ length: 600 }, (_, index) => Buffer.from(`entry ${index}`));
const leafHashes = entries.map((entry) => merkleTreeHash([entry]));

async function proofOf(from: number, to: number, size: number): Promise<RangeProof> {
  const tree = entries.slice(0, size);
  return {
    from,
    ...(await readRangeProof(new TreeTiles(tree), hasher, { from, to, size })),
    leafHashes: leafHashes.slice(from, to),
    checkpoint: signer.checkpoint(size, merkleTreeHash(tree)),
  };
}

function check(found: readonly Uint8Array[], proof: RangeProof) {
  return verifyRangeProof({ leafHashes: found, proof, key: signer.key, sha256 });
}

/** from <= to <= size. */
const ranges = fc
  .tuple(fc.nat(entries.length), fc.nat(entries.length), fc.nat(entries.length))
  .map((numbers) => numbers.toSorted((a, b) => a - b) as [number, number, number]);

suite('range proof', () => {
  test('holds for any range of any tree, written and read again', async () => {
    await fc.assert(
      fc.asyncProperty(ranges, async ([from, to, size]) => {
        const proof = parseRangeProof(Buffer.from(formatRangeProof(await proofOf(from, to, size))));
        assert.equal((await check(leafHashes.slice(from, to), proof)).size, size);
      }),
      { numRuns: 40 },
    );
  });

  test('says which entry is not the one in the log', async () => {
    const proof = await proofOf(100, 400, 600);
    const found: Uint8Array[] = leafHashes.slice(100, 400);
    const cases: [found: Uint8Array[], code: string, message: RegExp][] = [
      [found.with(50, hasher.emptyRoot), 'entry_mismatch', /^entry 150 differs/],
      [found.toSpliced(50, 1), 'entry_missing', /^entry 150 is missing$/],
      [found.slice(0, 297), 'entry_missing', /^entries 397 to 399 are missing$/],
      [[...found].reverse(), 'entries_reordered', /^entries 100 and 399 are swapped$/],
      [[...found, hasher.emptyRoot], 'entry_mismatch', /1 entries too many/],
    ];
    for (const [changed, code, message] of cases) {
      await assert.rejects(check(changed, proof), { code, message });
    }
  });

  test('does not hold when anything in it is changed', async () => {
    const proof = await proofOf(100, 400, 600);
    const other = hasher.emptyRoot;
    const changed: Partial<RangeProof>[] = [
      { from: 101 },
      { from: 99 },
      { left: proof.left.with(0, other) },
      { left: proof.left.slice(1) },
      { right: proof.right.with(0, other) },
      { right: proof.right.slice(1) },
      { leafHashes: proof.leafHashes.with(7, other) },
      { leafHashes: proof.leafHashes.slice(1) },
      { checkpoint: signer.checkpoint(599, merkleTreeHash(entries.slice(0, 599))) },
      { checkpoint: createTestSigner('example.com/log').checkpoint(600, merkleTreeHash(entries)) },
    ];
    for (const change of changed) {
      const spoiled = { ...proof, ...change };
      await assert.rejects(
        check(spoiled.leafHashes, spoiled),
        { name: 'VerificationError' },
        JSON.stringify(change),
      );
    }
  });

  test('does not hold with any one bit of its file changed', async () => {
    const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(ranges, position, fc.nat(7), async ([from, to, size], at, bit) => {
        const file = Buffer.from(formatRangeProof(await proofOf(from, to, size)));
        const changed = Math.floor(at * file.length);
        file.writeUInt8(file.readUInt8(changed) ^ (1 << bit), changed);
        const verified = async () => check(leafHashes.slice(from, to), parseRangeProof(file));
        await assert.rejects(verified, { name: 'VerificationError' });
      }),
      { numRuns: 60 },
    );
  });

  test('that is not written as it must be is refused', async () => {
    const good = formatRangeProof(await proofOf(1, 3, 5));
    const malformed = [
      '',
      'x',
      good.replace('v1', 'v2'),
      good.replace('range 1', 'range 01'),
      good.replace('leaf ', 'leaf'),
    ];
    for (const text of [...malformed, good.replace('left', 'above'), good.replace('left ', 'left AA')]) {
      assert.throws(() => parseRangeProof(Buffer.from(text)), { code: 'malformed_proof' });
    }
    assert.throws(() => parseRangeProof(Buffer.of(0xff)), { code: 'malformed_note' });
  });
});
