import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { indexPath } from '../files/layout.ts';
import { createParquetWriter } from '../files/parquet-writer.ts';
import { tablesOf } from '../query/newest-rows.ts';
import { openQueryInstance, type QueryInstance } from '../query/query-instance.ts';
import { filterSql } from '../search/filter-sql.ts';
import { identifier } from '../sql/quoting.ts';
import { checkStatement } from '../sql/statement.ts';
import { pantherAudit } from '../tables/panther-audit.ts';
import { storedType } from '../tables/table-definition.ts';
import { tableDefinitions } from '../tables/tables.ts';
import { type FilePart, type PlannedFile, rowsIn } from './file-parts.ts';
import { stepsBack } from './newest-first.ts';
import { type Plan, planStatement } from './plan.ts';

const rowsPerFile = 16_384;
const months = ['2026-08', '2026-09', '2026-10'];

const md5 = (text: string): string => hash('md5', text);

/** Row `i` of a month; row groups of 2,048, so that every file has eight blocks. */
const valuesOfRow: Readonly<Record<string, string>> = {
  actionName: `['GET_USER', 'SIGN_IN', 'DELETE_ROLE'][1 + (hash(i) % 3)::INT]`,
  actionResult: `CASE WHEN hash(i + 7) % 20 = 0 THEN 'FAILED' ELSE 'SUCCEEDED' END`,
  actionParams: `('{"dynamic":{"input":{"id":"' || md5(m || i) || '","count":' || i || ',"Name":"Zoë ' || md5('n' || (i // 900)) || '"}}}')::JSON`,
  actor: `{'id': md5('actor' || (hash(i + 3) % 40)), 'type': 'USER', 'name': 'User ' || (hash(i + 3) % 40), 'attributes': ('{"email":"user' || (hash(i + 3) % 40) || '@example.com"}')::JSON}`,
  sourceIP: `'10.' || (hash(i + 5) % 3) || '.' || (i // 700) || '.9'`,
  errors: `CASE WHEN hash(i + 7) % 20 = 0 THEN [{'message': 'refused for reason ' || md5('e' || (i // 2000))}] END`,
  XForwardedFor: `['192.0.2.' || (i % 250)]`,
  userAgent: `'agent/' || (i // 3000)`,
  timestamp: `'unused'`,
  p_row_id: `md5('row' || m || i)`,
  p_event_time: `(m || '-01')::TIMESTAMP + to_seconds(hash(i + 11) % 2500000)`,
  p_any_emails: `['user' || (hash(i + 3) % 40) || '@example.com']`,
  p_any_ip_addresses: `['10.' || (hash(i + 5) % 3) || '.' || (i // 700) || '.9', '192.0.2.' || (i % 250)]`,
  p_ledger_index: 'i',
};

