import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuditRecord,
  actorPaths,
  decodeEntry,
  type Entry,
  entryKeys,
  openEntry,
  sealedEntryJson,
} from '@pawprint/record';
import { sealingCrypto } from '../sealing/sealing-crypto.ts';
import { openEntries, readableEntry } from './opened-entries.ts';

const key = { id: 'a'.repeat(32), key: new Uint8Array(32).fill(7) };
const subjectKeys = {
  open: async (entries: readonly Entry[]) =>
    entries.map((entry) =>
      openEntry(
        entry,
        entryKeys(entry, () => key.key, sealingCrypto),
        sealingCrypto,
      ),
    ),
};

function sealed(at: number, fields: Partial<AuditRecord>): Buffer {
  const record: AuditRecord = {
    actionName: 'GET_USER',
    actionResult: 'SUCCEEDED',
    actor: {
      id: 'u',
      type: 'USER',
      name: 'Lisa \u2028 \u0001 🐾',
      attributes: { email: 'lisa@example.com' },
    },
    sourceIP: '203.0.113.7',
    timestamp: '2026-11-23 11:00:00.000000000',
    pantherVersion: '1',
    ...fields,
  };
  const id = at.toString(16).padStart(32, '0');
  const places = actorPaths.map((path) => ({ path, subject: 'u' }));
  return Buffer.from(sealedEntryJson({ id, record, places }, () => key, sealingCrypto));
}

const recorded = [
  sealed(0, {}),
  sealed(1, { actionParams: { '10': 1, '9': { '1': [], '0': {} }, a: 1e21 } }),
  sealed(2, { actionParams: JSON.parse('{"__proto__":{"b":1,"a":-0},"text":"\\"5\\":"}') }),
  sealed(3, { actor: { id: 'u', type: 'USER', attributes: { '2': 'x', '10': { '3': 'y' } } } }),
];

test('opened entries reach the lake as canonical JSON, whatever their names', async () => {
  const expected = (await subjectKeys.open(recorded.map(decodeEntry))).map(readableEntry);
  const opened = await openEntries(recorded, 0, subjectKeys);
  assert.deepEqual(opened.map(textOf), expected.map(textOf));
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test('an entry that is not as it was recorded is named', async () => {
  const cut = recorded.with(2, recorded[2]?.subarray(0, -9) ?? assert.fail());
  await assert.rejects(openEntries(cut, 70, subjectKeys), {
    code: 'malformed_entry',
    message: /ledger entry 72 /,
  });
  const later = recorded.with(1, Buffer.from('{"v":3}'));
  await assert.rejects(openEntries(later, 70, subjectKeys), {
    code: 'unknown_version',
    message: /ledger entry 71 /,
  });
});
