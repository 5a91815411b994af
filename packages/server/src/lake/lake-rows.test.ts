import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLake } from '@pawprint/lake';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { LakeCatalogue } from './catalogue.ts';
import { dataAuditTable } from './data-audit.ts';
import { addLakeRows, moveLakeRows } from './lake-rows.ts';

const table = 'panther_rule_errors.panther_audit';

async function setUp(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'pawprint-lake-rows-'));
  t.after(() => rm(directory, { recursive: true }));
  const store = await openSqliteStore(join(directory, 'pawprint.db'));
  t.after(() => store.close());
  const catalogue = new LakeCatalogue(store);
  const lake = await openLake({
    directory: join(directory, 'lake'),
    resultsDirectory: join(directory, 'results'),
    catalogue,
    clock: () => new Date('2026-11-23T12:00:00Z'),
    onBackgroundError: (error) => assert.fail(String(error)),
  });
  t.after(() => lake.close());
  return { store, catalogue, lake };
}

type Parts = Awaited<ReturnType<typeof setUp>>;

const add = ({ store }: Parts, ...errors: readonly string[]): Promise<void> =>
  store.bookkeep((bookkeeper) =>
    addLakeRows(
      bookkeeper,
      table,
      errors.map((p_rule_error) => ({ p_rule_error })),
    ),
  );

/** Moves until nothing waits. */
async function move({ store, catalogue, lake }: Parts): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const watch = { failed: (_: string, error: unknown) => void failures.push(error), works() {} };
  const moving = moveLakeRows(store, catalogue, lake, watch);
  await moving.settled();
  await moving.stop();
  return failures;
}

let queries = 0;

async function rowsOf({ lake }: Parts, sql: string) {
  queries += 1;
  const id = `query-${queries}`;
  const tables = [table, dataAuditTable];
  await lake.query({ id, sql, database: 'panther_logs', tables, now: new Date() }).done;
  return (await lake.results(id, { offset: 0, pageSize: 10_000 })).rows;
}

async function loaded(parts: Parts): Promise<readonly unknown[]> {
  const rows = await rowsOf(parts, `SELECT p_rule_error FROM ${table} ORDER BY ALL`);
  return rows.map((row) => row.p_rule_error);
}

/** What waits, but for what tells of the lake's own changes. */
async function waiting({ store }: Parts): Promise<readonly (string | number)[][]> {
  const rows = await store.reader
    .selectFrom('lake_rows')
    .selectAll()
    .where('table_name', '!=', dataAuditTable)
    .orderBy('table_name')
    .orderBy('position')
    .execute();
  return rows.map(({ table_name, position }) => [table_name, position]);
}

test('rows get their positions in order, move to the lake and wait no longer', async (t) => {
  const parts = await setUp(t);
  await add(parts, 'a', 'b');
  await add(parts, 'c');
  await add(parts);
  assert.deepEqual(await waiting(parts), [
    [table, 0],
    [table, 1],
    [table, 2],
  ]);
  assert.deepEqual(await move(parts), []);
  assert.deepEqual([await loaded(parts), await waiting(parts)], [['a', 'b', 'c'], []]);
  // After the table was emptied here, the lake knows where it was.
  await add(parts, 'd');
  assert.deepEqual(await waiting(parts), [[table, 3]]);
  await move(parts);
  assert.deepEqual(await loaded(parts), ['a', 'b', 'c', 'd']);
});

test('more rows than one go holds are moved in order', async (t) => {
  const parts = await setUp(t);
  const errors = Array.from({ length: 1_201 }, (_, at) => String(at).padStart(4, '0'));
  await add(parts, ...errors);
  await move(parts);
  assert.deepEqual([await loaded(parts), await waiting(parts)], [errors, []]);
});

test('rows that were loaded before a crash but not deleted are in the lake once', async (t) => {
  const parts = await setUp(t);
  await add(parts, 'a', 'b');
  const { store, lake } = parts;
  const rows = await store.reader.selectFrom('lake_rows').select('row').orderBy('position').execute();
  // What a mover does that is stopped before it deletes them.
  await lake.appendRows({ table, fromPosition: 0, rows: rows.map(({ row }) => row) });
  await add(parts, 'c');
  await move(parts);
  assert.deepEqual([await loaded(parts), await waiting(parts)], [['a', 'b', 'c'], []]);
});

test('a row that its table does not take is reported and holds up no other table', async (t) => {
  const parts = await setUp(t);
  const other = 'panther_signals.panther_audit';
  await parts.store.bookkeep((bookkeeper) => addLakeRows(bookkeeper, other, [{ nope: 1 }]));
  await parts.store.bookkeep((bookkeeper) => addLakeRows(bookkeeper, 'panther_logs.nothing', [{}]));
  await add(parts, 'a');
  const failures = new Set<string>();
  const watch = { failed: (_: string, error: unknown) => void failures.add(String(error)), works() {} };
  const moving = moveLakeRows(parts.store, parts.catalogue, parts.lake, watch);
  while ((await waiting(parts)).length > 2) await new Promise(setImmediate);
  while (failures.size === 0) await new Promise(setImmediate);
  await moving.stop();
  assert.deepEqual(await loaded(parts), ['a']);
  assert.deepEqual([...failures], ['LakeError: there is no table panther_logs.nothing']);
  assert.deepEqual(await waiting(parts), [
    ['panther_logs.nothing', 0],
    [other, 0],
  ]);
});

test('each change of the files of a table is a row of the monitor', async (t) => {
  const parts = await setUp(t);
  for (let at = 0; at < 16; at += 1) {
    await add(parts, String(at));
    await move(parts);
  }
  while ((await parts.catalogue.files(table)).length > 1) await new Promise(setImmediate);
  await move(parts);
  const changes = await rowsOf(
    parts,
    `SELECT table_name, operation, rows_added, rows_removed, len(files_added) AS added,
       len(files_removed) AS removed, next_index, bytes_added > 0 AS has_bytes, p_event_time IS NULL AS is_undated
     FROM ${dataAuditTable} ORDER BY p_event_time`,
  );
  const change = { table_name: table, added: 1, has_bytes: true, is_undated: false };
  assert.deepEqual(changes, [
    ...Array.from({ length: 16 }, (_, at) => ({
      ...{ ...change, operation: 'LOAD', rows_added: 1, rows_removed: 0, removed: 0, next_index: at + 1 },
    })),
    { ...change, operation: 'MERGE', rows_added: 16, rows_removed: 16, removed: 16, next_index: 16 },
  ]);
});
