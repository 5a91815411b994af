import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from './audit-record.ts';
import { encodeEntry } from './entry.ts';
import { keptFrom } from './removal.ts';

const removal: AuditRecord = {
  actionName: 'REMOVE_EXPIRED_RECORDS',
  actionResult: 'SUCCEEDED',
  actor: { id: 'system', type: 'USER' },
  actionDetails: { from: 256, to: 511 },
  timestamp: '2031-11-25 00:00:00.000000000',
  pantherVersion: '0.1.0',
};
const entry = (record: Partial<AuditRecord> = {}) =>
  encodeEntry({ v: 1, id: '0'.repeat(32), record: { ...removal, ...record } });

test('the record of a removal says which entry is the first that is kept', () => {
  assert.equal(keptFrom(entry()), 512);
});

test('no other entry says so', () => {
  for (const other of [
    entry({ actionResult: 'FAILED' }),
    entry({ actionName: 'LIST_USERS', actionDescription: 'REMOVE_EXPIRED_RECORDS' }),
    entry({ actionDetails: {} }),
    entry({ actionDetails: { to: '511' } }),
    entry({ actionDetails: { to: -1 } }),
    entry({ actionDetails: { to: 0.5 } }),
    new TextEncoder().encode('REMOVE_EXPIRED_RECORDS'),
    Uint8Array.of(0xff),
  ]) {
    assert.equal(keptFrom(other), undefined);
  }
});
