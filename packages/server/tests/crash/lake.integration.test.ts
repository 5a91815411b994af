import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { glob, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openLake } from '@pawprint/lake';
import { LakeCatalogue } from '../../src/lake/catalogue.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';

const table = 'panther_logs.panther_audit';

test('a process killed 10 times while it loads and merges loses and doubles no row, and leaves no file behind', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'pawprint-lake-crash-'));
  t.after(() => rm(directory, { recursive: true }));
  let acknowledged = 0;
  let merged = 0;
  for (let round = 1; round <= 10; round += 1) {
    acknowledged = Math.max(acknowledged, await loadAndKill(directory));
    const found = await check(directory);
    assert.ok(found.rows >= acknowledged, `${acknowledged} rows were acknowledged, ${found.rows} are there`);
    merged = found.merged;
  }
  // The processes got far enough for this to mean something.
  assert.ok(merged > 0, `${merged} merged files`);
});

/** Lets a process load for a moment, a different one each time, and kills it without warning. @returns what it acknowledged last. */
async function loadAndKill(directory: string): Promise<number> {
  const program = join(import.meta.dirname, 'lake-writer.ts');
  const child = spawn(process.execPath, [program, directory, table], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), Math.random() * 2_500));
  const end = await new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  assert.equal(end, 'SIGKILL', errors);
  // The processes that write for it end when they notice.
  while (isAnyLeft(child.pid ?? assert.fail())) await delay(5);
  return Number(/loaded (\d+)\n[^\n]*$/.exec(output)?.[1] ?? 0);
}

function isAnyLeft(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** Opens the lake as a start does: every row up to the cursor is there once, and the files are those of the catalogue. */
async function check(directory: string): Promise<{ readonly rows: number; readonly merged: number }> {
  const store = await openSqliteStore(join(directory, 'pawprint.db'));
  const catalogue = new LakeCatalogue(store);
  const lake = await openLake({
    directory: join(directory, 'lake'),
    resultsDirectory: join(directory, 'results'),
    catalogue,
    clock: () => new Date(),
    onBackgroundError: (error) => assert.fail(String(error)),
  });
  const sql = `SELECT p_ledger_index AS i FROM ${table} ORDER BY i`;
  await lake.query({ id: 'all', sql, database: '', tables: [table], now: new Date() }).done;
  const { rows } = await lake.results('all', { offset: 0, pageSize: 1_000_000 });
  const loaded = await catalogue.cursor(table);
  assert.deepEqual(
    rows.map(({ i }) => i),
    Array.from({ length: loaded }, (_, at) => at),
  );
  const files = await catalogue.files(table);
  const there = await Array.fromAsync(glob('**/*.parquet', { cwd: join(directory, 'lake') }));
  assert.deepEqual(there.toSorted(), files.map(({ path }) => path).toSorted());
  await lake.close();
  await store.close();
  return { rows: loaded, merged: files.filter(({ level }) => level > 0).length };
}
