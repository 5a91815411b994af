import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { pantherAudit } from '../tables/panther-audit.ts';
import { identifier, literal } from './quoting.ts';
import { checkStatement, type Statement } from './statement.ts';

let connection: DuckDBConnection;
let instance: DuckDBInstance;
before(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
});
after(() => {
  connection.closeSync();
  instance.closeSync();
});

const context = { tables: [pantherAudit], database: 'panther_logs', now: new Date('2026-11-23T12:00:00Z') };
const check = (sql: string): Promise<Statement> => checkStatement(connection, sql, context);

/** Names, types and values. */
async function answer(sql: string): Promise<unknown> {
  const reader = await connection.runAndReadAll(sql);
  return [reader.columnNames(), reader.columnTypesJson(), reader.getRowsJson()];
}

/**
 * The print of a checked statement runs instead of the user's text, so it must mean the same. Only a column named
 * after an expression may have its name spelled another way.
 */
describe('the SQL that runs means what was written:', () => {
  for (const sql of [
    'SELECT 1',
    'VALUES (1, 2), (3, 4)',
    'FROM range(3) t(a) SELECT a ORDER BY ALL DESC',
    "SELECT E'a\\'b', $tag$ a ' b $tag$, 'x''y', 'ü\u{1f43e}', chr(10)",
    'SELECT 1e10, 1_000, 0.1, .5, 1e-3, -1.5e300, 2::DOUBLE',
    'SELECT 18446744073709551615, 170141183460469231731687303715884105727, 1234567890.123456789012345678',
    'SELECT a IS NOT DISTINCT FROM NULL, NOT a, a ISNULL, -a, +a, a::VARCHAR || 1 FROM range(2) t(a) ORDER BY a',
    "SELECT 'x' LIKE 'a!%' ESCAPE '!', 'x' NOT ILIKE 'y', 'x' GLOB '*', 'x' !~ 'y', 'x' SIMILAR TO '.'",
    'SELECT (SELECT 1 UNION ALL SELECT 2 ORDER BY 1 DESC LIMIT 1), 1 = ANY([1, 2]), ARRAY(SELECT 1), EXISTS (SELECT 1)',
    'SELECT a, count(*) FROM range(3) t(a) GROUP BY CUBE (a) HAVING count(*) > 0 ORDER BY a NULLS FIRST',
    'SELECT a, grouping_id(a) FROM range(2) t(a) GROUP BY ROLLUP (a), GROUPING SETS ((a), ()) ORDER BY ALL',
    'SELECT a % 2 AS p, sum(a) FILTER (a > 1), first(a ORDER BY a DESC), count(DISTINCT a) FROM range(9) t(a) GROUP BY p ORDER BY p',
    'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a), quantile_cont(a, 0.5) FROM range(4) t(a)',
    `SELECT a, sum(a) OVER w, lag(a, 1, -1) OVER (ORDER BY a), row_number() OVER (ORDER BY a DESC
     ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES)
     FROM range(4) t(a) WINDOW w AS (PARTITION BY a % 2 ORDER BY a RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) ORDER BY a`,
    'SELECT DISTINCT ON (a % 2) a FROM range(4) t(a) ORDER BY a',
    'SELECT a FROM range(9) t(a) QUALIFY row_number() OVER (ORDER BY a DESC) <= 2 ORDER BY a LIMIT 5 OFFSET 1',
    "SELECT MAP {'a': 1}['a'], [1, 2, 3][-1], [1, 2, 3][2:], 'abc'[1], {'a': {'b': 1}}.a.b, ('{\"a\":1}'::JSON).a",
    'SELECT list_reduce([1, 2], lambda a, b: a + b) AS l, [x + 1 FOR x IN [1, 2] IF x > 1] AS m, list_transform([1], x -> x)',
    "SELECT unnest([{'a': 1}], recursive := true), TRY(1 / 0), TRY_CAST('x' AS INT), 'x'::VARCHAR(3) AS v",
    'SELECT CASE 1 WHEN 1 THEN 2 ELSE 3 END, IF(true, 1, 2), COALESCE(NULL, 1), NULLIF(1, 1), IFNULL(NULL, 2)',
    "SELECT extract('year' FROM DATE '2020-01-01'), substring('abc' FROM 2 FOR 1), trim(LEADING 'a' FROM 'abc'), position('b' IN 'abc')",
    "SELECT TIMESTAMP '2020-01-01' AT TIME ZONE 'UTC', DATE '2020-01-31' + INTERVAL 1 MONTH AS m, INTERVAL '1 day 2 hours'",
    'WITH a AS (SELECT 1 AS i), b(j) AS MATERIALIZED (SELECT i + 1 FROM a) SELECT * FROM a, b',
    'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 5) SELECT sum(i) FROM r',
    'WITH RECURSIVE r(i, n) USING KEY (i) AS (SELECT 1, 1 UNION SELECT i, n + 1 FROM r WHERE n < 3) SELECT * FROM r',
    'SELECT * FROM range(3) t(a) JOIN range(2, 5) u(a) USING (a)',
    'SELECT * FROM range(3) t(a) LEFT JOIN range(2) u(b) ON a = b ORDER BY a',
    'SELECT * FROM range(3) t(a) ASOF JOIN range(3) u(b) ON a >= b ORDER BY a',
    'SELECT * FROM range(2) t(a) SEMI JOIN range(1) u(b) ON a = b',
    'SELECT * FROM range(2) POSITIONAL JOIN range(3) t(a)',
    'SELECT * FROM range(2) t(a), LATERAL (SELECT a + 1 AS b) ORDER BY a',
    '(FROM range(2) UNION BY NAME FROM range(3) t(a)) ORDER BY ALL',
    'FROM range(4) INTERSECT ALL SELECT 1 EXCEPT SELECT 5',
    'SELECT * EXCLUDE (b) REPLACE (a + 1 AS a) RENAME (c AS d) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)',
    "SELECT COLUMNS('a.*'), COLUMNS(c -> c LIKE 'b%') FROM (SELECT 1 AS a1, 2 AS a2, 3 AS b)",
    'PIVOT (SELECT 1 AS a, 2 AS b) ON a IN (1, 2) USING sum(b)',
    'SELECT * FROM (SELECT 1 AS a, 2 AS b) PIVOT (sum(b) FOR a IN (1, 2))',
    'UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b',
    'SELECT * FROM generate_series(1, 3) WITH ORDINALITY',
    `SELECT key, value FROM json_each('{"a": 1, "b": [2]}')`,
    'SELECT i FROM range(3) t("i") ORDER BY i DESC NULLS LAST LIMIT 50%',
    "DESCRIBE SELECT 1 AS a, 'x' AS b",
    'SUMMARIZE SELECT 1 AS a',
  ]) {
    test(sql.slice(0, 100), async () =>
      assert.deepEqual(await answer((await check(sql)).sql), await answer(sql)),
    );
  }

  test('any text and any name', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
    const anyName = anyText.filter((name) => name !== '');
    await fc.assert(
      fc.asyncProperty(anyText, anyName, async (text, name) => {
        const sql = `SELECT ${literal(text)} AS ${identifier(name)}, struct_pack(${identifier(name)} := 1)`;
        assert.deepEqual(await answer((await check(sql)).sql), await answer(sql));
      }),
      { numRuns: 200 },
    );
  });
});

test('a statement names the tables it reads, and gives them their full names', async () => {
  assert.partialDeepStrictEqual(await check('SELECT 1'), { sql: 'SELECT 1', tables: [] });
  assert.partialDeepStrictEqual(await check('SELECT p_row_id FROM panther_audit'), {
    sql: 'SELECT p_row_id FROM panther_logs.public.panther_audit',
    tables: [pantherAudit],
  });
});

test('a path into JSON is read in one step', async () => {
  const { sql } = await check('SELECT a.actionParams.dynamic.input.ids[0] FROM panther_audit a');
  assert.match(sql, /json_extract_string\(a\.actionParams, '\/dynamic\/input\/ids\/0'\)/);
});

test('names that only look like JSON columns are left alone', async () => {
  const { sql } = await check(
    'SELECT actionParams.p_row_id, actor.actor.id FROM panther_audit actionParams, panther_audit actor',
  );
  assert.match(sql, /^SELECT actionParams\.p_row_id, actor\.actor\.id FROM /);
});
