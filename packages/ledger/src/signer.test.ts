import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { formatNote, openNote, parseVerifierKey } from '@pawprint/verifier';
import { sha256 } from './sha256.ts';
import { createSigner, loadSigner } from './signer.ts';

const origin = 'audit.example.com/ledger';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signer-'));
});
after(() => rm(folder, { recursive: true }));

suite('signer', () => {
  test('is the same after loading, and its notes open with its public key', async () => {
    const path = join(folder, 'key.pem');
    const created = await createSigner(path, origin);
    const loaded = await loadSigner(path, origin);
    assert.equal(loaded?.vkey, created.vkey);

    const text = 'a line\n';
    const signature = await created.sign(Buffer.from(text));
    const note = formatNote({ text, signatures: [{ ...created.key, signature }] });
    assert.equal((await openNote(note, [parseVerifierKey(created.vkey, sha256)])).text, text);
  });

  test('is in a file that only its user can read, with no other file left', async () => {
    const path = join(folder, 'private', 'key.pem');
    await assert.rejects(createSigner(path, origin), { code: 'signing_key' });
    const own = await mkdtemp(join(folder, 'own-'));
    await createSigner(join(own, 'key.pem'), origin);
    assert.equal((await stat(join(own, 'key.pem'))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(own), ['key.pem']);
  });

  test('never replaces a key', async () => {
    const path = join(folder, 'kept.pem');
    const { vkey } = await createSigner(path, origin);
    await assert.rejects(createSigner(path, origin), { name: 'LedgerError', code: 'signing_key' });
    assert.equal((await loadSigner(path, origin))?.vkey, vkey);
  });

  test('is undefined without a file', async () => {
    assert.equal(await loadSigner(join(folder, 'none.pem'), origin), undefined);
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  for (const [what, content] of [
    ['an empty file', ''],
    ['no PEM', 'nonsense'],
    ['a key of another kind', rsa.export({ format: 'pem', type: 'pkcs8' })],
  ] as const) {
    test(`refuses ${what}`, async () => {
      const path = join(folder, `${what}.pem`);
      await writeFile(path, content);
      await assert.rejects(loadSigner(path, origin), { name: 'LedgerError', code: 'signing_key' });
    });
  }

  test('refuses an origin that can not name a key', async () => {
    await assert.rejects(createSigner(join(folder, 'bad.pem'), 'two words'), { code: 'signing_key' });
    assert.equal(await loadSigner(join(folder, 'bad.pem'), origin), undefined);
  });
});
