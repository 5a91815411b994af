import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { temporaryLake, testNow } from '../testing/temporary-lake.ts';

const { lake } = await temporaryLake({ after });

let made = 0;
async function result(sql: string): Promise<string> {
  const id = `r${++made}`;
  await lake.query({ id, sql, database: 'panther_logs', tables: [], now: testNow }).done;
  return id;
}

/** The types and rows of a Parquet file, as text. */
async function readParquet(path: string) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(`FROM read_parquet('${path}')`);
  const types = Object.fromEntries(
    found.columnNames().map((name, at) => [name, String(found.columnType(at))]),
  );
  const rows = found.getRowsJson();
  connection.closeSync();
  instance.closeSync();
  await rm(path);
  return { types, rows };
}

test('a result is one Parquet file, its values as they were: odd types, years and numbers too', async () => {
  const id = await result(`
    SELECT 9007199254740993 AS big, sum(i)::HUGEINT AS total, 12345678901234567890.123456789::DECIMAL(38, 9) AS exact,
      'NaN'::DOUBLE AS nan, '-Infinity'::DOUBLE AS inf,
      TIMESTAMP '0001-01-01 00:00:00' AS first, TIMESTAMP '9999-12-31 23:59:59.999999' AS last,
      DATE '9999-12-31' AS day, TIMESTAMPTZ '2026-01-02 03:04:05.678+00' AS zoned,
      {'name': 'x', 'time': [1, NULL]} AS s, [[1], [2, 3]] AS lists, MAP {'a': 1} AS m,
      INTERVAL 90 MINUTE AS wait, TIME '10:11:12' AS t, '{"a": [1]}'::JSON AS j, 'é"\n' AS text, NULL AS none,
      true AS "Select me, ""now"""
    FROM range(10) AS r(i)`);
  const { types, rows } = await readParquet(await lake.resultParquet(id));
  assert.deepEqual(types, {
    big: 'BIGINT',
    total: 'DECIMAL(38,0)',
    exact: 'DECIMAL(38,9)',
    nan: 'DOUBLE',
    inf: 'DOUBLE',
    first: 'TIMESTAMP',
    last: 'TIMESTAMP',
    day: 'DATE',
    zoned: 'TIMESTAMP WITH TIME ZONE',
    s: 'STRUCT("name" VARCHAR, "time" INTEGER[])',
    lists: 'INTEGER[][]',
    m: 'VARCHAR',
    wait: 'VARCHAR',
    t: 'VARCHAR',
    j: 'VARCHAR',
    text: 'VARCHAR',
    none: 'INTEGER',
    'Select me, "now"': 'BOOLEAN',
  });
  assert.deepEqual(rows, [
    [
      ...['9007199254740993', '45', '12345678901234567890.123456789', 'NaN', '-Infinity'],
      ...['0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '9999-12-31', '2026-01-02 03:04:05.678+00'],
      ...[{ name: 'x', time: [1, null] }, [[1], [2, 3]], '[{"key":"a","value":1}]'],
      ...['01:30:00', '10:11:12', '{"a":[1]}', 'é"\n', null, true],
    ],
  ]);
});

test('names that differ in case alone stay apart', async () => {
  const id = await result(`SELECT 1 AS a, 'x' AS "A", [2] AS b`);
  const { types, rows } = await readParquet(await lake.resultParquet(id));
  assert.deepEqual(types, { a: 'INTEGER', A_1: 'VARCHAR', b: 'INTEGER[]' });
  assert.deepEqual(rows, [[1, 'x', [2]]]);
});

test('a result without rows is a file with its columns', async () => {
  const id = await result('SELECT 1 AS a WHERE false');
  assert.deepEqual(await readParquet(await lake.resultParquet(id)), { types: { a: 'INTEGER' }, rows: [] });
  assert.equal(await text(await lake.resultRows(id)), '');
});

test('a row of many megabytes is no obstacle', async () => {
  const id = await result("SELECT repeat('x', 20_000_000) AS x");
  const { rows } = await readParquet(await lake.resultParquet(id));
  assert.equal(String(rows[0]?.[0]).length, 20_000_000);
});

test('a column is summed up: how many rows, nulls and values, the extremes, and the most frequent', async () => {
  const id = await result(`
    SELECT CASE WHEN i % 10 = 0 THEN NULL ELSE i % 3 END AS n, 'v' || (i % 2) AS text, [i % 2] AS list,
      sum(i) OVER () AS total, TIMESTAMP '2026-01-01 00:00:00' + i * INTERVAL 1 DAY AS day
    FROM range(100) AS r(i)`);
  assert.deepEqual(await lake.summarizeResult(id, 'n'), {
    ...{ rowCount: 100, nulls: 10, distinct: 3, min: 0, max: 2 },
    top: [
      { value: 0, count: 30 },
      { value: 1, count: 30 },
      { value: 2, count: 30 },
    ],
  });
  const { top, ...list } = await lake.summarizeResult(id, 'list');
  assert.deepEqual(list, { rowCount: 100, nulls: 0, distinct: 2, min: null, max: null });
  assert.deepEqual(top[0], { value: [0], count: 50 });
  const day = await lake.summarizeResult(id, 'day');
  assert.deepEqual([day.min, day.max], ['2026-01-01 00:00:00.000000', '2026-04-10 00:00:00.000000']);
  assert.equal(day.top.length, 20);
  assert.deepEqual((await lake.summarizeResult(id, 'total')).top, [{ value: 4950, count: 100 }]);
  const empty = await result('SELECT 1 AS a WHERE false');
  assert.deepEqual(await lake.summarizeResult(empty, 'a'), {
    ...{ rowCount: 0, nulls: 0, distinct: 0, min: null, max: null, top: [] },
  });
});

test('what is not there is refused by name, and a file that was begun is not left', async () => {
  const id = await result('SELECT 1 AS a');
  await assert.rejects(lake.summarizeResult(id, 'b'), { code: 'unknown_column', message: /no column b$/ });
  for (const ask of [
    () => lake.summarizeResult('nope', 'a'),
    () => lake.resultParquet('nope'),
    () => lake.resultRows('nope'),
  ]) {
    await assert.rejects(ask, { code: 'unknown_result' });
  }
  const gone = new AbortController();
  gone.abort(new Error('the client has gone'));
  await assert.rejects(lake.resultParquet(id, { signal: gone.signal }), { message: 'the client has gone' });
});

test('work on a result keeps to the limits it is given', async () => {
  const id = await result('SELECT md5(i::VARCHAR) AS a FROM range(400000) AS r(i)');
  await assert.rejects(lake.summarizeResult(id, 'a', { limits: { timeMs: 1 } }), {
    code: 'timed_out',
    message: 'the query timed out after 0.001 s',
  });
  await assert.rejects(lake.resultParquet(id, { limits: { memoryMb: 1 } }), {
    code: 'out_of_memory',
    message: 'the query needs more than its 1 MB of memory',
  });
  assert.equal((await lake.summarizeResult(id, 'a')).distinct, 400_000);
});

test('rows that are being read are read to their end though the result is deleted', async () => {
  const id = await result('SELECT i FROM range(3) AS r(i)');
  const rows = await lake.resultRows(id);
  await lake.deleteResults(id);
  assert.equal(await text(rows), '{"i":0}\n{"i":1}\n{"i":2}\n');
});