suite('a plan', () => {
  let directory: string;
  let connection: DuckDBConnection;
  let instance: QueryInstance;
  const files: PlannedFile[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pawprint-planning-'));
    const options = { directory, memoryLimitMb: 256, newId: randomUUID, rowGroupRows: 2_048 };
    const writer = await createParquetWriter(options);
    connection = writer.connection;
    for (const month of months) {
      const columns = pantherAudit.columns.map((column) => {
        const value = valuesOfRow[column.name] ?? 'NULL';
        return `CAST(${value} AS ${storedType(column)}) AS ${identifier(column.name)}`;
      });
      const rows = `SELECT ${columns.join(', ')} FROM (SELECT range AS i, '${month}' AS m FROM range(${rowsPerFile}))`;
      const select = `SELECT * FROM (${rows}) ORDER BY actor.id, p_event_time`;
      const { path, bytes } = await writer.write(pantherAudit, month, select, { indexed: true });
      const [times] = (
        await connection.runAndReadAll(
          `SELECT epoch_us(min(p_event_time)), epoch_us(max(p_event_time)) FROM '${join(directory, path)}'`,
        )
      ).getRows();
      files.push({
        ...{
          path: join(directory, path),
          indexPath: join(directory, indexPath(path)),
          bytes,
          rows: rowsPerFile,
        },
        ...{ eventTimeMin: BigInt(String(times?.[0])), eventTimeMax: BigInt(String(times?.[1])) },
      });
    }
    instance = await openQueryInstance(
      { databases: ['panther_logs', 'panther_views'], directories: [directory], memoryMb: 256, spillMb: 1 },
      join(directory, 'spill'),
    );
  });
  after(async () => {
    instance[Symbol.dispose]();
    await rm(directory, { recursive: true });
  });

  const badIndexes: string[] = [];
  const planOf = async (sql: string): Promise<{ sql: string; plan: Plan }> => {
    const tables = tableDefinitions.filter(({ name }) => name === 'panther_audit' || name === 'all_logs');
    const context = { tables, database: 'panther_logs', now: new Date('2026-10-20T00:00:00Z') };
    const statement = await checkStatement(connection, sql, context);
    const isView = statement.tables.some(({ unites }) => unites !== undefined);
    const needed = [
      { definition: pantherAudit, files },
      ...(isView
        ? tables.filter(({ unites }) => unites !== undefined).map((definition) => ({ definition, files: [] }))
        : []),
    ];
    const onBadIndex = ({ path }: PlannedFile): unknown => badIndexes.push(path);
    return {
      sql: statement.sql,
      plan: await planStatement(connection, statement.tree, needed, onBadIndex),
    };
  };
  const run = async (sql: string): Promise<readonly string[]> => {
    const rows = (await instance.connection.runAndReadAll(sql)).getRows();
    return rows.map((row) =>
      JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    );
  };
  const planned = async ({ sql, plan }: { sql: string; plan: Plan }) => {
    await instance.show(await tablesOf(plan, instance, connection));
    return run(sql);
  };
  const unplanned = async ({ sql, plan: { tables } }: { sql: string; plan: Plan }) => {
    const whole = files.map((file): FilePart => ({ file, ranges: undefined }));
    await instance.show(
      tables.map((table) => ({
        ...table,
        parts: table.definition === pantherAudit ? whole : [],
        after: undefined,
      })),
    );
    return run(sql);
  };
  /** How many rows are given to read. */
  const rowsRead = async (sql: string): Promise<number> => {
    const { plan } = await planOf(sql);
    const tables = await tablesOf(plan, instance, connection);
    const parts = tables.flatMap((table) => table.parts);
    return parts.reduce(
      (sum, { file, ranges }) => sum + (ranges === undefined ? file.rows : rowsIn(ranges)),
      0,
    );
  };
  const numbers = fc.integer({ min: 0, max: rowsPerFile + 500 });
  const uuids = fc.tuple(fc.constantFrom(...months, 'x'), numbers).map(([month, i]) => md5(`${month}${i}`));
  const times = fc.integer({ min: 0, max: 100 }).map((day) => `TIMESTAMP '2026-07-28' + INTERVAL ${day} DAY`);
  const actors = fc.integer({ min: 0, max: 45 });
  const simple = fc.oneof(
    times.map((time) => `p_event_time >= ${time}`),
    times.map((time) => `${time} > t.p_event_time`),
    fc.tuple(times, times).map(([from, to]) => `p_event_time BETWEEN ${from} AND ${to}`),
    fc.constantFrom('3 days', '70 days').map((duration) => `p_occurs_since('${duration}')`),
    actors.map((actor) => `actor.id = '${md5(`actor${actor}`)}'`),
    actors.map((actor) => `actor.name IN ('User ${actor}', 'nobody')`),
    actors.map((actor) => `list_contains(p_any_emails, 'user${actor}@example.com')`),
    actors.map((actor) => `actor.attributes.email = 'user${actor}@example.com'`),
    numbers.map((i) => `t.sourceIP = '10.1.${i % 14}.9'`),
    numbers.map((i) => `p_any_ip_addresses && ['10.2.${i % 14}.9', '192.0.2.${i % 260}']`),
    uuids.map((uuid) => `actionParams.dynamic.input.id = '${uuid}'`),
    uuids.map((uuid) => `actionParams::VARCHAR LIKE '%${uuid}"%'`),
    uuids.map((uuid) => `lower(actionParams) LIKE '%${uuid.slice(2, 24)}%'`),
    numbers.map((i) => `actionParams.dynamic.input.Name ILIKE 'ZOË ${md5(`n${i % 12}`).toUpperCase()}'`),
    numbers.map((i) => `actionParams.dynamic.input.count = '${i}'`),
    numbers.map((i) => `CAST(to_json(errors) AS VARCHAR) ILIKE '%reason ${md5(`e${i % 6}`)}%'`),
    fc
      .tuple(fc.constantFrom(...months), numbers)
      .map(([month, i]) => `p_row_id = '${md5(`row${month}${i}`)}'`),
    fc.constantFrom(
      "userAgent = 'agent/1'",
      "userAgent LIKE 'agent!_%' ESCAPE '!'",
      "NOT actionResult = 'SUCCEEDED'",
      "actionName = 'SIGN_IN'",
    ),
  );
  const condition = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      simple,
      simple,
      fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((of) => `(${of.join(' AND ')})`),
      fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((of) => `(${of.join(' OR ')})`),
      tie('any').map((of) => `NOT (${of})`),
    ),
  })).any as fc.Arbitrary<string>;
  const statement = fc
    .tuple(condition, condition, fc.integer({ min: 1, max: 400 }))
    .chain(([where, other, limit]) =>
      fc.constantFrom(
        `SELECT p_row_id, actionParams FROM panther_audit t WHERE ${where} ORDER BY t.p_event_time DESC, p_row_id LIMIT ${limit}`,
        `SELECT p_row_id FROM panther_audit t WHERE ${where} ORDER BY p_event_time DESC, p_row_id LIMIT 5 OFFSET ${limit}`,
        `SELECT * EXCLUDE ("timestamp") FROM panther_audit AS t WHERE ${where} ORDER BY p_row_id LIMIT ${limit}`,
        `SELECT actionName, count(*), min(p_row_id) FROM panther_audit t WHERE ${where} GROUP BY ALL ORDER BY ALL`,
        `SELECT count(*) FROM panther_audit t WHERE ${where} UNION ALL SELECT count(*) FROM panther_audit t WHERE ${other}`,
        `WITH w AS (SELECT * FROM panther_audit t WHERE ${where}) SELECT count(*) FROM w t WHERE ${other}`,
        `SELECT count(*) FROM (SELECT * FROM panther_audit t WHERE ${where}) t LEFT JOIN panther_audit u ON u.p_row_id = t.p_row_id`,
        `SELECT count(*) FROM panther_audit t WHERE ${where} AND p_row_id IN (SELECT p_row_id FROM panther_audit t WHERE ${other})`,
      ),
    );

  test('changes no answer', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(statement, async (sql) => {
        const checked = await planOf(sql);
        assert.deepEqual(await planned(checked), await unplanned(checked), sql);
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(badIndexes, []);
  });

  for (const [what, where, blocksMax] of [
    ['one actor', `actor.id = '${md5('actor1')}'`, 6],
    ['a row by its id', `p_row_id = '${md5('row2026-0917')}'`, 1],
    ['a token in JSON', `actionParams LIKE '%${md5('2026-1099')}%'`, 1],
    ['a field of JSON', `t.actionParams.dynamic.input.id = '${md5('2026-1099')}'`, 1],
    ['a word anywhere', filterSql(pantherAudit, { text: md5('2026-1099') }), 1],
    ['an element of a list', `list_contains(p_any_emails, 'user5@example.com')`, 7],
    ['what is nowhere', `actor.id = '${md5('nobody')}' OR sourceIP = '203.0.113.9'`, 0],
    ['a time', `p_event_time > TIMESTAMP '2026-10-15'`, 8],
    ['what a view shows', `p_row_id = '${md5('row2026-0917')}'`, 1],
  ] as const) {
    test(`reads few blocks for ${what}`, async () => {
      const from = what.includes('view') ? 'panther_views.all_logs' : 'panther_audit';
      const rows = await rowsRead(`SELECT * FROM ${from} t WHERE ${where}`);
      assert.ok(rows <= blocksMax * 2_048, `${rows / 2_048} blocks are read`);
    });
  }

  for (const [what, sql] of [
    [
      'a condition on what a join adds',
      `SELECT * FROM panther_audit t LEFT JOIN panther_audit u ON t.p_row_id = 'x' WHERE u.p_row_id IS NULL`,
    ],
    ['columns under other names', `SELECT * FROM panther_audit t(p_row_id) WHERE p_row_id = 'x'`],
    ['an alias that is a column as well', `SELECT 1 FROM panther_audit actor WHERE actor.actor.id = 'x'`],
    [
      'a pattern with a wildcard in it',
      `SELECT 1 FROM panther_audit WHERE actionParams LIKE '%0123456_89abcd%f0123456_%'`,
    ],
    [
      'case that is not of one character',
      `SELECT 1 FROM panther_audit WHERE upper(actionParams) LIKE '%0123456789ABCDEF0123%'`,
    ],
  ] as const) {
    test(`takes nothing from ${what}`, async () => {
      assert.equal(await rowsRead(sql), files.length * rowsPerFile);
    });
  }

  for (const [what, sql, filesRead] of [
    ['as its limit asks', 'SELECT * FROM panther_audit ORDER BY p_event_time DESC LIMIT 10', 1],
    [
      'as what it passes over asks',
      'SELECT * FROM panther_audit ORDER BY p_event_time DESC LIMIT 10 OFFSET 16382',
      2,
    ],
    [
      'as it finds what it asks for',
      `SELECT * FROM panther_audit WHERE actionResult = 'FAILED' ORDER BY p_event_time DESC, p_row_id LIMIT 1000`,
      2,
    ],
    [
      'there is, where it finds too little',
      `SELECT * FROM panther_audit WHERE actionResult = 'FAILED' ORDER BY p_event_time DESC LIMIT 5000`,
      3,
    ],
    [
      'there is, where a condition names a column of the result',
      `SELECT *, actionName || '!' AS loud FROM panther_audit WHERE loud = 'SIGN_IN!' ORDER BY p_event_time DESC LIMIT 1`,
      3,
    ],
  ] as const) {
    test(`reads the newest rows as far back ${what}`, async () => {
      assert.equal((await rowsRead(sql)) / rowsPerFile, filesRead);
      const checked = await planOf(sql);
      assert.deepEqual(await planned(checked), await unplanned(checked));
    });
  }

  test('looks for the newest rows in a few files first', () => {
    const many = Array.from({ length: 20 }, (_, at): FilePart => {
      const file = { ...files[at % 3], path: `${at}`, rows: 8_192, eventTimeMax: BigInt(at) } as PlannedFile;
      return { file, ranges: undefined };
    });
    assert.deepEqual(
      stepsBack(many).map(({ parts, after }) => [parts.length, after]),
      [
        [6, 13n],
        [20, undefined],
      ],
    );
  });

  test('reads everything where an index is missing, cut short or damaged, and tells of it', async () => {
    const sql = `SELECT * FROM panther_audit WHERE p_row_id = '${md5('row2026-0917')}'`;
    const [first, second, third] = files.map(({ indexPath = '' }) => indexPath);
    await unlink(first ?? '');
    await truncate(second ?? '', 5_000);
    await writeFile(third ?? '', Buffer.alloc(100_000, 1));
    assert.equal(await rowsRead(sql), files.length * rowsPerFile);
    assert.deepEqual(
      badIndexes,
      files.map(({ path }) => path),
    );
  });
});
