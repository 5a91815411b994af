import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LakeError, QueryLimits } from './index.ts';
import { openQueryInstance } from './query/query-instance.ts';
import { pantherAudit } from './tables/panther-audit.ts';
import { readsAudit, type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

const cleanups: (() => unknown)[] = [];
const addCleanup = (cleanup: () => unknown): unknown => cleanups.push(cleanup);
let lake: TemporaryLake;
let files: readonly string[];

before(async () => {
  lake = await temporaryLake({
    after: (cleanup = () => undefined) => cleanups.push(cleanup as () => unknown),
  });
  await lake.load({ actor: { id: 'secret-actor', type: 'USER' } });
  files = await readdir(lake.directory, { recursive: true });
});

after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

const notFor = /^the function \S+ does not exist or is not available in queries \(line \d+, column \d+\)$/;
const noTable = /^table .* does not exist or you may not read it$/;
const onlySelect = /^only a SELECT statement may run$/;

/** What no message may hold: a path of this system, or a place in SQL that the user did not write. */
const leak = /pawprint-lake|\/tmp\/|LINE \d|\n\s+at /;

/** Ways around the guard rails, by what stops them. */
const attacks: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    notFor,
    [
      "SELECT * FROM read_parquet('/**/*.parquet')",
      "SELECT * FROM parquet_scan('*.parquet')",
      "SELECT * FROM parquet_metadata('x.parquet')",
      "SELECT * FROM parquet_schema('x.parquet')",
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM read_csv_auto('/etc/passwd', header = false)",
      "SELECT * FROM READ_CSV('/etc/passwd')",
      `SELECT * FROM "read_csv"('/etc/passwd')`,
      "SELECT * FROM main.read_csv('/etc/passwd')",
      "SELECT * FROM system.main.read_csv('/etc/passwd')",
      "SELECT * FROM read_json('/etc/passwd')",
      "SELECT * FROM read_ndjson_objects('/etc/passwd')",
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT content FROM read_blob('/proc/self/environ')",
      "SELECT * FROM glob('/**')",
      "SELECT * FROM sniff_csv('/etc/passwd')",
      "SELECT * FROM read_duckdb('x.db')",
      "SELECT getenv('PATH')",
      "SELECT current_setting('allowed_paths')",
      "SELECT getvariable('x')",
      "SELECT nextval('x')",
      'SELECT current_query()',
      "SELECT json_execute_serialized_sql('x')",
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
      "SELECT json_serialize_plan('SELECT * FROM duckdb_settings()')",
      "SELECT * FROM query('SELECT 1')",
      "SELECT * FROM query_table('panther_audit')",
      "SELECT * FROM sql_auto_complete('SEL')",
      'SELECT * FROM duckdb_settings()',
      'SELECT * FROM duckdb_views()',
      'SELECT * FROM duckdb_secrets()',
      'SELECT * FROM duckdb_functions()',
      'SELECT * FROM duckdb_temporary_files()',
      'SELECT * FROM pragma_version()',
      "SELECT * FROM pragma_table_info('panther_audit')",
      "SELECT * FROM seq_scan('x')",
      "SELECT write_log('x')",
      'SELECT sleep_ms(10)',
      'SELECT pg_sleep(1)',
      "SELECT * FROM which_secret('s3://x', 's3')",
      "SELECT * FROM enable_logging('FileSystem')",
      'SELECT * FROM test_all_types()',
      // Hidden in every corner a statement has.
      "SELECT (SELECT content FROM read_text('/etc/passwd'))",
      "SELECT 1 WHERE EXISTS (FROM glob('*'))",
      "WITH x AS (SELECT * FROM glob('*')) SELECT 1",
      "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT * FROM glob('*')) SELECT * FROM x",
      "SELECT 1 UNION ALL SELECT file FROM glob('*')",
      "SELECT * FROM range(1) r, LATERAL (SELECT * FROM glob('*'))",
      "SELECT 1 ORDER BY (SELECT count(*) FROM glob('*'))",
      "SELECT 1 LIMIT (SELECT count(*) FROM glob('*'))",
      "SELECT count(*) FILTER (WHERE getenv('x') = '') FROM range(1)",
      "SELECT sum(1) OVER (PARTITION BY getenv('x'))",
      "SELECT list_transform([1], x -> getenv('PATH'))",
      "SELECT list_transform([1], lambda x: getenv('PATH'))",
      "SELECT [getenv(x) FOR x IN ['PATH']]",
      "SELECT CASE WHEN getenv('x') = '' THEN 1 END",
      "SELECT * REPLACE (getenv('x') AS i) FROM range(1) r(i)",
      "SELECT COLUMNS(c -> getenv(c) = '') FROM range(1)",
      "SELECT 1 GROUP BY getenv('x')",
      "SELECT 1 FROM range(1) QUALIFY getenv('x') = ''",
      "FROM (VALUES (getenv('x')))",
      "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
      "SUMMARIZE SELECT * FROM read_csv('/etc/passwd')",
      "PIVOT (SELECT * FROM glob('*')) ON file IN ('x') USING count(*)",
      "SELECT 1/**/FROM/**/glob('*')--",
      "SELECT 1 WHERE p_occurs_between((SELECT file FROM glob('*')), now())",
      // Behind a translation.
      "SELECT IFF(getenv('x') = '', 1, 2)",
      "SELECT NVL(current_setting('allowed_paths'), 'x')",
      "SELECT DECODE(1, getenv('x'), 2)",
      "SELECT DATEADD(day, getvariable('x'), now())",
      "SELECT ARRAY_CONTAINS(getenv('x')::variant, ['a'])",
      "SELECT 'a' ILIKE ANY (getenv('x'), 'b')",
      "SELECT 'a' RLIKE getenv('x')",
      "SELECT 1 WHERE p_occurs_around(getenv('x'), '1 day')",
      "SELECT actor:attributes.email, getenv('x') FROM panther_audit",
      "SELECT GET_PATH('{}', getenv('x'))",
      "SELECT 1 FROM panther_audit, LATERAL FLATTEN(read_text('/etc/passwd'))",
      "SELECT 1 FROM panther_audit, TABLE(FLATTEN(input => getenv('x'), outer => true))",
      "SELECT LISTAGG(getenv('x'), ',') WITHIN GROUP (ORDER BY 1)",
      "SELECT 1 AS x MINUS SELECT getenv('x')",
      "SELECT 1 /* :a */ AS a, ':' || getenv('x')",
      // Letters that look like others are other letters.
      "SELECT * FROM rеad_csv('/etc/passwd')",
      "SELECT * FROM ｒｅａｄ_csv('/etc/passwd')",
    ],
  ],
  [
    noTable,
    [
      "SELECT * FROM 'x.parquet'",
      "SELECT * FROM '/etc/passwd'",
      'SELECT * FROM "/etc/passwd"',
      "SELECT * FROM 's3://bucket/x.parquet'",
      "SELECT * FROM 'https://example.com/x.csv'",
      'SELECT * FROM sqlite_master',
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM pg_catalog.pg_class',
      'SELECT * FROM duckdb_settings',
      'SELECT * FROM duckdb_views',
      'SELECT * FROM system.main.duckdb_tables',
      'SELECT * FROM panther_logs.main.panther_audit',
      'SELECT * FROM panther_logs.aws_cloudtrail',
      'SELECT * FROM other.public.panther_audit',
      'SELECT * FROM panther_аudit',
      'SELECT * FROM panther_audit AT (VERSION => 1)',
      'TABLE pg_settings',
      'DESCRIBE duckdb_settings',
      'SELECT 1 FROM panther_audit, LATERAL FLATTEN((SELECT value FROM duckdb_settings))',
      'SELECT IFF(EXISTS (FROM duckdb_settings), 1, 2)',
      'SELECT 1 AS x MINUS SELECT value FROM duckdb_settings',
      "SELECT 'a' LIKE ANY ('b', (SELECT value FROM duckdb_settings))",
      // A common table is no licence for the same name elsewhere.
      'WITH duckdb_settings AS (SELECT * FROM duckdb_settings) SELECT * FROM duckdb_settings',
      'WITH RECURSIVE duckdb_views AS (SELECT * FROM duckdb_views UNION ALL SELECT * FROM duckdb_views) FROM duckdb_views',
      'SELECT (WITH duckdb_views AS (SELECT 1) SELECT 1), * FROM duckdb_views',
      'WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a',
      'SELECT * FROM (WITH pg_class AS (SELECT 1) SELECT * FROM pg_class) x, pg_class',
    ],
  ],
  [
    onlySelect,
    [
      "COPY (SELECT 1) TO '/tmp/pawprint-stolen.csv'",
      "COPY panther_audit FROM 'x.csv'",
      "ATTACH '/tmp/x.db' AS x",
      'DETACH panther_logs',
      'PRAGMA database_list',
      "PRAGMA enable_profiling = 'json'",
      'SET threads = 64',
      "SET memory_limit = '100GB'",
      'SET VARIABLE x = 1',
      'RESET lock_configuration',
      'INSTALL httpfs',
      'LOAD httpfs',
      "EXPORT DATABASE '/tmp/x'",
      "IMPORT DATABASE '/tmp/x'",
      'CREATE TABLE x (i INTEGER)',
      'CREATE TABLE x AS SELECT 1',
      'CREATE VIEW x AS SELECT 1',
      'CREATE OR REPLACE VIEW panther_logs.public.panther_audit AS SELECT 1',
      'CREATE MACRO f(x) AS x',
      "CREATE SECRET s (TYPE s3, KEY_ID 'x')",
      'CREATE TYPE mood AS ENUM (SELECT 1)',
      'CREATE SEQUENCE s',
      'INSERT INTO panther_audit VALUES (1)',
      'UPDATE panther_audit SET actionName = 1',
      'DELETE FROM panther_audit',
      'MERGE INTO panther_audit USING panther_audit ON true WHEN MATCHED THEN DELETE',
      'TRUNCATE panther_audit',
      'DROP VIEW panther_logs.public.panther_audit',
      'ALTER TABLE panther_audit RENAME TO x',
      'CALL duckdb_settings()',
      'PREPARE p AS SELECT 1',
      'EXECUTE p',
      'DEALLOCATE p',
      'EXPLAIN SELECT * FROM panther_audit',
      'EXPLAIN ANALYZE SELECT * FROM panther_audit',
      'BEGIN',
      'CHECKPOINT',
      'VACUUM',
      'ANALYZE',
      'USE system',
      "COMMENT ON VIEW panther_logs.public.panther_audit IS 'x'",
      'SELECT 1; DROP VIEW panther_logs.public.panther_audit',
      "SELECT 1;\n-- just a comment\nCOPY (SELECT 1) TO '/tmp/pawprint-stolen.csv'",
      'PIVOT panther_audit ON actionName USING count(*)',
      'CREATE TABLE x AS SELECT actor:attributes.email FROM panther_audit',
      'SELECT actor:name; SET threads = 64',
      "SELECT '--'; INSTALL httpfs --'",
      'SELECT $$;$$; LOAD httpfs',
    ],
  ],
  [/^a query is a single statement$/, ['SELECT 1; SELECT 2', 'FROM panther_audit; FROM panther_audit']],
  [/^parameters are not available in queries$/, ['SELECT $1', 'SELECT ?', 'SELECT * FROM range($n)']],
  [
    /^SHOW is not available; you may read panther_logs\.public\.panther_audit$/,
    ['SHOW TABLES', 'SHOW ALL TABLES', 'SHOW DATABASES', 'SELECT * FROM (SHOW ALL TABLES)'],
  ],
];

