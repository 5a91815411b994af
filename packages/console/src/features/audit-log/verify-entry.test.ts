import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, generateKeyPairSync, hash, hkdfSync, sign } from 'node:crypto';
import { test } from 'node:test';
import {
  type AuditRecord,
  actorPaths,
  boxNonce,
  canonicalJson,
  decodeEntry,
  encodeEntry,
  entryKeyInfo,
  entryKeys,
  openEntry,
  type SealingCrypto,
  type SubjectKey,
  sealedEntryJson,
} from '@pawprint/record';
import {
  cosignatureLine,
  cosignedMessage,
  createTreeHasher,
  createVerifierKey,
  formatCheckpoint,
  formatNote,
  formatTlogProof,
  formatVerifierKey,
  parseNote,
  parseTlogProof,
  type Sha256,
} from '@pawprint/verifier';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { verificationObstacle, verifyEntry } from './verify-entry.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const hasher = createTreeHasher(sha256);
const record: AuditRecord = {
  actionName: 'SIGN_IN',
  actionResult: 'SUCCEEDED',
  actor: { id: 'u1', type: 'USER', name: 'Ada – 😀', attributes: { email: 'ada@example.com' } },
  actionParams: { dynamic: { z: 1.5e300, a: [true, null] }, static: {} },
  timestamp: '2026-01-02 03:04:05.123456789',
  pantherVersion: '0.1.0',
};
const places = actorPaths.map((path) => ({ path, subject: 'USER:u1' }));
const key = { id: 'c'.repeat(32), key: new Uint8Array(32).fill(7) };
const nodeCrypto: SealingCrypto = {
  sha256: (bytes) => hash('sha256', bytes),
  entryKey: (subjectKey, id) => new Uint8Array(hkdfSync('sha256', subjectKey, id, entryKeyInfo, 32)),
  encrypt(entryKey, plaintext, additionalData) {
    const cipher = createCipheriv('aes-256-gcm', entryKey, boxNonce).setAAD(additionalData);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt(entryKey, box, additionalData) {
    const decipher = createDecipheriv('aes-256-gcm', entryKey, boxNonce).setAAD(additionalData);
    decipher.setAuthTag(box.subarray(-16));
    return new Uint8Array(Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()]));
  },
};

function openedWith(bytes: Uint8Array, subjectKey: SubjectKey | undefined) {
  const sealed = decodeEntry(bytes);
  return openEntry(
    sealed,
    entryKeys(sealed, () => subjectKey?.key, nodeCrypto),
    nodeCrypto,
  );
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const entries: readonly AuditLogEntry[] = ['a', 'b'].map((digit, index) => ({
  index,
  id: digit.repeat(32),
  record,
}));
/** The first entry is sealed, the second one of an older version. */
const hashed = entries.map(({ id }, index) =>
  index === 0
    ? utf8(sealedEntryJson({ id, record, places }, () => key, nodeCrypto))
    : encodeEntry({ v: 1, id, record }),
);
const [first, second] = hashed.map((bytes) => hasher.leaf(bytes));
const opened = hashed.map((bytes) => canonicalJson(openedWith(bytes, key)));
assert(first !== undefined && second !== undefined);

/** A key, and the proofs of a log of the two entries signed with it. */
function createLog() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey('pawprint/test', raw, sha256);
  const rootHash = hasher.node(first ?? raw, second ?? raw);
  const text = formatCheckpoint({ origin: key.name, size: 2, rootHash });
  const signature = sign(null, Buffer.from(text), privateKey);
  const checkpoint = formatNote({ text, signatures: [{ name: key.name, keyId: key.keyId, signature }] });
  const proofs = [second, first].map((sibling, index) => ({
    proof: formatTlogProof({ index, hashes: [sibling ?? raw], checkpoint }),
    opened: opened[index] ?? '',
  }));
  return { vkey: formatVerifierKey(key), proofs };
}

const { vkey, proofs } = createLog();
const [entry = assert.fail(), other = assert.fail()] = entries;
const [proof = assert.fail(), otherProof = assert.fail()] = proofs;

