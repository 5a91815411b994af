import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { consistencyProof, inclusionPath, merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { type TreeHead, verifyConsistency, verifyInclusion } from './merkle-proof.ts';
import { createTreeHasher } from './tree-hasher.ts';

const hasher = createTreeHasher(sha256);
const entries = Array.from({ length: 300 }, (_, index) => Buffer.from(`entry ${index}`));
const invalid = { name: 'VerificationError', code: 'invalid_proof' };

function head(size: number): TreeHead {
  return { size, rootHash: merkleTreeHash(entries.slice(0, size)) };
}

function leafHash(index: number): Uint8Array {
  return hasher.leaf(entries[index] ?? new Uint8Array());
}

const sizeAndIndex = fc
  .integer({ min: 1, max: entries.length })
  .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));

/** Each way to spoil a list of hashes by one step. */
function spoiled(hashes: readonly Uint8Array[]): Uint8Array[][] {
  const stray = hasher.emptyRoot;
  return [
    [...hashes, stray],
    [stray, ...hashes],
    ...hashes.flatMap((hash, position) => [
      hashes.toSpliced(position, 1),
      hashes.with(
        position,
        Uint8Array.from(hash, (byte, at) => (at === 31 ? byte ^ 1 : byte)),
      ),
      hashes.with(position, hash.subarray(0, 31)),
    ]),
  ];
}

suite('inclusion proof', () => {
  test('holds for each entry of each small tree', () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let index = 0; index < size; index += 1) {
        const hashes = inclusionPath(index, entries.slice(0, size));
        verifyInclusion(hasher, leafHash(index), { index, hashes }, head(size));
      }
    }
  });

  test('holds for its own entry, index, size and root, and for nothing else', () => {
    fc.assert(
      fc.property(sizeAndIndex, fc.nat(400), ([size, index], other) => {
        const hashes = inclusionPath(index, entries.slice(0, size));
        verifyInclusion(hasher, leafHash(index), { index, hashes }, head(size));
        for (const wrong of spoiled(hashes)) {
          assert.throws(
            () => verifyInclusion(hasher, leafHash(index), { index, hashes: wrong }, head(size)),
            invalid,
          );
        }
        if (other !== index) {
          const proof = { index: other, hashes };
          assert.throws(() => verifyInclusion(hasher, leafHash(index), proof, head(size)), invalid);
        }
        const otherEntry = hasher.leaf(Buffer.from('another entry'));
        assert.throws(() => verifyInclusion(hasher, otherEntry, { index, hashes }, head(size)), invalid);
        const otherSize = 1 + (other % entries.length);
        if (otherSize !== size) {
          const otherTree = head(otherSize);
          assert.throws(
            () => verifyInclusion(hasher, leafHash(index), { index, hashes }, otherTree),
            invalid,
          );
        }
        const otherRoot = { size, rootHash: hasher.emptyRoot };
        assert.throws(() => verifyInclusion(hasher, leafHash(index), { index, hashes }, otherRoot), invalid);
      }),
      { numRuns: 40 },
    );
  });

  test('of an index past the end, or one that is no number, is refused', () => {
    for (const index of [5, 6, -1, 0.5, Number.NaN, 2 ** 53]) {
      assert.throws(() => verifyInclusion(hasher, leafHash(0), { index, hashes: [] }, head(5)), invalid);
    }
  });

  test('ends: a proof that is too long for the largest tree is refused, not followed', () => {
    const hashes = Array.from({ length: 10_000 }, () => hasher.emptyRoot);
    const tree = { size: Number.MAX_SAFE_INTEGER, rootHash: hasher.emptyRoot };
    assert.throws(() => verifyInclusion(hasher, leafHash(0), { index: 2 ** 52, hashes }, tree), {
      ...invalid,
      message: /too long/,
    });
  });
});

suite('consistency proof', () => {
  test('holds between all pairs of small trees', () => {
    for (let newer = 1; newer <= 40; newer += 1) {
      for (let older = 1; older <= newer; older += 1) {
        verifyConsistency(hasher, consistencyProof(older, entries.slice(0, newer)), head(older), head(newer));
      }
    }
  });

  test('holds for its own two trees, and for nothing else', () => {
    fc.assert(
      fc.property(sizeAndIndex, fc.integer({ min: 1, max: entries.length }), ([newer, index], other) => {
        const older = index + 1;
        const hashes = consistencyProof(older, entries.slice(0, newer));
        verifyConsistency(hasher, hashes, head(older), head(newer));
        for (const wrong of spoiled(hashes)) {
          assert.throws(() => verifyConsistency(hasher, wrong, head(older), head(newer)), invalid);
        }
        if (other !== newer && older !== newer) {
          assert.throws(() => verifyConsistency(hasher, hashes, head(older), head(other)), invalid);
        }
        if (other !== older && older !== newer) {
          assert.throws(() => verifyConsistency(hasher, hashes, head(other), head(newer)), invalid);
        }
        const forked = { rootHash: hasher.emptyRoot };
        assert.throws(
          () => verifyConsistency(hasher, hashes, { ...head(older), ...forked }, head(newer)),
          invalid,
        );
        assert.throws(
          () => verifyConsistency(hasher, hashes, head(older), { ...head(newer), ...forked }),
          invalid,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('from the empty tree is empty, and the empty tree has one root', () => {
    verifyConsistency(hasher, [], head(0), head(7));
    verifyConsistency(hasher, [], head(0), head(0));
    assert.throws(() => verifyConsistency(hasher, [hasher.emptyRoot], head(0), head(7)), invalid);
    assert.throws(() => verifyConsistency(hasher, [], { ...head(3), size: 0 }, head(7)), invalid);
  });

  test('to a smaller tree is refused', () => {
    assert.throws(() => verifyConsistency(hasher, [], head(7), head(6)), invalid);
  });
});
