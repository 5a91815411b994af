import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestSigner } from '../tests/test-signer.ts';
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';

// The request in the text of C2SP tlog-witness.
const published = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

test('the published request is read, and written as it was', () => {
  const request = parseAddCheckpoint(published);
  assert.equal(request.oldSize, 20_852_014);
  assert.equal(request.hashes.length, 4);
  assert.equal(request.checkpoint.origin, 'example.com/behind-the-sofa');
  assert.equal(request.checkpoint.size, 20_852_163);
  assert.equal(formatAddCheckpoint(request), published);
});

test('any request is read as it was written', () => {
  const note = createTestSigner('example.com/log').checkpoint(7, Buffer.alloc(32, 1));
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 });
  fc.assert(
    fc.property(fc.maxSafeNat(), hashes, (oldSize, proof) => {
      const { checkpoint, ...request } = parseAddCheckpoint(
        formatAddCheckpoint({ oldSize, hashes: proof, note }),
      );
      assert.deepEqual(request, { oldSize, hashes: proof, note });
      assert.equal(checkpoint.size, 7);
    }),
  );
});

test('what differs from the specification is refused', () => {
  const replace = (from: string, to: string) => published.replace(from, to);
  const hash = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n';
  for (const [body, code] of [
    ['', 'malformed_proof'],
    [replace('old 20852014', 'old 020852014'), 'malformed_proof'],
    [replace('old 20852014', 'old -1'), 'malformed_proof'],
    [replace('old 20852014', 'old  1'), 'malformed_proof'],
    [replace('old 20852014', 'new 1'), 'malformed_proof'],
    [replace('old 20852014', 'old 99999999999999999999'), 'malformed_proof'],
    [published.replaceAll('\n', '\r\n'), 'malformed_proof'],
    [replace(hash, 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw\n'), 'malformed_proof'],
    [replace(hash, 'AAAA\n'), 'malformed_proof'],
    [replace(hash, hash.repeat(61)), 'malformed_proof'],
    [replace('\n20852163\n', '\n020852163\n'), 'malformed_checkpoint'],
    [published.slice(0, published.indexOf('\u2014') - 1), 'malformed_note'],
  ] as const) {
    assert.throws(() => parseAddCheckpoint(body), { name: 'VerificationError', code }, body.slice(0, 60));
  }
});
