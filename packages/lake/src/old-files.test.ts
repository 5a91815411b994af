import assert from 'node:assert/strict';
import { copyFile, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { auditEntry, auditTable, type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

/** Two rows written before most standard columns existed. */
const oldFile = join(import.meta.dirname, 'testing/old-files/panther-audit-without-later-columns.parquet');

/** Makes the old file the table's next one. */
async function adopt({ directory, catalogue }: TemporaryLake, name: string): Promise<void> {
  const path = `panther_logs/panther_audit/2026-11/${name}.parquet`;
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await copyFile(oldFile, join(directory, path));
  const { size } = await stat(oldFile);
  const fromCursor = await catalogue.cursor();
  await catalogue.commit({
    ...{ operation: 'LOAD', table: auditTable, remove: [], fromCursor, toCursor: fromCursor + 2 },
    add: [
      {
        ...{ path, rows: 2, bytes: size, ledgerIndexMax: 1, level: 0 },
        ...{ eventTimeMin: 1_795_431_600_000_000n, eventTimeMax: 1_795_431_600_000_000n },
      },
    ],
  });
}

const later = 'p_udm, p_any_domain_names, p_any_sha256_hashes';
const sql = `SELECT actionName, ${later} FROM panther_audit ORDER BY ALL`;
const old = ['GET_USER', 'UPDATE_USER'].map((actionName) => ({
  ...{ actionName, p_udm: null, p_any_domain_names: null, p_any_sha256_hashes: null },
}));

test('columns added later are null in old files, alone and beside new ones', async (t) => {
  const lake = await temporaryLake(t);
  await adopt(lake, 'old');
  assert.deepEqual(await lake.rows(sql), old);
  await lake.load({ actionName: 'NEW' });
  assert.deepEqual(await lake.rows(sql), [old[0], { ...old[0], actionName: 'NEW' }, old[1]]);
});

test('old files show through a view', async (t) => {
  const lake = await temporaryLake(t);
  await adopt(lake, 'old');
  const tables = [auditTable, 'panther_views.all_logs'];
  assert.deepEqual(
    await lake.rows(
      'SELECT p_any_emails, p_any_trace_ids, event.actionName AS action FROM panther_views.all_logs ORDER BY ALL',
      { tables },
    ),
    [
      { p_any_emails: ['lisa@example.com'], p_any_trace_ids: null, action: 'UPDATE_USER' },
      { p_any_emails: null, p_any_trace_ids: null, action: 'GET_USER' },
    ],
  );
});

test('old files are merged and made anew with all columns', async (t) => {
  const lake = await temporaryLake(t);
  for (let at = 0; at < 15; at += 1) await adopt(lake, `old-${at}`);
  await lake.load({ actionName: 'NEW' });
  while ((await lake.catalogue.files()).length > 1) await new Promise(setImmediate);
  const merged = [
    ...Array.from({ length: 15 }, () => old[0]),
    { ...old[0], actionName: 'NEW' },
    ...Array.from({ length: 15 }, () => old[1]),
  ];
  assert.deepEqual(await lake.rows(sql), merged);

  await adopt(lake, 'another');
  await lake.lake.replace(auditTable, [{ index: 0, entry: auditEntry(0, { actionName: 'ERASED' }) }]);
  const erased = await lake.rows(`SELECT count(*) AS n FROM panther_audit WHERE actionName = 'ERASED'`);
  assert.deepEqual(erased, [{ n: 16 }]);
  assert.deepEqual(lake.backgroundErrors, []);
});
