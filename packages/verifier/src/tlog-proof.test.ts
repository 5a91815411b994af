import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { inclusionPath, merkleTreeHash, sha256 } from '../tests/reference-tree.ts';
import { createTestSigner } from '../tests/test-signer.ts';
import { decodeNote } from './signed-note.ts';
import { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from './tlog-proof.ts';

const signer = createTestSigner('example.com/log');
const entries = Array.from({ length: 40 }, (_, index) => Buffer.from(`entry ${index}`));
const entryOf = (index: number) => entries[index] ?? Buffer.of();

function proofOf(index: number, size: number): TlogProof {
  const tree = entries.slice(0, size);
  const checkpoint = signer.checkpoint(size, merkleTreeHash(tree));
  return { index, hashes: inclusionPath(index, tree), checkpoint };
}

function check(entry: Uint8Array, proof: TlogProof, key = signer.key) {
  return verifyTlogProof({ entry, proof, key, sha256 });
}

suite('tlog-proof', () => {
  test('is written line by line as the specification says', () => {
    const proof = proofOf(2, 3);
    const [hash] = proof.hashes;
    const text = `c2sp.org/tlog-proof@v1\nindex 2\n${Buffer.from(hash ?? []).toString('base64')}\n\n${proof.checkpoint}`;
    assert.equal(formatTlogProof(proof), text);
    assert.equal(
      formatTlogProof({ ...proof, extra: Buffer.from('abc') }),
      text.replace('\n', '\nextra YWJj\n'),
    );
  });

  test('that is written is read again, and holds', async () => {
    const sizes = fc.integer({ min: 1, max: entries.length });
    const positions = sizes.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
    const extras = fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(positions, extras, async ([size, index], extra) => {
        const written = { ...proofOf(index, size), ...(extra && { extra }) };
        const read = parseTlogProof(formatTlogProof(written));
        assert.deepEqual(formatTlogProof(read), formatTlogProof(written));
        assert.deepEqual(read.extra && Buffer.from(read.extra), extra && Buffer.from(extra));
        assert.equal((await check(entryOf(index), read)).size, size);
      }),
      { numRuns: 40 },
    );
  });

  test('does not hold for another entry, index, log or key', async () => {
    const proof = proofOf(7, 30);
    const invalid = { code: 'invalid_proof' };
    await assert.rejects(check(entryOf(8), proof), invalid);
    await assert.rejects(check(entryOf(7), { ...proof, index: 8 }), invalid);
    await assert.rejects(check(entryOf(7), { ...proof, hashes: proof.hashes.slice(1) }), invalid);
    await assert.rejects(check(entryOf(7), { ...proof, checkpoint: proofOf(7, 31).checkpoint }), invalid);
    await assert.rejects(check(entryOf(7), proof, createTestSigner('example.com/log').key), {
      code: 'unknown_key',
    });
    const forged = proof.checkpoint.replace('\n30\n', '\n31\n');
    await assert.rejects(check(entryOf(7), { ...proof, checkpoint: forged }), { code: 'bad_signature' });
  });

  test('does not hold with any one bit of its file changed', async () => {
    const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const sizes = fc.integer({ min: 1, max: entries.length });
    const positions = sizes.chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));
    await fc.assert(
      fc.asyncProperty(positions, position, fc.nat(7), async ([size, index], at, bit) => {
        const file = Buffer.from(formatTlogProof(proofOf(index, size)));
        const changed = Math.floor(at * file.length);
        file.writeUInt8(file.readUInt8(changed) ^ (1 << bit), changed);
        const verified = async () => check(entryOf(index), parseTlogProof(decodeNote(file)));
        await assert.rejects(verified, { name: 'VerificationError' });
      }),
      { numRuns: 300 },
    );
  });

  const good = formatTlogProof(proofOf(2, 3));
  const malformed: [what: string, text: string, message: RegExp][] = [
    ['nothing', '', /does not begin with c2sp.org\/tlog-proof@v1/],
    ['another version', good.replace('v1', 'v2'), /does not begin/],
    ['no checkpoint', good.slice(0, good.indexOf('\n\n') + 1), /does not begin .* end with a checkpoint/],
    ['no index', good.replace('index 2\n', ''), /no index/],
    ['an index with a leading zero', good.replace('index 2', 'index 02'), /no index/],
    ['an index past exact numbers', good.replace('index 2', `index ${2 ** 53}`), /no index/],
    ['extra data after the index', good.replace('index 2\n', 'index 2\nextra YWJj\n'), /not a hash/],
    ['extra data that is not base64', good.replace('index', 'extra !\nindex'), /extra data/],
    ['a short hash', good.replace(/\n[^\n]{44}\n/, '\nYWJj\n'), /not a hash/],
    [
      'too many hashes',
      good.replace('index 2\n', `index 2\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}`),
      /more than 64/,
    ],
    ['Windows line ends', good.replaceAll('\n', '\r\n'), /does not begin/],
  ];
  for (const [what, text, message] of malformed) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseTlogProof(text), { code: 'malformed_proof', message });
    });
  }
});
