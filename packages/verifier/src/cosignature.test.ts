import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../tests/reference-tree.ts';
import { createTestSigner } from '../tests/test-signer.ts';
import { createTestWitness } from '../tests/test-witness.ts';
import { openCheckpoint } from './checkpoint.ts';
import { cosignatureLine, cosignedMessage, parseWitnessKey, readCosignatures } from './cosignature.ts';
import {
  createVerifierKey,
  formatNote,
  formatVerifierKey,
  parseNote,
  parseVerifierKey,
} from './signed-note.ts';
import { checkPolicy, createWitnessPolicy } from './witness-policy.ts';

const log = createTestSigner('example.com/log');
const note = log.checkpoint(7, Buffer.alloc(32, 1));
const [oak, elm, ash] = ['oak', 'elm', 'ash'].map((name) => createTestWitness(`${name}.example/w`));
assert(oak && elm && ash);
const keys = [oak.key, elm.key, ash.key];

// The specification publishes no keys with its examples; this was cosigned by litewitness of filippo.io/torchwood v0.9.0.
const foreign = {
  vkey: 'litewitness.example/w+d0ff3ea2+BAwKEQRlZ+X1heWnjpN5akVJX+/knY/HTwcWX/SyWFbc',
  note: [
    'pawprint/5bf76214-c417-4bda-a1a1-27d67bfb2e83',
    '104',
    'DkUPvcObX5H1skHDqc9fG2NxgQr8G+kSzpfL6HfpOsA=',
    '',
    '\u2014 pawprint/5bf76214-c417-4bda-a1a1-27d67bfb2e83 g1cDtL0E8Eyoz0k+FBGcR0bGg02r/p4C04+GXv/u4ONF3rMdmSXKPuMp6lPVl2ijZ3+98G3dUQcr+YyGK3cmIf/EKgo=',
    '\u2014 litewitness.example/w 0P8+ogAAAABrBmmLs48eS9KtcO4Cuokdws5o3YnV4gIJekunX49amp77G8RCFTozgBEZR8pcAbrfgVaw0V3MsDrLOfkeXkDw8XIlCQ==',
    '',
  ].join('\n'),
};

