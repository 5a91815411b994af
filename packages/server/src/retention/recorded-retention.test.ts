import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type AuditRecord, encodeEntry } from '@pawprint/record';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { readLegalHolds } from './legal-holds.ts';
import { RecordedRetention } from './recorded-retention.ts';
import { readRetentionPeriods } from './retention-periods.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-recorded-'));
after(() => rm(folder, { recursive: true }));
let databases = 0;

function entry(
  at: string,
  actionName: string,
  actionDetails: Record<string, unknown>,
  more: Partial<AuditRecord> = {},
) {
  const record: AuditRecord = {
    actionName,
    actionResult: 'SUCCEEDED',
    actionDetails,
    actor: { id: 'u', type: 'USER' },
    timestamp: `${at} 00:00:00.000000000`,
    pantherVersion: '0.1.0',
    ...more,
  };
  return encodeEntry({ v: 1, id: '0'.repeat(32), record });
}

async function restored(...entries: readonly Uint8Array[]) {
  const recorded = new RecordedRetention();
  recorded.add(entries);
  databases += 1;
  const store = await openSqliteStore(join(folder, `${databases}.db`));
  await store.bookkeep((bookkeeper) => recorded.store(bookkeeper));
  const found = {
    periods: await readRetentionPeriods(store.reader),
    holds: (await readLegalHolds(store.reader)).map((held) => ({ ...held })),
  };
  await store.close();
  return found;
}

const days = (before: number, after: number) => ({ before: { days: before }, after: { days: after } });
const hold = (id: string) => ({ id, from: 5, to: null, reason: id });

test('changes are taken from their records, and what failed or is something else is not', async () => {
  const { periods, holds } = await restored(
    entry('2027-01-01', 'UPDATE_RETENTION_SETTINGS', days(1_826, 4_000)),
    entry('2027-01-02', 'UPDATE_RETENTION_SETTINGS', days(4_000, 1), { actionResult: 'FAILED' }),
    entry('2027-01-03', 'CREATE_LEGAL_HOLD', { after: hold('kept') }),
    entry('2027-01-04', 'CREATE_LEGAL_HOLD', { after: hold('released') }),
    entry('2027-01-05', 'LIST_USERS', { note: 'CREATE_LEGAL_HOLD' }),
    entry('2027-01-06', 'RELEASE_LEGAL_HOLD', { before: hold('released') }),
    entry('2027-01-07', 'UPDATE_RETENTION_SETTINGS', days(4_000, 30)),
  );
  assert.deepEqual(periods.slice(1), [
    { days: 4_000, setAtMs: Date.parse('2027-01-01') },
    { days: 30, setAtMs: Date.parse('2027-01-07') },
  ]);
  assert.deepEqual(holds, [hold('kept')]);
});

test('what records told that are removed is taken from the record of the removal', async () => {
  const removal = { from: 0, to: 255, days: 900, holds: [hold('old'), hold('ended')] };
  const { periods, holds } = await restored(
    entry('2030-01-01', 'REMOVE_EXPIRED_RECORDS', removal),
    entry('2030-02-01', 'UPDATE_RETENTION_SETTINGS', days(900, 1_000)),
    entry('2030-03-01', 'RELEASE_LEGAL_HOLD', { before: hold('ended') }),
  );
  assert.deepEqual(periods.slice(1), [
    { days: 900, setAtMs: 0 },
    { days: 1_000, setAtMs: Date.parse('2030-02-01') },
  ]);
  assert.deepEqual(holds, [hold('old')]);
});

test('without a change the default holds', async () => {
  const { periods, holds } = await restored();
  assert.deepEqual([periods.length, holds], [1, []]);
});
