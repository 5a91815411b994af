import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { sha256 } from '../tests/reference-tree.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  createVerifierKey,
  decodeNote,
  formatNote,
  formatVerifierKey,
  openNote,
  parseNote,
  parseVerifierKey,
  verifyWithWebCrypto,
} from './signed-note.ts';

// The note and key in the documentation of Go's golang.org/x/mod/sumdb/note.
const published = {
  vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note: [
    'If you think cryptography is the answer to your problem,',
    "then you don't know what your problem is.",
    '',
    '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
    '',
  ].join('\n'),
};

function createKey(name: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey(name, raw, sha256);
  const signText = (text: string) => ({
    name,
    keyId: key.keyId,
    signature: sign(null, Buffer.from(text), privateKey),
  });
  return { key, signText };
}

suite('signed note', () => {
  test('a published note opens with its published key', async () => {
    const key = parseVerifierKey(published.vkey, sha256);
    const { text, signatures } = await openNote(published.note, [key]);
    assert.match(text, /^If you think.*problem is\.\n$/s);
    assert.equal(signatures.length, 1);
  });

  test('is written as it was read', () => {
    assert.equal(formatNote(parseNote(published.note)), published.note);
    assert.equal(formatVerifierKey(parseVerifierKey(published.vkey, sha256)), published.vkey);
  });

  test('with one changed character does not open', async () => {
    const key = parseVerifierKey(published.vkey, sha256);
    const changed = published.note.replace('answer', 'Answer');
    await assert.rejects(openNote(changed, [key]), { name: 'VerificationError', code: 'bad_signature' });
  });

  test('does not open with any one bit of it changed', async () => {
    const key = parseVerifierKey(published.vkey, sha256);
    const bytes = Buffer.from(published.note);
    for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await assert.rejects(async () => openNote(decodeNote(changed), [key]), { name: 'VerificationError' });
    }
  });

  test('the example of the specification is read and written', () => {
    const example =
      'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n\n\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
    const { text, signatures } = parseNote(example);
    assert.match(text, /^Ognuno.*\n\ned \u00e8 subito sera\.\n$/s);
    assert.deepEqual(
      signatures.map(({ name, keyId, signature }) => [name, keyId, signature.length]),
      [['quasimodo.example/salvatore', 0x367ba04b, 64]],
    );
    assert.equal(formatNote({ text, signatures }), example);
  });

  // RFC 8032 section 7.1, tests 1 to 3.
  for (const [publicKey, message, signature] of [
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ] as const) {
    test(`the published Ed25519 signature of "${message}" verifies, and not that of another message`, async () => {
      const [key, signed] = [Buffer.from(publicKey, 'hex'), Buffer.from(signature, 'hex')];
      assert.equal(await verifyWithWebCrypto(key, Buffer.from(message, 'hex'), signed), true);
      assert.equal(await verifyWithWebCrypto(key, Buffer.from(`${message}00`, 'hex'), signed), false);
    });
  }

  test('opens when one known key signed it, whoever else did', async () => {
    const log = createKey('example.com/log');
    const namesake = createKey('example.com/log');
    const stranger = createKey('witness.example');
    const text = 'first\n\nsecond\n';
    const note = formatNote({ text, signatures: [namesake, stranger, log].map((by) => by.signText(text)) });

    assert.equal((await openNote(note, [log.key])).text, text);
    assert.equal((await openNote(note, [log.key, stranger.key])).signatures.length, 2);
    await assert.rejects(openNote(note, [createKey('example.com/log').key]), {
      code: 'unknown_key',
      message: /example\.com\/log\+[0-9a-f]{8}/,
    });
  });

  test('is refused as a whole when one of the known keys did not make its signature', async () => {
    const [log, witness] = [createKey('log.example'), createKey('witness.example')];
    const signatures = [log.signText('a\n'), witness.signText('b\n')];
    const note = formatNote({ text: 'a\n', signatures });
    await assert.rejects(openNote(note, [log.key, witness.key]), { code: 'bad_signature' });
    const short = { ...log.signText('a\n'), signature: Uint8Array.of(1, 2, 3) };
    await assert.rejects(openNote(formatNote({ text: 'a\n', signatures: [short] }), [log.key]), {
      code: 'bad_signature',
    });
  });

  test('the verification function can be replaced', async () => {
    const log = createKey('log.example');
    const note = formatNote({ text: 'a\n', signatures: [log.signText('a\n')] });
    await assert.rejects(
      openNote(note, [log.key], () => false),
      { code: 'bad_signature' },
    );
  });

  const signatureLine = '\u2014 a AAAAAAA=\n';
  for (const [what, note] of [
    ['nothing', ''],
    ['no signatures', 'text\n'],
    ['no signature after the empty line', 'text\n\n'],
    ['no text', `\n${signatureLine}`],
    ['no final newline', `text\n\n${signatureLine.trimEnd()}`],
    ['a hyphen for the dash', `text\n\n- a AAAAAAA=\n`],
    ['a carriage return', `text\r\n\n${signatureLine}`],
    ['a control character', `te\u0000xt\n\n${signatureLine}`],
    ['a lone surrogate', `te\ud800xt\n\n${signatureLine}`],
    ['a plus sign in a key name', 'text\n\n\u2014 a+b AAAAAAA=\n'],
    ['a wide space in a key name', 'text\n\n\u2014 a\u3000b AAAAAAA=\n'],
    ['unpadded base64', 'text\n\n\u2014 a AAAAAAA\n'],
    ['base64 with spare bits set', 'text\n\n\u2014 a AAAAAAB=\n'],
    ['a signature of no bytes', 'text\n\n\u2014 a AAAAAA==\n'],
    ['too many signatures', `text\n\n${signatureLine.repeat(65)}`],
    ['too much text', `${'x'.repeat(2 ** 20)}\n\n${signatureLine}`],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseNote(note), { name: 'VerificationError', code: 'malformed_note' });
    });
  }

  test('of sixteen signatures is read', () => {
    assert.equal(parseNote(`text\n\n${signatureLine.repeat(16)}`).signatures.length, 16);
  });

  test('any text comes to an error or to a note that is written the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\n', '\u2014', ' ', 'a', 'A', '=', '+'), maxLength: 40 }),
        (note) => {
          let parsed: ReturnType<typeof parseNote>;
          try {
            parsed = parseNote(note);
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'malformed_note');
            return;
          }
          assert.equal(formatNote(parsed), note);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