suite('cosignatures', () => {
  test("of somebody else's witness hold", async () => {
    const key = parseWitnessKey(foreign.vkey, sha256);
    const [cosignature] = await readCosignatures(foreign.note, [key]);
    assert.equal(cosignature?.timestamp, 0x6b06698b);
    const changed = foreign.note.replace('\n104\n', '\n105\n');
    await assert.rejects(readCosignatures(changed, [key]), { code: 'bad_signature' });
  });

  test('of several witnesses on one checkpoint are read with their times, beside the signature of the log', async () => {
    const cosigned = elm.cosign(oak.cosign(note), 1_700_000_000n);
    const found = await readCosignatures(cosigned, keys);
    assert.deepEqual(
      found.map(({ key, timestamp }) => [key.name, timestamp]),
      [
        ['oak.example/w', 1_679_315_147],
        ['elm.example/w', 1_700_000_000],
      ],
    );
    assert.equal((await openCheckpoint(cosigned, log.key)).size, 7);
    assert.deepEqual(await readCosignatures(cosigned, []), []);
  });

  test('are made as they are read, for any time and text', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const key = createVerifierKey('pine', raw, sha256, 'cosignature');
    await fc.assert(
      fc.asyncProperty(
        fc.maxSafeNat(),
        fc.array(fc.stringMatching(/^[\x21-\x7e]+$/)),
        async (time, lines) => {
          const text = [...lines, 'end', ''].join('\n');
          const signature = sign(null, cosignedMessage(text, time), privateKey);
          const made = formatNote({ text, signatures: [cosignatureLine(key, time, signature)] });
          const [cosignature] = await readCosignatures(made, [key]);
          assert.equal(cosignature?.timestamp, time);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('count once for each witness, with the newest time', async () => {
    const twice = oak.cosign(oak.cosign(note, 200n), 100n);
    assert.deepEqual(
      (await readCosignatures(twice, keys)).map(({ timestamp }) => timestamp),
      [200],
    );
  });

  test('of strangers are not even looked at, also under the name of a known witness', async () => {
    const impostor = createTestWitness('oak.example/w');
    const cosigned = impostor.cosign(createTestWitness('fir.example').cosign(note));
    assert.deepEqual(await readCosignatures(cosigned, keys), []);
  });

  test('that a known witness did not make are refused with the whole note', async () => {
    const other = log.checkpoint(8, Buffer.alloc(32, 2));
    const moved = note + oak.cosign(other).slice(other.length);
    await assert.rejects(readCosignatures(moved, keys), {
      code: 'bad_signature',
      message: 'the cosignature by oak.example/w does not hold',
    });
    const { text, signatures } = parseNote(oak.cosign(note));
    const [own, cosignature] = signatures;
    assert(own && cosignature);
    for (const bytes of [
      cosignature.signature.slice(0, 71),
      cosignature.signature.slice(8),
      Buffer.concat([Buffer.alloc(8), cosignature.signature.subarray(8)]),
    ]) {
      const changed = formatNote({ text, signatures: [own, { ...cosignature, signature: bytes }] });
      await assert.rejects(readCosignatures(changed, keys), { code: 'bad_signature' });
    }
  });

  test('have a time of at most 2^63 - 1', async () => {
    assert.equal((await readCosignatures(oak.cosign(note, 2n ** 63n - 1n), keys)).length, 1);
    await assert.rejects(readCosignatures(oak.cosign(note, 2n ** 63n), keys), { code: 'bad_signature' });
  });

  test('are not the signatures of a log, nor is a key of one kind taken for the other', () => {
    assert.equal(formatVerifierKey(parseWitnessKey(oak.vkey, sha256)), oak.vkey);
    assert.throws(() => parseVerifierKey(oak.vkey, sha256), { code: 'malformed_key' });
    assert.throws(() => parseWitnessKey(log.vkey, sha256), {
      code: 'malformed_key',
      message: "the verifier key is not a witness's key (an Ed25519 cosignature key)",
    });
    const [name, , encoded] = oak.vkey.split('+');
    assert.throws(() => parseWitnessKey(`${name}+00000000+${encoded}`, sha256), { code: 'malformed_key' });
  });
});

suite('a policy of witnesses', () => {
  test('is met by as many as it requires, whichever they are', async () => {
    const policy = createWitnessPolicy(keys, 2);
    for (const [one, two] of [
      [oak, elm],
      [ash, oak],
      [elm, ash],
    ] as const) {
      const found = await checkPolicy(two.cosign(one.cosign(note)), policy);
      assert.deepEqual(new Set(found.map(({ key }) => key)), new Set([one.key, two.key]));
    }
    assert.equal((await checkPolicy(ash.cosign(elm.cosign(oak.cosign(note))), policy)).length, 3);
    assert.deepEqual(await checkPolicy(note, createWitnessPolicy(keys, 0)), []);
  });

  test('says who is missing', async () => {
    await assert.rejects(checkPolicy(elm.cosign(elm.cosign(note)), createWitnessPolicy(keys, 2)), {
      code: 'not_witnessed',
      message:
        '1 of 3 witnesses have cosigned the checkpoint, and 2 are required; not oak.example/w, ash.example/w',
    });
  });

  test('can not require more than there are, nor count one key twice', () => {
    for (const required of [-1, 4, 1.5, Number.NaN]) {
      assert.throws(() => createWitnessPolicy(keys, required), { code: 'malformed_policy' });
    }
    const again = createVerifierKey('another.example', oak.key.publicKey, sha256, 'cosignature');
    assert.throws(() => createWitnessPolicy([oak.key, again], 2), {
      code: 'malformed_policy',
      message: 'two of the witnesses have the same public key',
    });
  });
});