test('records hold just as the page shows them, in any order of their fields', async () => {
  const reordered = Object.fromEntries(Object.entries(record).reverse()) as AuditRecord;
  assert.equal((await verifyEntry(entry, proof, vkey)).size, 2);
  assert.equal((await verifyEntry({ ...other, record: reordered }, otherProof, vkey)).size, 2);
});

test('anything else on the page does not hold', async () => {
  const wrong: AuditLogEntry[] = [
    { ...entry, record: { ...record, actionResult: 'FAILED' } },
    { ...entry, record: { ...record, actor: { ...record.actor, name: 'Eve' } } },
    { ...entry, record: { ...record, sourceIP: '192.0.2.1' } },
    { ...entry, id: other.id },
  ];
  for (const shown of wrong) await assert.rejects(verifyEntry(shown, proof, vkey), { code: 'invalid_proof' });
});

test('a record whose person was erased holds as it reads then, and as nothing else', async () => {
  const erased = openedWith(hashed[0] ?? new Uint8Array(), undefined);
  const answer = { ...proof, opened: canonicalJson(erased) };
  const shown = { ...entry, record: erased.record };
  assert.equal((await verifyEntry(shown, answer, vkey)).size, 2);
  await assert.rejects(verifyEntry(entry, answer, vkey), {
    code: 'entry_mismatch',
    message: 'somebody in the record has been erased since this page read it; load it again',
  });
  const passedOff = { ...shown.record, actor: { ...shown.record.actor, name: 'Eve' } };
  await assert.rejects(verifyEntry({ ...shown, record: passedOff }, answer, vkey), {
    code: 'entry_mismatch',
  });
});

test('keys of another entry do not make it hold', async () => {
  for (const answer of [
    { ...proof, opened: otherProof.opened },
    { ...proof, opened: proof.opened.replace(/"key":"..../, '"key":"AAAA') },
  ])
    await assert.rejects(verifyEntry(entry, answer, vkey), { code: 'invalid_proof' });
  await assert.rejects(verifyEntry(entry, { ...proof, opened: '{}' }, vkey), { code: 'entry_mismatch' });
});

test('nor does the proof of another record, another key, or no proof', async () => {
  await assert.rejects(async () => verifyEntry(entry, otherProof, vkey), {
    code: 'invalid_proof',
    message: 'the proof is of record 1, not of 0',
  });
  await assert.rejects(verifyEntry(entry, proof, createLog().vkey), { code: 'unknown_key' });
  await assert.rejects(async () => verifyEntry(entry, { ...proof, proof: '<html>' }, vkey), {
    code: 'malformed_proof',
  });
});

test('the witnesses that have cosigned are told, and one that did not is caught', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey('oak.example/w', raw, sha256, 'cosignature');
  const { checkpoint, ...inclusion } = parseTlogProof(proof.proof);
  const { text, signatures } = parseNote(checkpoint);
  const cosignedAt = (time: number) => {
    const line = cosignatureLine(key, time, sign(null, cosignedMessage(text, 1_790_000_000), privateKey));
    const cosigned = formatNote({ text, signatures: [...signatures, line] });
    return { ...proof, proof: formatTlogProof({ ...inclusion, checkpoint: cosigned }) };
  };
  const witnesses = [formatVerifierKey(key)];
  const found = await verifyEntry(entry, cosignedAt(1_790_000_000), vkey, witnesses);
  assert.deepEqual(
    found.cosignatures.map(({ key: { name }, timestamp }) => [name, timestamp]),
    [['oak.example/w', 1_790_000_000]],
  );
  assert.deepEqual((await verifyEntry(entry, proof, vkey, witnesses)).cosignatures, []);
  await assert.rejects(verifyEntry(entry, cosignedAt(1_790_000_001), vkey, witnesses), {
    code: 'bad_signature',
  });
});

test('signatures can be checked where Web Crypto knows Ed25519', async () => {
  assert.equal(await verificationObstacle(), undefined);
});
