import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { test } from 'node:test';
import { type AuditRecord, encodeEntry } from '@pawprint/record';
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
const entries: readonly AuditLogEntry[] = ['a', 'b'].map((digit, index) => ({
  index,
  id: digit.repeat(32),
  record,
}));
const [first, second] = entries.map(({ id }) => hasher.leaf(encodeEntry({ v: 1, id, record })));
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

test('nor does the proof of another record, another key, or no proof', async () => {
  await assert.rejects(async () => verifyEntry(entry, otherProof, vkey), {
    code: 'invalid_proof',
    message: 'the proof is of record 1, not of 0',
  });
  await assert.rejects(verifyEntry(entry, proof, createLog().vkey), { code: 'unknown_key' });
  await assert.rejects(async () => verifyEntry(entry, { proof: '<html>' }, vkey), {
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
    return { proof: formatTlogProof({ ...inclusion, checkpoint: cosigned }) };
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