describe('a query may not', () => {
  for (const [message, statements] of attacks) {
    for (const sql of statements) {
      test(sql, () =>
        assert.rejects(lake.rows(sql), (error: LakeError) => {
          assert.equal(error.code, 'forbidden_sql');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, leak);
          return true;
        }),
      );
    }
  }

  test('leave anything behind', async () => {
    assert.deepEqual(await readdir(lake.directory, { recursive: true }), files);
    assert.deepEqual(await lake.rows('SELECT actor.id FROM panther_audit'), [{ id: 'secret-actor' }]);
  });
});

describe('what is no SQL is said to be none', () => {
  for (const [sql, message] of [
    ['', /^the query is empty$/],
    ['  -- nothing\n', /^the query is empty$/],
    [';', /^the query is empty$/],
    ['SELEC 1', /^syntax error at or near "SELEC" \(line 1, column 1\)$/],
    ['SELECT\n  1 +', /^syntax error at end of input \(line 2, column 6\)$/],
    ['SELECT nothing FROM panther_audit', /^Binder Error: Referenced column "nothing" not found/],
    ['SELECT 1e999', /out of range/],
    ["SELECT 'x'::INTEGER", /^Conversion Error: Could not convert string 'x' to INT32$/],
    ["SELECT * FROM panther_audit WHERE p_event_time > 'x'", /timestamp/],
    ['SELECT \u0000 1', /./],
    ['SELECT filename FROM panther_audit', /^Binder Error: Referenced column "filename" not found/],
    [`SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, /^the query is nested too deeply$/],
    [`SELECT ${'1+'.repeat(20_000)}1`, /^the query is nested too deeply$/],
    [`SELECT ${'- '.repeat(20_000)}1`, /^the query is nested too deeply$/],
    [`SELECT ${'{a:'.repeat(900)}1${'}'.repeat(900)}`, /^the query is nested too deeply$/],
    [`SELECT ${'array_size('.repeat(200)}1${')'.repeat(200)}`, /^the query is too complex$/],
    [`SELECT ${'('.repeat(200)}'a'${" LIKE ANY ('b', 'c'))".repeat(200)}`, /^the query is too complex$/],
    [`SELECT actor:${'a:'.repeat(20_000)}b FROM panther_audit`, /./],
    [`SELECT ${'/*'.repeat(20_000)} 1`, /^the comment that begins here has no end \(line 1, column 8\)$/],
    [
      `SELECT 1 AS ${'x'.repeat(5_000)} FROM FROM`,
      /^syntax error at or near "FROM" \(line 1, column 5019\)$/,
    ],
    ["SELECT regexp_matches('x', '(((((x{1000}){1000}){1000}){1000}){1000})')", /invalid repetition size/],
    ["SELECT regexp_matches('x', '(')", /missing \)/],
    [`SELECT ${'9'.repeat(400)}`, /out of range/],
    ['SELECT len(range(100000000000))', /Lists larger than 2\^32 elements/],
    ["SELECT repeat(repeat('x', 1000000), 1000000)", /the maximum supported string size/],
    ["SELECT timezone('Mars/Olympus', now())", /Unknown TimeZone/],
    ["SELECT TIMESTAMP '9999-12-31' + INTERVAL 300000 YEAR", /not in timestamp range/],
    ["SELECT '2026-02-30'::DATE", /date field value out of range|Conversion Error/],
    ['SELECT \u202e1', /^Binder Error: Referenced column/],
    [`SELECT ${'f('.repeat(900)}1${')'.repeat(900)}`, /./],
    [`SELECT ${'(SELECT '.repeat(800)}1${')'.repeat(800)}`, /./],
    [`SELECT '${'x'.repeat(65_536)}'`, /^a query is at most 65536 bytes of SQL$/],
  ] as const) {
    test(sql.slice(0, 60), () =>
      assert.rejects(lake.rows(sql), (error: { code: string; message: string }) => {
        assert.ok(['invalid_sql', 'forbidden_sql'].includes(error.code), error.code);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, leak);
        return true;
      }),
    );
  }
});

test('times from the year 1 to 9999 and beyond, in any zone, are answered', async () => {
  const [row] = await lake.rows(
    `SELECT TIMESTAMP '0001-01-01' AS first, TIMESTAMP '9999-12-31 23:59:59.999999' AS last, DATE '12026-01-01' AS beyond,
       TIMESTAMP '2026-03-29 02:30' AT TIME ZONE 'Europe/Berlin' AS skipped,
       timezone('Pacific/Kiritimati', TIMESTAMPTZ '2026-01-01 00:00:00Z') AS early`,
  );
  assert.deepEqual(row, {
    first: '0001-01-01 00:00:00.000000',
    last: '9999-12-31 23:59:59.999999',
    beyond: '12026-01-01',
    skipped: '2026-03-29 01:30:00.000000',
    early: '2026-01-01 14:00:00.000000',
  });
  const counts = [
    "p_occurs_between('0001-01-01', '9999-12-31 23:59:59.999999')",
    "p_occurs_around('9999-12-31', '99999999 weeks')",
    "p_occurs_after('0001-01-01') AND p_occurs_before('9999-12-31')",
    "p_occurs_since('99999999999 weeks')",
  ].map((condition) => lake.rows(`SELECT count(*) AS n FROM panther_audit WHERE ${condition}`));
  for (const rows of await Promise.all(counts)) assert.deepEqual(rows, [{ n: 1 }]);
});

describe('a caller without access to the audit log', () => {
  const nothing = { tables: [] };
  for (const name of ['panther_audit', 'panther_logs.panther_audit', 'panther_logs.public.panther_audit']) {
    test(`can't tell ${name} from a table that is not there`, () =>
      assert.rejects(lake.rows(`SELECT * FROM ${name}`, nothing), {
        code: 'forbidden_sql',
        message: `table ${name} does not exist or you may not read it`,
      }));
  }

  test('can still compute', async () => {
    assert.deepEqual(await lake.rows('SELECT 1 + 1 AS two', nothing), [{ two: 2 }]);
  });

  test('needs the database with a table of another one', () =>
    assert.rejects(lake.rows('SELECT * FROM panther_audit', { database: 'panther_views' }), {
      message: noTable,
    }));
});

describe('a query that asks for too much', () => {
  let bombed: TemporaryLake;
  before(async () => {
    bombed = await temporaryLake({ after: addCleanup }, { concurrency: 1, limits: { memoryMb: 64 } });
  });
  const within = (limits: Partial<QueryLimits>) => ({ limits });
  for (const [name, sql] of [
    [
      'a cross join',
      'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = -1',
    ],
    ['a recursion', 'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT max(i) FROM r'],
    [
      'a regular expression',
      "SELECT count(*) FROM range(100000000) r(i) WHERE regexp_matches(repeat('a', 2000) || i, '(a*)*b')",
    ],
  ] as const) {
    test(`${name} without an end is stopped by the time limit`, () =>
      assert.rejects(lake.rows(sql, within({ timeMs: 700 })), {
        code: 'timed_out',
        message: 'the query timed out after 0.7 s',
      }));
  }

  for (const [name, sql] of [
    ['a sort', 'SELECT md5(i::VARCHAR) || md5((-i)::VARCHAR) AS s FROM range(10000000) r(i) ORDER BY s'],
    ['a grouping', 'SELECT count(*) FROM (SELECT md5(i::VARCHAR) AS s FROM range(10000000) r(i) GROUP BY s)'],
    ['a list', 'SELECT len(list(i)) FROM range(1000000000) r(i)'],
    ['a text', "SELECT len(string_agg(repeat('x', 100000), '')) FROM range(100000)"],
    [
      'a recursion',
      "WITH RECURSIVE r AS (SELECT 'xx' AS s UNION ALL SELECT s || s FROM r) SELECT max(len(s)) FROM r",
    ],
    // Held outside what DuckDB counts.
    ['a list of texts', 'SELECT len(list_transform(range(500000000), x -> x::VARCHAR))'],
  ] as const) {
    test(`${name} too large for the memory is stopped`, async () => {
      const limits = within({ memoryMb: 64, spillMb: 16 });
      await assert.rejects(bombed.rows(sql, limits), { code: 'out_of_memory' });
      assert.deepEqual(await bombed.rows('SELECT 1 AS one'), [{ one: 1 }]);
    });
  }

  for (const [name, sql] of [
    ['one text', "SELECT repeat('x', 2000000000)"],
    ['a text padded by a format', "SELECT format('{:>2000000000}', 'x')"],
    ['a number padded by a format', "SELECT printf('%2000000000d', 1)"],
    ['a list', 'SELECT list_resize([1], 2000000000)'],
    ['all columns, 2,500 times', `SELECT ${Array(2_500).fill('*').join()} FROM panther_audit`],
    [
      'a cube over thirteen columns',
      `SELECT count(*) FROM panther_audit GROUP BY CUBE (${pantherAudit.columns
        .slice(0, 13)
        .map(({ name }) => `"${name}"`)
        .join()})`,
    ],
    [
      'common tables, each the square of the one before',
      `WITH ${Array.from({ length: 20 }, (_, at) => `c${at + 1} AS (SELECT * FROM ${at === 0 ? 'range(2)' : `c${at} a, c${at} b`})`).join()}
       SELECT count(*) FROM c20`,
    ],
  ] as const) {
    test(`${name} too large for time and memory is stopped by one of the two, or fits`, async () => {
      try {
        await bombed.rows(sql, within({ memoryMb: 64, spillMb: 16, timeMs: 1_500 }));
      } catch (error) {
        const { code, message } = error as LakeError;
        assert.ok(['out_of_memory', 'timed_out', 'result_too_large'].includes(code), `${code}: ${message}`);
        assert.doesNotMatch(message, leak);
      }
      assert.deepEqual(await bombed.rows('SELECT 1 AS one'), [{ one: 1 }]);
    });
  }

  test('too many columns', async () => {
    await assert.rejects(lake.rows(`SELECT ${Array(2_001).fill('1').join()}`), {
      code: 'result_too_large',
      message: 'the result has more than 2000 columns',
    });
    const [row] = await lake.rows(`SELECT ${Array(2_000).fill('1').join()}`);
    assert.equal(Object.keys(row ?? {}).length, 2_000);
  });

  test('too many rows, too many bytes', async () => {
    await assert.rejects(lake.rows('SELECT * FROM range(5000)', within({ resultRows: 4_999 })), {
      code: 'result_too_large',
      message: 'the result has more than 4999 rows; narrow the query or add a LIMIT',
    });
    assert.equal((await lake.rows('SELECT * FROM range(5000)', within({ resultRows: 5_000 }))).length, 5_000);
    await assert.rejects(
      lake.rows("SELECT repeat('x', 1000) FROM range(5000)", within({ resultBytes: 1_000_000 })),
      {
        code: 'result_too_large',
      },
    );
  });

  test('none of them leaves a result', async () => {
    const names = await readdir(join(lake.directory, '..', 'results'));
    const leftover = names.filter((name) => !/^query-\d+\.(ndjson|offsets|json)$/.test(name));
    assert.deepEqual(leftover, []);
  });
});

describe('cancelling', () => {
  const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';

  test('stops a running query and frees its engine', async (t) => {
    const own = await temporaryLake(t, { concurrency: 1 });
    const { promise: running, resolve: onProgress } = Promise.withResolvers<unknown>();
    const query = own.lake.query({ id: 'endless', sql: endless, ...readsAudit, onProgress });
    const failure = assert.rejects(query.done, { code: 'cancelled', message: 'the query was cancelled' });
    await running;
    query.cancel();
    await failure;
    assert.deepEqual(await own.rows('SELECT 1 AS one'), [{ one: 1 }]);
    await assert.rejects(own.lake.results('endless', { offset: 0, pageSize: 1 }), { code: 'unknown_result' });
  });

  test('frees the memory of the query', async (t) => {
    const own = await temporaryLake(t, { concurrency: 1 });
    await own.rows('SELECT 1');
    const [pid = 0] = own.lake.processes().queries;
    const idle = await residentMb(pid);
    let peak = 0;
    const query = own.lake.query({
      ...{ id: 'large', ...readsAudit },
      sql: 'SELECT md5(i::VARCHAR) || md5((-i)::VARCHAR) AS s FROM range(100000000) r(i) ORDER BY s',
      onProgress: async () => {
        peak = Math.max(peak, await residentMb(pid));
        if (peak > idle + 200) query.cancel();
      },
    });
    await assert.rejects(query.done, { code: 'cancelled' });
    assert.deepEqual(own.lake.processes().queries, [pid]);
    const end = performance.now() + 30_000;
    while ((await residentMb(pid)) >= idle + 50) {
      assert.ok(performance.now() < end, `${await residentMb(pid)} MB after ${peak}, ${idle} before`);
      await delay(20);
    }
    await own.lake.close();
    await gone(pid);
  });

  test('takes a waiting query out of the queue', async (t) => {
    const own = await temporaryLake(t, { concurrency: 1, waitingMax: 1 });
    const first = own.lake.query({ id: 'first', sql: endless, ...readsAudit });
    const failures = [assert.rejects(first.done, { code: 'cancelled' })];
    const second = own.lake.query({ id: 'second', sql: endless, ...readsAudit });
    failures.push(assert.rejects(second.done, { code: 'cancelled' }));
    await assert.rejects(own.lake.query({ id: 'third', sql: endless, ...readsAudit }).done, {
      code: 'queue_full',
    });
    second.cancel();
    first.cancel();
    await Promise.all(failures);
    assert.deepEqual(await own.rows('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('after the end changes nothing', async () => {
    const query = lake.lake.query({ id: 'quick', sql: 'SELECT 1 AS one', ...readsAudit });
    await query.done;
    query.cancel();
    assert.deepEqual((await lake.lake.results('quick', { offset: 0, pageSize: 1 })).rows, [{ one: 1 }]);
  });
});

describe('an engine process', () => {
  test('that dies fails its query and leaves nothing, and the next one starts another', async (t) => {
    const own = await temporaryLake(t, { concurrency: 1, limits: { memoryMb: 64 } });
    const sql = 'SELECT md5(i::VARCHAR) || md5((-i)::VARCHAR) AS s FROM range(100000000) r(i) ORDER BY s';
    const query = own.lake.query({ id: 'killed', sql, ...readsAudit });
    const failure = assert.rejects(query.done, {
      code: 'engine_failed',
      message: 'the data engine failed on this request',
      cause: 'the process ended with SIGKILL',
    });
    const results = join(own.directory, '..', 'results');
    const isSpilling = async (): Promise<boolean> =>
      (await readdir(results)).some((name) => name.endsWith('.spill'));
    while (!(await isSpilling())) await new Promise(setImmediate);
    const [pid] = own.lake.processes().queries;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await failure;
    assert.deepEqual(await readdir(results), []);
    assert.deepEqual(await own.rows('SELECT 1 AS one'), [{ one: 1 }]);
    assert.notEqual(own.lake.processes().queries[0], pid);
  });

  test('that does not react is killed', async (t) => {
    const own = await temporaryLake(t, { concurrency: 1 });
    const { promise: running, resolve: onProgress } = Promise.withResolvers<unknown>();
    const sql = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b';
    const query = own.lake.query({ id: 'stopped', sql, ...readsAudit, onProgress });
    const failure = assert.rejects(query.done, { code: 'cancelled' });
    await running;
    const [pid] = own.lake.processes().queries;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGSTOP');
    query.cancel();
    await failure;
    assert.deepEqual(await own.rows('SELECT 1 AS one'), [{ one: 1 }]);
  });

  test('is the only place that loads DuckDB', async () => {
    // This one has loaded it for the tests of the second line of defence, so another is asked.
    const program = `await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
      process.stdout.write(String(process.report.getReport().sharedObjects.some((path) => path.includes('duckdb'))));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ]);
    assert.equal(stdout, 'false');
  });

  test('ends when it has nothing to do', async (t) => {
    const own = await temporaryLake(t, { idleMs: 50 });
    await own.rows('SELECT 1');
    const { queries, writers } = own.lake.processes();
    while (own.lake.processes().queries.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const pid of [...queries, ...writers]) await gone(pid);
  });
});

/** The second line of defence: what DuckDB itself refuses in an instance made for queries. */
describe('an instance for queries, without the check of the SQL,', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pawprint-instance-'));
    await writeFile(join(folder, 'secret.csv'), 'a,b\n1,2\n');
  });
  after(() => rm(folder, { recursive: true }));

  const refusals = [
    ['SELECT * FROM read_csv($1)', /Permission Error/],
    ['SELECT * FROM read_text($1)', /Permission Error/],
    ["COPY (SELECT 1) TO '$1'", /Permission Error/],
    ["ATTACH '$1.db' AS other", /Permission Error/],
    ["LOAD '$1'", /Permission Error/],
    ["SET allowed_paths = ['$1']", /Cannot change|configuration has been locked/],
    ['SET enable_external_access = true', /Cannot change|configuration has been locked/],
    ['SET lock_configuration = false', /Cannot change|configuration has been locked/],
    ["SET memory_limit = '100GB'", /Cannot change|configuration has been locked/],
    ['SET threads = 64', /Cannot change|configuration has been locked/],
  ] as const;
  for (const [sql, message] of refusals) {
    test(`refuses ${sql}`, async () => {
      const walls = {
        databases: ['panther_logs'],
        directories: [join(folder, 'lake')],
        memoryMb: 64,
        spillMb: 1,
      };
      using instance = await openQueryInstance(walls, join(folder, 'spill'));
      const path = join(folder, 'secret.csv');
      const statement = sql.includes("'$1") ? sql.replace('$1', path) : sql.replace('$1', `'${path}'`);
      await assert.rejects(instance.connection.run(statement), message);
    });
  }

  test('is only kept for a query within the same walls', async () => {
    const spill = join(folder, 'spill');
    const walls = (...names: string[]) => ({
      ...{ databases: ['panther_logs'], memoryMb: 64, spillMb: 1 },
      directories: names.map((name) => join(folder, name)),
    });
    const open = (...names: string[]) => openQueryInstance(walls(...names), spill);
    const reads = "SELECT a FROM panther_logs.public.seen, read_csv('$1')".replace(
      '$1',
      join(folder, 'secret.csv'),
    );
    {
      using first = await open('lake', '.');
      await first.connection.run('CREATE TABLE panther_logs.public.seen AS SELECT 1');
      await first.connection.run(reads);
      first.keep();
    }
    {
      using same = await open('lake', '.');
      await same.connection.run(reads);
      same.keep();
    }
    using other = await open('lake');
    await assert.rejects(other.connection.run('FROM panther_logs.public.seen'), /does not exist/);
    await assert.rejects(other.connection.run(reads), /Permission Error|does not exist/);
    using later = await open('lake', '.');
    await assert.rejects(later.connection.run('FROM panther_logs.public.seen'), /does not exist/);
  });
});

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_000;
}

async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
