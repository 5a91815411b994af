import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

const cleanups: (() => unknown)[] = [];
let lake: TemporaryLake;

before(async () => {
  lake = await temporaryLake({
    after: (cleanup = () => undefined) => cleanups.push(cleanup as () => unknown),
  });
  const actor = (name: string, email: string | undefined) => ({
    actor: { id: `id-${name}`, type: 'USER' as const, name, ...(email && { attributes: { email } }) },
  });
  await lake.load(
    {
      ...actor('ann', 'ann@example.com'),
      actionName: 'UPDATE_USER',
      actionParams: {
        dynamic: { input: { size: 10, ids: ['a', 'b'], role: { kind: 'ID', value: 'admin' } } },
      },
      timestamp: '2026-11-23 11:59:00',
      XForwardedFor: ['203.0.113.7', '203.0.113.8'],
    },
    {
      ...actor('bob', 'bob@example.com'),
      actionName: 'DELETE_USER',
      actionParams: { dynamic: { input: { size: 9, ids: [], detections: [{ id: 'r1' }, { id: 'r2' }] } } },
      timestamp: '2026-11-23 10:30:00',
      errors: [{ message: 'no such user' }],
      sourceIP: '203.0.113.7',
      actionResult: 'FAILED',
    },
    { ...actor('eve', undefined), actionParams: {}, timestamp: '2026-11-20 12:00:00' },
  );
});

after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

/** Asserts what a query answers, as rows of values in the order of its columns. */
function answers(sql: string, expected: readonly unknown[][]): void {
  test(sql, async () => {
    assert.deepEqual(
      (await lake.rows(sql)).map((row) => Object.values(row)),
      expected,
    );
  });
}

/** Asserts the value of an expression. */
function gives(expression: string, expected: unknown): void {
  answers(`SELECT ${expression}`, [[expected]]);
}

/** Asserts which actors' records a condition holds for. */
function holdsFor(condition: string, names: readonly string[]): void {
  answers(
    `SELECT actor.name FROM panther_logs.public.panther_audit WHERE ${condition} ORDER BY actor.name`,
    names.map((name) => [name]),
  );
}

function refuses(sql: string, message: RegExp): void {
  test(`refuses ${sql}`, () => assert.rejects(lake.rows(sql), { code: 'invalid_sql', message }));
}

describe('paths as Snowflake writes them', () => {
  holdsFor("actor:attributes.email = 'ann@example.com'", ['ann']);
  holdsFor("actor:attributes:email::string ILIKE 'BOB%'", ['bob']);
  holdsFor("panther_audit.actor:name = 'eve'", ['eve']);
  holdsFor("actionParams:dynamic:input:ids[1] = 'b'", ['ann']);
  holdsFor("actionParams:dynamic.input:detections[0]:id = 'r1'", ['bob']);
  holdsFor(`actionParams:"dynamic":input."size"::int > 9`, ['ann']);
  holdsFor("lower(actor:attributes:email) IN ('ann@example.com', 'x')", ['ann']);
  holdsFor("[actor:name, 'x'][1] = 'ann' AND {'k': actor:name}.k = 'ann'", ['ann']);
  holdsFor("p_any_usernames[1:1] = ['ann'] AND MAP {'k': actor:name}['k'] = 'ann'", ['ann']);
  answers(
    `SELECT actor:attributes:email AS email, count(DISTINCT actionName) AS names FROM panther_audit
     GROUP BY actor:attributes:email HAVING names > 0 ORDER BY email`,
    [
      ['ann@example.com', 1],
      ['bob@example.com', 1],
      [null, 1],
    ],
  );
  answers(
    `WITH s AS (SELECT actionParams:dynamic:input AS input, actor:name AS n FROM panther_audit)
     SELECT n, input:role:value, input:nothing FROM s ORDER BY n`,
    [
      ['ann', 'admin', null],
      ['bob', null, null],
      ['eve', null, null],
    ],
  );
  answers('SELECT \'a:b\', "x:y", 2 AS n /* a:b */ FROM (SELECT 1 AS "x:y") -- a:b', [['a:b', 1, 2]]);
  answers("SELECT $$a:b$$, 'it''s a:b', E'\\'a:b'", [['a:b', "it's a:b", "'a:b"]]);
});

