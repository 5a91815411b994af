import assert from 'node:assert/strict';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDirectoryStore } from '@pawprint/ledger';
import { startTestInstance } from '@pawprint/testing';
import { takeOverLedger } from '../src/ledger/take-over-ledger.ts';
import { OutboxJournal } from '../src/store/outbox-journal.ts';
import { openSqliteStore } from '../src/store/sqlite-store.ts';
import { testRestore } from './restore.conformance.ts';

testRestore('a directory', () => ({
  options: {},
  bring: (from, to) => cp(join(from, 'ledger'), join(to, 'ledger'), { recursive: true }),
  open: (dataDirectory) => openDirectoryStore(join(dataDirectory, 'ledger')),
  name: (dataDirectory) => join(dataDirectory, 'ledger'),
}));

test('a restore that is interrupted before its record is put on record by the next start', async () => {
  await using past = await startTestInstance();
  await past.stop();
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-restore-'));
  for (const part of ['ledger', 'keys']) {
    await cp(join(past.dataDirectory, part), join(folder, part), { recursive: true });
  }
  const store = await openSqliteStore(join(folder, 'pawprint.db'));
  const journal = await takeOverLedger({
    isWanted: true,
    isNew: true,
    journal: await OutboxJournal.open(store, 'pawprint/new'),
    objects: await openDirectoryStore(join(folder, 'ledger')),
    place: folder,
    keyFile: join(folder, 'keys', 'ledger.pem'),
    onProgress: () => undefined,
  });
  const { size = 0 } = (await journal.published()) ?? {};
  await store.close();

  await using instance = await startTestInstance({ dataDirectory: folder });
  const names = (await instance.records(size)).map(({ actionName }) => actionName);
  assert.deepEqual(names.slice(0, 3), ['RESTORE_LEDGER', 'CREATE_LOG_SOURCE', 'START_INSTANCE']);
});
