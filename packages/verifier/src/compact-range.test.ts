import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { CompactRange, treeRoot } from './compact-range.ts';
import { createTreeHasher } from './tree-hasher.ts';

const hasher = createTreeHasher(sha256);

suite('tree root', () => {
  // The eight test leaves of the Certificate Transparency implementations and the root after each.
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];

  for (const [size, root] of roots.entries()) {
    test(`of ${size} published test leaves`, () => {
      const hashes = leaves.slice(0, size).map((leaf) => hasher.leaf(Buffer.from(leaf, 'hex')));
      assert.equal(treeRoot(hasher, hashes).toHex(), root);
    });
  }

  test('of any entries is that of the recursive definition, also when the range is rebuilt midway', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 600 }),
        fc.nat(600),
        (entries, at) => {
          let range = new CompactRange(hasher);
          for (const [index, entry] of entries.entries()) {
            if (index === at) range = new CompactRange(hasher, range.size, range.peaks);
            range.append(hasher.leaf(entry));
          }
          assert.deepEqual(Buffer.from(range.root()), merkleTreeHash(entries));
        },
      ),
    );
  });

  test('takes entries longer than the scratch buffer', () => {
    const entries = [2047, 2048, 65_535, 10].map((length) => new Uint8Array(length).fill(length % 251));
    const root = treeRoot(
      hasher,
      entries.map((entry) => hasher.leaf(entry)),
    );
    assert.deepEqual(Buffer.from(root), merkleTreeHash(entries));
  });
});

suite('compact range', () => {
  test('shows each completed node, which is the root of what lies below it', () => {
    const entries = Array.from({ length: 13 }, (_, index) => Uint8Array.of(index));
    const range = new CompactRange(hasher);
    let nodes = 0;
    for (const entry of entries) {
      range.append(hasher.leaf(entry), (level, index, hash) => {
        const below = entries.slice(index * 2 ** level, (index + 1) * 2 ** level);
        assert.deepEqual(Buffer.from(hash), merkleTreeHash(below));
        nodes += 1;
      });
    }
    assert.equal(nodes, 13 + 6 + 3 + 1);
  });

  test('refuses peaks that do not fit the size', () => {
    assert.throws(() => new CompactRange(hasher, 5, [hasher.emptyRoot]), { code: 'malformed_tile' });
    assert.throws(() => new CompactRange(hasher, 1, [new Uint8Array(31)]), { code: 'malformed_tile' });
  });

  test('a clone grows alone', () => {
    const range = new CompactRange(hasher);
    range.append(hasher.leaf(Uint8Array.of(1)));
    const root = range.root();
    range.clone().append(hasher.leaf(Uint8Array.of(2)));
    assert.equal(range.size, 1);
    assert.deepEqual(range.root(), root);
  });
});