describe('FLATTEN', () => {
  answers(
    `SELECT f.value, f.index, f.key FROM panther_audit, LATERAL FLATTEN(input => actionParams:dynamic:input:ids) f ORDER BY 1`,
    [
      ['a', 0, null],
      ['b', 1, null],
    ],
  );
  answers(
    `SELECT d.value:id::string AS id FROM panther_audit t, TABLE(FLATTEN(t.actionParams:dynamic:input:detections)) AS d ORDER BY id`,
    [['r1'], ['r2']],
  );
  answers(
    `SELECT f.key, f.value FROM panther_audit CROSS JOIN LATERAL FLATTEN(actionParams:dynamic:input:role) AS f ORDER BY 1`,
    [
      ['kind', 'ID'],
      ['value', 'admin'],
    ],
  );
  answers(
    `SELECT actor.name, count(ip.value) FROM panther_audit, LATERAL FLATTEN(INPUT => p_any_ip_addresses, OUTER => TRUE) ip
     GROUP BY 1 ORDER BY 1`,
    [
      ['ann', 2],
      ['bob', 1],
      ['eve', 0],
    ],
  );
  answers('SELECT e.value:message FROM panther_audit, LATERAL FLATTEN(errors) e', [['no such user']]);
  refuses(
    "SELECT 1 FROM panther_audit, LATERAL FLATTEN(input => errors, path => 'x')",
    /^the function flatten takes a list or object, .* \(line 1, column 38\)$/,
  );
});

