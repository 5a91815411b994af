import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { auditTable, readsAudit, type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

const cleanups: (() => unknown)[] = [];
let lake: TemporaryLake;

before(async () => {
  lake = await temporaryLake({
    after: (cleanup = () => undefined) => cleanups.push(cleanup as () => unknown),
  });
  const actor = (name: string, attributes?: Record<string, unknown>) => ({
    actor: { id: `id-${name}`, type: 'USER' as const, name, ...(attributes && { attributes }) },
  });
  await lake.load(
    {
      ...actor('ann', { email: 'ann@example.com', emailVerified: true, roleId: '11' }),
      actionName: 'DELETE_USER',
      actionParams: {
        dynamic: { input: { id: '5', size: 10, ids: ['a', 'b'], 'a/b~c': 'slash' } },
        static: {},
      },
      timestamp: '2026-11-23 11:59:00.000000001',
      sourceIP: '203.0.113.7',
    },
    {
      ...actor('bob', { email: 'bob@example.com', emailVerified: false, roleId: 11 }),
      actionName: 'DELETE_USER',
      actionParams: { dynamic: { input: { id: 5, size: 9, ids: [] } } },
      timestamp: '2026-11-23 10:30:00.000000000',
      errors: [{ message: 'no such user' }, { message: 'try again' }],
      actionResult: 'FAILED',
    },
    {
      ...actor('eve'),
      actionParams: {},
      timestamp: '2026-11-22 12:00:00.000000000',
      XForwardedFor: ['203.0.113.7', '203.0.113.8'],
    },
    {
      ...actor('old'),
      actionParams: { dynamic: { input: { id: null, size: 100 } } },
      timestamp: '2026-10-01 00:00:00',
    },
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

/** Asserts which actors' records a condition holds for. */
function holdsFor(condition: string, names: readonly string[]): void {
  answers(
    `SELECT actor.name FROM panther_audit WHERE ${condition} ORDER BY actor.name`,
    names.map((name) => [name]),
  );
}

describe('a table', () => {
  for (const name of [
    'panther_logs.public.panther_audit',
    'panther_logs.panther_audit',
    'public.panther_audit',
    'panther_audit',
    'PANTHER_LOGS.PUBLIC.Panther_Audit',
    '"panther_logs"."public"."panther_audit"',
  ]) {
    answers(`SELECT count(*) FROM ${name}`, [[4]]);
  }
  answers('SELECT max(panther_audit.p_ledger_index) FROM panther_logs.panther_audit', [[3]]);
  answers('SELECT count(*) FROM panther_audit a JOIN panther_audit b ON a.p_row_id = b.p_row_id', [[4]]);
  answers('WITH panther_audit AS (SELECT * FROM panther_audit LIMIT 2) SELECT count(*) FROM panther_audit', [
    [2],
  ]);
  answers('FROM panther_audit SELECT count(*)', [[4]]);
});

describe('a path into JSON', () => {
  holdsFor("actionParams.dynamic.input.id = '5'", ['ann', 'bob']);
  holdsFor("panther_audit.actionParams.dynamic.input.id = '5'", ['ann', 'bob']);
  holdsFor("panther_logs.public.panther_audit.actionParams.dynamic.input.id = '5'", ['ann', 'bob']);
  holdsFor("ACTIONPARAMS.dynamic.input.id = '5'", ['ann', 'bob']);
  holdsFor("actionParams['dynamic']['input']['id'] = '5'", ['ann', 'bob']);
  holdsFor("actionParams.dynamic.input['a/b~c'] = 'slash'", ['ann']);
  holdsFor("actionParams.dynamic.input.ids[1] = 'b'", ['ann']);
  holdsFor('actionParams.dynamic.input.ids[0] IS NOT NULL', ['ann']);
  holdsFor('actionParams.dynamic.input.id IS NULL', ['eve', 'old']);
  holdsFor("actionParams.dynamic.input.id <> '6'", ['ann', 'bob']);
  holdsFor('actionParams.dynamic.input.size::INTEGER > 9', ['ann', 'old']);
  holdsFor("actor.attributes.email LIKE '%@example.com'", ['ann', 'bob']);
  holdsFor("actor.attributes.email BETWEEN 'a' AND 'b'", ['ann']);
  holdsFor("actor.attributes.email IN ('bob@example.com', 'x')", ['bob']);
  holdsFor("actor.attributes.emailVerified = 'true'", ['ann']);
  holdsFor("actor.attributes.roleId = '11'", ['ann', 'bob']);
  holdsFor("actionParams LIKE '%slash%'", ['ann']);
  holdsFor("actionParams ->> '$.dynamic.input.id' = '5'", ['ann', 'bob']);
  holdsFor("json_extract_string(actionParams, '$.dynamic.input.id') = '5'", ['ann', 'bob']);
  holdsFor('actor.attributes IS NULL', ['eve', 'old']);
  answers(
    'SELECT actor.attributes.email FROM panther_audit ORDER BY actor.attributes.email DESC NULLS LAST',
    [['bob@example.com'], ['ann@example.com'], [null], [null]],
  );
  answers(
    'SELECT actor.attributes.roleId AS r, count(*) FROM panther_audit GROUP BY r ORDER BY r NULLS LAST',
    [
      ['11', 2],
      [null, 2],
    ],
  );
  answers(
    'SELECT actor.attributes.roleId, count(*) FROM panther_audit GROUP BY actor.attributes.roleId ORDER BY 2, 1',
    [
      ['11', 2],
      [null, 2],
    ],
  );
  answers('SELECT DISTINCT actor.attributes.roleId FROM panther_audit ORDER BY ALL', [['11'], [null]]);
  answers('SELECT count(DISTINCT actionParams.dynamic.input.id) FROM panther_audit', [[1]]);
  answers(
    'SELECT max(actionParams.dynamic.input.size::INTEGER), min(actionParams.dynamic.input.size) FROM panther_audit',
    [[100, '10']],
  );
  answers(
    "SELECT actionParams.dynamic.input.ids, actionParams -> '$.dynamic.input.ids' FROM panther_audit WHERE actor.name = 'ann'",
    [['["a","b"]', ['a', 'b']]],
  );
  answers(
    "SELECT p.dynamic.input.id FROM (SELECT actionParams AS p, actor.name AS n FROM panther_audit) WHERE n = 'bob'",
    [['5']],
  );
  answers(
    "WITH x AS (SELECT actor AS who FROM panther_audit) SELECT x.who.attributes.email FROM x WHERE who.name = 'ann'",
    [['ann@example.com']],
  );
  answers(
    `SELECT a.actor.name FROM panther_audit a JOIN panther_audit b
     ON a.actor.attributes.email = b.actor.attributes.email ORDER BY 1`,
    [['ann'], ['bob']],
  );
  answers('SELECT e.message FROM panther_audit, unnest(errors) AS u(e) ORDER BY 1', [
    ['no such user'],
    ['try again'],
  ]);
  answers('SELECT errors[1].message FROM panther_audit WHERE errors IS NOT NULL', [['no such user']]);

  test('names its column after its last step, and an expression as it was written', async () => {
    const [row] = await lake.rows(
      `SELECT actor.name, actor.attributes.email, upper(actor.attributes.email), actionParams.dynamic.input.ids[0], now()
       FROM panther_audit LIMIT 1`,
    );
    assert.deepEqual(Object.keys(row ?? {}), [
      'name',
      'email',
      'upper(actor.attributes.email)',
      'actionParams.dynamic."input".ids[0]',
      'now()',
    ]);
  });

  test('compares as text, and says so where that does not do', async () => {
    await assert.rejects(lake.rows('SELECT 1 FROM panther_audit WHERE actionParams.dynamic.input.size > 9'), {
      code: 'invalid_sql',
      message:
        /Cannot compare values of type VARCHAR and type INTEGER_LITERAL - an explicit cast is required/,
    });
    await assert.rejects(
      lake.rows('SELECT actionParams.dynamic.input.ids[p_ledger_index] FROM panther_audit'),
      {
        code: 'invalid_sql',
        message: 'below a JSON column an index is a number from 0 or a quoted name',
      },
    );
  });
});

describe('the time macros', () => {
  holdsFor("p_occurs_since('1 minute')", ['ann']);
  for (const duration of [
    '1 day',
    '24 hours',
    '24h',
    '1440m',
    '1440 mins',
    '86400',
    '86400s',
    '1d',
    ' 1 DAY ',
    '0.5 days',
  ]) {
    holdsFor(
      `p_occurs_since('${duration}')`,
      duration === '0.5 days' ? ['ann', 'bob'] : ['ann', 'bob', 'eve'],
    );
  }
  holdsFor('p_occurs_since(86400)', ['ann', 'bob', 'eve']);
  holdsFor("p_occurs_since('100 weeks')", ['ann', 'bob', 'eve', 'old']);
  holdsFor("p_occurs_since('99999999999 weeks')", ['ann', 'bob', 'eve', 'old']);
  holdsFor("P_OCCURS_SINCE('2 hours') AND actionResult = 'FAILED'", ['bob']);
  holdsFor("NOT p_occurs_since('1 day')", ['old']);
  holdsFor("p_occurs_between('2026-11-22', '2026-11-23 10:30:00')", ['bob', 'eve']);
  holdsFor("p_occurs_between('2026-11-22T12:00:00Z', '2026-11-22T12:00:00.000Z')", ['eve']);
  holdsFor('p_occurs_between(now() - INTERVAL 1 DAY, current_timestamp)', ['ann', 'bob', 'eve']);
  answers(
    `SELECT a.actor.name, b.actor.name FROM panther_audit a, panther_audit b
     WHERE p_occurs_since('1 minute', a) AND p_occurs_between('2026-10-01', '2026-10-02', 'b')`,
    [['ann', 'old']],
  );
  answers("SELECT count(*) FROM panther_audit t WHERE p_occurs_since('1 s', t, p_parse_time)", [[4]]);
  holdsFor("p_occurs_since('1 s', '', 'p_parse_time') AND p_occurs_since('2 hours')", ['ann', 'bob']);
  holdsFor("p_occurs_around('2026-11-23 10:30:00', '1 m')", ['bob']);
  holdsFor("p_occurs_around('2026-11-22 12:00:00', 86400)", ['bob', 'eve', 'ann'].toSorted());
  holdsFor("p_occurs_around('2026-11-22T14:30:00+02:30', '0 s')", ['eve']);
  holdsFor("p_occurs_around('2026-11-22', '99999999999 weeks')", ['ann', 'bob', 'eve', 'old']);
  holdsFor("p_occurs_after('2026-11-23 10:30:00')", ['ann', 'bob']);
  holdsFor('P_OCCURS_AFTER(now() - INTERVAL 1 DAY, panther_audit, p_event_time)', ['ann', 'bob', 'eve']);
  holdsFor("p_occurs_before('2026-11-22 12:00:00')", ['eve', 'old']);
  holdsFor("p_occurs_before('2026-11-22 13:00:00+01:00')", ['eve', 'old']);
  holdsFor("p_occurs_between('2026-11-22 13:00:00+01', '2026-11-22 07:00:00-0500')", ['eve']);
  answers(
    `SELECT t.actor.name, "U".actor.name FROM panther_audit AS t JOIN panther_audit "U" ON p_occurs_around('2026-11-23 12:00', '1 min', t)
     AND p_occurs_before('2026-11-01', 'u')`,
    [['ann', 'old']],
  );
  answers("SELECT p_occurs_since('1 day') AS fresh, count(*) FROM panther_audit GROUP BY ALL ORDER BY ALL", [
    [false, 1],
    [true, 3],
  ]);
  answers(
    'SELECT now(), today(), current_date, "timestamp" > now() - INTERVAL 1 HOUR FROM panther_audit ORDER BY "timestamp" DESC LIMIT 1',
    [['2026-11-23 12:00:00.000000', '2026-11-23', '2026-11-23', true]],
  );

  for (const [call, message] of [
    ["p_occurs_since('1 fortnight')", /p_occurs_since: '1 fortnight' is not a duration/],
    ["p_occurs_since('')", /'' is not a duration/],
    ["p_occurs_since('-1 day')", /'-1 day' is not a duration/],
    ['p_occurs_since(actionName)', /'' is not a duration/],
    ['p_occurs_since()', /p_occurs_since takes a duration/],
    ["p_occurs_since('1 day', a, b, c)", /p_occurs_since takes a duration/],
    ["p_occurs_between('2026-11-22')", /p_occurs_between takes a start and an end/],
    ["p_occurs_between('yesterday', '2026-11-22')", /yesterday/],
    [
      "p_occurs_since('1 day', 1 + 1)",
      /^the table alias of p_occurs_since is a name, such as t or p_parse_time$/,
    ],
    ["p_occurs_after('2026-11-22', '', 7)", /^the column of p_occurs_after is a name/],
    ['p_occurs_after()', /^p_occurs_after takes a time, then if need be a table alias and a column$/],
    ["p_occurs_before('2026-11-22', a, b, c)", /^p_occurs_before takes a time/],
    ["p_occurs_around('2026-11-22')", /^p_occurs_around takes a time and a duration/],
    ["p_occurs_around('2026-11-22', 'soon')", /^p_occurs_around: 'soon' is not a duration/],
    ["p_occurs_after('year one')", /year one/],
    ["p_occurs_since('1 day', nobody)", /nobody/],
  ] as const) {
    test(`${call} is refused`, async () => {
      await assert.rejects(lake.rows(`SELECT 1 FROM panther_audit WHERE ${call}`), {
        code: 'invalid_sql',
        message,
      });
    });
  }
});

describe('published queries', () => {
  answers(`SELECT count(*) FROM (SELECT * FROM panther_logs.panther_audit WHERE p_occurs_since('1 day'))`, [
    [3],
  ]);
  answers(
    `SELECT actor.name FROM panther_logs.public.panther_audit
     WHERE actionName = 'DELETE_USER' ORDER BY timestamp DESC LIMIT 1`,
    [['ann']],
  );
  answers(
    `SELECT date_trunc('hour', p_event_time) AS hour, count(*) FROM panther_audit
     WHERE actionResult = 'FAILED' GROUP BY hour ORDER BY hour`,
    [['2026-11-23 10:00:00.000000', 1]],
  );
  answers(
    `SELECT actor.name FROM panther_audit WHERE array_contains(p_any_ip_addresses, '203.0.113.7') ORDER BY 1`,
    [['ann'], ['eve']],
  );
});

describe('values in results', () => {
  answers(
    'SELECT 9007199254740991, 9007199254740992, -9007199254740993, 170141183460469231731687303715884105727',
    [[9007199254740991, '9007199254740992', '-9007199254740993', '170141183460469231731687303715884105727']],
  );
  answers('SELECT 1.5, 123456789012345.6::DECIMAL(20, 1), 0.1::DOUBLE, sum(i) FROM range(3) r(i)', [
    [1.5, '123456789012345.6', 0.1, 3],
  ]);
  answers("SELECT 'NaN'::DOUBLE, 'inf'::DOUBLE, NULL, true, 'ü\u{1f43e}', '\\'", [
    ['NaN', 'Infinity', null, true, 'ü\u{1f43e}', '\\'],
  ]);
  answers(
    "SELECT '{\"a\":[1,{\"b\":null}]}'::JSON, ['[1]'::JSON], {x: '{}'::JSON}, MAP {'k': 1}, '[NaN]'::JSON",
    [[{ a: [1, { b: null }] }, [[1]], { x: {} }, [{ key: 'k', value: 1 }], '[NaN]']],
  );
  answers('SELECT \'{"__proto__":{"x":1}}\'::JSON AS "__proto__"', [[JSON.parse('{"__proto__":{"x":1}}')]]);
  answers(
    `SELECT '2026-01-02 03:04:05.6'::TIMESTAMP, '2026-01-02 03:04:05'::TIMESTAMP_S, '2026-01-02 03:04:05.5'::TIMESTAMP_MS,
     '2026-01-02 03:04:05.000000001'::TIMESTAMP_NS, '2026-01-02 03:04:05+02'::TIMESTAMPTZ, 'infinity'::TIMESTAMP,
     DATE '2026-01-02', TIME '03:04:05', INTERVAL 36 HOUR, 'a'::BLOB`,
    [
      [
        ...['2026-01-02 03:04:05.600000', '2026-01-02 03:04:05', '2026-01-02 03:04:05.500'],
        ...['2026-01-02 03:04:05.000000001', '2026-01-02 01:04:05.000000', 'infinity'],
        ...['2026-01-02', '03:04:05', '36:00:00', 'a'],
      ],
    ],
  );

  test('columns of the same name are told apart', async () => {
    const done = lake.lake.query({
      id: 'same',
      sql: 'SELECT 1 AS x, 2 AS x, 3 AS x_1, 4 AS x',
      ...readsAudit,
    }).done;
    assert.deepEqual(
      (await done).columns.map(({ name }) => name),
      ['x', 'x_1', 'x_1_1', 'x_2'],
    );
    assert.deepEqual((await lake.lake.results('same', { offset: 0, pageSize: 1 })).rows, [
      { x: 1, x_1: 2, x_1_1: 3, x_2: 4 },
    ]);
  });
});

test('results are read in pages of any size, also after a restart', async (t) => {
  let own = await temporaryLake(t);
  const sql = "SELECT i, repeat('x', i::INTEGER % 50) AS s FROM range(5000) r(i) ORDER BY i";
  const outcome = await own.lake.query({ id: 'paged', sql, ...readsAudit }).done;
  assert.equal(outcome.rowCount, 5_000);
  assert.deepEqual(outcome.columns, [
    { name: 'i', type: 'BIGINT' },
    { name: 's', type: 'VARCHAR' },
  ]);
  own = await own.reopen();
  const seen: unknown[] = [];
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const page = await own.lake.results('paged', { offset, pageSize: 999 });
    assert.equal(page.rowCount, 5_000);
    seen.push(...page.rows.map(({ i, s }) => [i, String(s).length]));
    offset = page.nextOffset;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 5_000 }, (_, i) => [i, i % 50]),
  );
  assert.deepEqual((await own.lake.results('paged', { offset: 4_999, pageSize: 999 })).rows.length, 1);
  assert.deepEqual((await own.lake.results('paged', { offset: 5_000, pageSize: 999 })).rows, []);
  await own.lake.deleteResults('paged');
  await assert.rejects(own.lake.results('paged', { offset: 0, pageSize: 1 }), { code: 'unknown_result' });
  await assert.rejects(own.lake.results('../secret', { offset: 0, pageSize: 1 }), { code: 'unknown_result' });
});

test('the outcome says how much was read, and only of tables the query names', async () => {
  const scan = await lake.lake.query({ id: 'scan', sql: 'SELECT count(*) FROM panther_audit', ...readsAudit })
    .done;
  const live = (await lake.catalogue.files()).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.equal(scan.bytesScanned, live);
  const none = await lake.lake.query({ id: 'none', sql: 'SELECT 1', ...readsAudit }).done;
  assert.equal(none.bytesScanned, 0);
  assert.equal(auditTable, 'panther_logs.panther_audit');
});

test('a result of as many columns as a query has room for is refused, and the next query runs', async (t) => {
  const { rows } = await temporaryLake(t);
  await assert.rejects(rows(`SELECT 1${',1'.repeat(32_000)}`), {
    code: 'result_too_large',
    message: 'the result has more than 2000 columns',
  });
  assert.deepEqual(await rows('SELECT 1 AS one'), [{ one: 1 }]);
});