suite('verifier key', () => {
  const [name, id, key] = published.vkey.split('+');
  for (const [what, vkey] of [
    ['nothing', ''],
    ['no key', `${name}+${id}`],
    ['the id of another key', `${name}+c74f20a4+${key}`],
    ['an id in capitals', `${name}+C74F20A3+${key}`],
    ['another name', `PaulNeumann+${id}+${key}`],
    ['an unknown type', `${name}+${id}+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW`],
    ['a short key', `${name}+${id}+ARpc2QcUPDhMQegwxbzhKg==`],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseVerifierKey(vkey, sha256), { code: 'malformed_key' });
    });
  }

  for (const bad of ['', 'a b', 'a+b', 'a\nb', 'a\u0085b', 'a\ud800']) {
    test(`can't be named ${JSON.stringify(bad)}`, () => {
      assert.throws(() => createVerifierKey(bad, new Uint8Array(32), sha256), { code: 'malformed_key' });
    });
  }

  test('may have plus signs in its base64', () => {
    for (let round = 0; round < 50; round += 1) {
      const { key } = createKey('example.com/log');
      assert.deepEqual(parseVerifierKey(formatVerifierKey(key), sha256).keyId, key.keyId);
    }
  });
});

suite('checkpoint', () => {
  // The example of C2SP tlog-checkpoint.
  const example = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

  test('the example of the specification is read and written', () => {
    const checkpoint = parseCheckpoint(example);
    assert.equal(checkpoint.origin, 'example.com/behind-the-sofa');
    assert.equal(checkpoint.size, 20_852_163);
    assert.equal(checkpoint.rootHash.length, 32);
    assert.equal(formatCheckpoint(checkpoint), example);
    assert.equal(formatCheckpoint(parseCheckpoint(`${example}one\ntwo\n`)), `${example}one\ntwo\n`);
  });

  const [origin, size, root] = example.split('\n');
  for (const [what, text] of [
    ['nothing', ''],
    ['two lines', `${origin}\n${size}\n`],
    ['no final newline', example.trimEnd()],
    ['no origin', `\n${size}\n${root}\n`],
    ['an empty extension', `${example}\n`],
    ['a leading zero', `${origin}\n0${size}\n${root}\n`],
    ['a negative size', `${origin}\n-1\n${root}\n`],
    ['a size in hexadecimal', `${origin}\n0x10\n${root}\n`],
    ['a size past exact numbers', `${origin}\n9007199254740993\n${root}\n`],
    ['a short root', `${origin}\n${size}\nCsUYapGGPo4dkMgIAUqomw==\n`],
    ['a root in base64url', `${origin}\n${size}\n${root?.replace('/', '_')}\n`],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => parseCheckpoint(text), { name: 'VerificationError', code: 'malformed_checkpoint' });
    });
  }

  test("opens only with its log's key", async () => {
    const log = createKey('example.com/behind-the-sofa');
    const note = formatNote({ text: example, signatures: [log.signText(example)] });
    assert.equal((await openCheckpoint(note, log.key)).size, 20_852_163);
    await assert.rejects(openCheckpoint(note, createKey('example.com/behind-the-sofa').key), {
      code: 'unknown_key',
    });

    const other = createKey('example.com/elsewhere');
    const foreign = formatNote({ text: example, signatures: [other.signText(example)] });
    await assert.rejects(openCheckpoint(foreign, other.key), { code: 'wrong_origin' });
  });
});