describe('what Snowflake calls otherwise', () => {
  holdsFor("ARRAY_CONTAINS('203.0.113.7'::variant, p_any_ip_addresses)", ['ann', 'bob']);
  holdsFor("array_contains('b'::VARIANT, actionParams:dynamic:input:ids)", ['ann']);
  holdsFor("array_contains(p_any_ip_addresses, '203.0.113.8')", ['ann']);
  holdsFor("ARRAYS_OVERLAP(p_any_ip_addresses, ARRAY_CONSTRUCT('203.0.113.8', 'x'))", ['ann']);
  holdsFor("ARRAY_INTERSECTION(actionParams:dynamic:input:ids, ARRAY_CONSTRUCT('b', 'c')) != []", ['ann']);
  holdsFor('ARRAY_SIZE(actionParams:dynamic:input:ids) = 2 OR ARRAY_SIZE(p_any_ip_addresses) = 1', [
    'ann',
    'bob',
  ]);
  holdsFor("actionName ILIKE ANY ('update%', '%X%')", ['ann']);
  holdsFor("actionName LIKE ALL ('%USER', 'D%')", ['bob']);
  holdsFor("NOT (actor.name LIKE ANY ('a%', 'b%'))", ['eve']);
  holdsFor("actor.name RLIKE 'a.*' OR actor.name NOT REGEXP '[ab].*'", ['ann', 'eve']);
  holdsFor("REGEXP_LIKE(actor.name, '^(a|b).*')", ['ann', 'bob']);
  holdsFor('p_event_time >= DATEADD(day, -1, CURRENT_TIMESTAMP())', ['ann', 'bob']);
  holdsFor("p_event_time > dateadd('hours', -1, p_current_timestamp())", ['ann']);
  holdsFor('DATEDIFF(HOUR, p_event_time, CURRENT_TIMESTAMP) < 24', ['ann', 'bob']);
  holdsFor("p_event_time < TO_TIMESTAMP('2026-11-21') OR p_event_time = TO_TIMESTAMP('1795429800')", [
    'bob',
    'eve',
  ]);
  holdsFor("p_occurs_since(1h, , p_event_time) OR p_occurs_between('2026-11-20', '2026-11-21', )", [
    'ann',
    'eve',
  ]);
  answers(
    `SELECT actor.name FROM panther_audit QUALIFY row_number() OVER (PARTITION BY actionName ORDER BY p_event_time) = 1 ORDER BY 1`,
    [['ann'], ['bob'], ['eve']],
  );
  answers(`SELECT LISTAGG(DISTINCT actor.name, ', ') WITHIN GROUP (ORDER BY actor.name) FROM panther_audit`, [
    ['ann, bob, eve'],
  ]);
  answers(
    "SELECT actor.name FROM panther_audit MINUS SELECT actor.name FROM panther_audit WHERE actor.name > 'b'",
    [['ann']],
  );
  answers('SELECT array_unique_agg(sourceIP), BOOLOR_AGG(sourceIP IS NULL) FROM panther_audit', [
    [['203.0.113.7'], true],
  ]);
  gives("IFF(1 > 2, 'a', 'b')", 'b');
  gives('NVL(NULL, 1) + ZEROIFNULL(NULL) + NVL2(NULL, 1, 2)', 3);
  gives("DECODE(NULL, 1, 'one', NULL, 'none', 'other')", 'none');
  gives("DECODE(2, 1, 'one')", null);
  gives('EQUAL_NULL(NULL, NULL)', true);
  gives("PARSE_JSON('[1]')", [1]);
  gives("TRY_PARSE_JSON('[1')", null);
  gives('GET_PATH(\'{"a":{"b":"c"}}\', \'a.b\')', 'c');
  gives("OBJECT_KEYS(OBJECT_CONSTRUCT('a', 1, 'b', 2))", ['a', 'b']);
  gives('ARRAY_SIZE(ARRAY_CONSTRUCT())', 0);
  gives("ARRAY_SIZE('plain text')", null);
  gives("CHARINDEX('b', 'abc')", 2);
  gives("REGEXP_SUBSTR('abc', 'x')", null);
  gives("REGEXP_COUNT('aXbX', 'X')", 2);
  gives("TO_VARCHAR(1) || 'x'::variant", '1x');
  gives("'1.6'::NUMBER", 2);
  gives("'1.66'::NUMBER(10, 1)", 1.7);
  gives("TRY_TO_NUMBER('x')", null);
  gives("'2026-11-23 10:00'::timestamp_ntz", '2026-11-23 10:00:00.000000');
  gives("TO_TIMESTAMP('2026-11-23T10:00:00+02:00')", '2026-11-23 08:00:00.000000');
  gives('TO_TIMESTAMP(1.5)', '1970-01-01 00:00:01.500000');
  gives("DATE_TRUNC(hour, '2026-11-23 10:30'::timestamp)", '2026-11-23 10:00:00.000000');
  gives("TIMESTAMPADD(month, 1, '2026-01-31')", '2026-02-28 00:00:00.000000');
  gives("DATEDIFF('minute', '2026-11-23 10:00', '2026-11-23 11:30')", 90);
  gives("CONVERT_TIMEZONE('America/New_York', '2026-11-23 12:00')", '2026-11-23 07:00:00.000000');

  test('an expression keeps the name it was written with', async () => {
    const [row] = await lake.rows(
      "SELECT IFF(true, 1, 2), DATEADD(day, 1, '2026-01-01') FROM panther_audit LIMIT 1",
    );
    assert.deepEqual(Object.keys(row ?? {}), [
      "iff(CAST('t' AS BOOLEAN), 1, 2)",
      'dateadd("day", 1, \'2026-01-01\')',
    ]);
  });
});

describe('what Trino calls otherwise', () => {
  holdsFor("json_extract_scalar(actionParams, '$.dynamic.input.role.kind') = 'ID'", ['ann']);
  holdsFor("contains(p_any_ip_addresses, '203.0.113.8') AND cardinality(p_any_ip_addresses) = 2", ['ann']);
  holdsFor("element_at(p_any_ip_addresses, 2) = '203.0.113.8'", ['ann']);
  holdsFor(
    "p_event_time > date_add('day', -1, now()) AND p_event_time < current_timestamp - interval '1' hour",
    ['bob'],
  );
  holdsFor("p_event_time > from_iso8601_timestamp('2026-11-23T12:00:00+01:00')", ['ann']);
  holdsFor("any_match(p_any_ip_addresses, ip -> ip LIKE '%.8')", ['ann']);
  answers(
    `SELECT ip, approx_distinct(actor.name) FROM panther_audit CROSS JOIN UNNEST(p_any_ip_addresses) AS t(ip) GROUP BY ip ORDER BY ip`,
    [
      ['203.0.113.7', 2],
      ['203.0.113.8', 1],
    ],
  );
  gives("element_at(MAP {'a': 1}, 'a') + cardinality(MAP {'a': 1})", 2);
  gives("array_join(transform(sequence(1, 3), x -> x * 2), '-')", '2-4-6');
  gives('none_match([1], x -> x > 1) AND all_match([1], x -> x = 1)', true);
  gives("date_parse('2026-11-23 10:30', '%Y-%m-%d %H:%i')", '2026-11-23 10:30:00.000000');
  gives("date_format(TIMESTAMP '2026-11-23 10:30:05', '%e.%c.%y %T')", '23.11.26 10:30:05');
  gives('from_unixtime(1.5)', '1970-01-01 00:00:01.500000');
  gives("to_unixtime(TIMESTAMP '1970-01-01 00:00:01')", 1);
  gives("at_timezone(TIMESTAMP '2026-11-23 12:00:00', 'America/New_York')", '2026-11-23 07:00:00.000000');
  gives("json_format(json_parse('[1]'))", '[1]');
  gives("TRY_CAST('x' AS bigint)", null);
  answers("SELECT map_agg(actor.name, actionResult) FROM panther_audit WHERE actor.name = 'ann'", [
    [[{ key: 'ann', value: 'SUCCEEDED' }]],
  ]);
});

describe('what has no translation says so, and where:', () => {
  refuses(
    "-- pragma: template\n{% import 'anomalies' x %} SELECT 1",
    /^Jinja templates are not available in queries; write the SQL they would give \(line 1, column 1\)$/,
  );
  refuses("SELECT *\nFROM {{ ref('x') }}", /^Jinja templates .* \(line 2, column 6\)$/);
  refuses(
    "SELECT\n  REGEXP_LIKE(actionName, 'DELETE')\nFROM panther_audit",
    /^the function regexp_like matches a whole text in Snowflake .* \(line 2, column 3\)$/,
  );
  refuses(
    "SELECT actor:name, date_format(p_event_time, '%D') FROM panther_audit",
    /^the function date_format takes .* \(line 1, column 20\)$/,
  );
  refuses("SELECT 1 WHERE 'x' NOT LIKE ANY ('x', 'y')", /^the function like_any follows LIKE or ILIKE/);
  refuses(
    'SELECT TOP 5 * FROM panther_audit',
    /^TOP has no translation; write LIMIT at the end \(line 1, column 8\)$/,
  );
  refuses(
    'SELECT * FROM panther_audit MATCH_RECOGNIZE (PARTITION BY actionName)',
    /^MATCH_RECOGNIZE has no translation; use window functions \(line 1, column 29\)$/,
  );
  refuses(
    "SELECT * FROM panther_audit WHERE x RLIKE 'a' AND 'ü' ILIKE ANY ('b') AND",
    /^syntax error at end of input \(line 1, column 74\)$/,
  );
  refuses(
    'SELECT XForwardedFor[0] FROM panther_audit',
    /^the list XForwardedFor counts from 1: write XForwardedFor\[1\] for the first \(line 1, column 8\)$/,
  );
  test('the place of an unknown function is the one in the text as it was written', () =>
    assert.rejects(lake.rows("SELECT actor:name RLIKE 'ü',\n  'ü', nothing(1) FROM panther_audit"), {
      code: 'forbidden_sql',
      message: 'the function nothing does not exist or is not available in queries (line 2, column 8)',
    }));
});

test('a translation in a translation in a translation does not grow without end', async () => {
  const nested = (name: string, depth: number): string =>
    `SELECT ${`${name}(`.repeat(depth)}1${')'.repeat(depth)}`;
  await assert.rejects(lake.rows(nested('to_timestamp', 60)), {
    code: 'invalid_sql',
    message: /^the query is too complex$/,
  });
});
