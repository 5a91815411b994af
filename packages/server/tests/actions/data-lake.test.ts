import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Client, startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { ask, endOfQuery, startQuery } from '../lake-query.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

const permission = 'DataAnalyticsRead';
const audit = 'panther_logs.public.panther_audit';
const endless = 'SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE (i * j) % 7 = 3';
const noQuery = { code: 'NOT_FOUND', message: 'There is no query nope' };

const operations = {
  database: 'query ($name: String!) { dataLakeDatabase(name: $name) { name tables { name } } }',
  tables: `query ($input: DataLakeDatabaseTablesInput!) {
    dataLakeDatabaseTables(input: $input) { edges { node { name } } } }`,
  table: `query ($input: DataLakeDatabaseTableInput!) {
    dataLakeDatabaseTable(input: $input) { name logType columns { name type } } }`,
  execute: 'mutation ($input: ExecuteDataLakeQueryInput!) { executeDataLakeQuery(input: $input) { id } }',
  get: 'query ($id: ID!) { dataLakeQuery(id: $id) { id status } }',
  list: `query ($input: DataLakeQueriesInput) {
    dataLakeQueries(input: $input) {
      edges { node { id sql status issuedBy { ... on User { email } ... on APIToken { name } } } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    } }`,
  summary: `query ($input: DataLakeQuerySummaryInput!) {
    dataLakeQuerySummary(input: $input) { rowCount nulls distinct min max top { value count } } }`,
  cancel: 'mutation ($input: CancelDataLakeQueryInput!) { cancelDataLakeQuery(input: $input) { id } }',
};

interface Queries {
  readonly dataLakeQueries: {
    readonly edges: readonly {
      readonly node: { readonly id: string; readonly sql: string; readonly status: string };
    }[];
    readonly pageInfo: {
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
      readonly endCursor: string;
    };
  };
}

testActions(instance, [
  {
    operation: '{ dataLakeDatabases { name tables { name } } }',
    action: 'LIST_DATA_LAKE_DATABASES',
    description: 'Lists the databases of the data lake',
    permission,
  },
  {
    operation: operations.database,
    action: 'GET_DATA_LAKE_DATABASE',
    description: 'Fetches one database of the data lake',
    permission,
    given: () => ({ name: 'PANTHER_LOGS.public' }),
    refusals: [
      {
        variables: { name: 'information_schema' },
        code: 'NOT_FOUND',
        field: 'name',
        message: 'There is no database information_schema',
      },
    ],
  },
  {
    operation: operations.tables,
    action: 'LIST_DATA_LAKE_TABLES',
    description: 'Lists the tables of a database',
    permission,
    given: () => ({ input: { databaseName: 'panther_logs' } }),
    refusals: [
      {
        variables: { input: { databaseName: 'panther_logs', pageSize: 1_001 } },
        field: 'input.pageSize',
        message: 'input.pageSize: Too big: expected number to be <=1000',
      },
    ],
  },
  {
    operation: operations.table,
    action: 'GET_DATA_LAKE_TABLE',
    description: 'Fetches one table of a database',
    permission,
    given: () => ({ input: { databaseName: 'panther_logs', tableName: 'Panther_Audit' } }),
    refusals: [
      {
        variables: { input: { databaseName: 'panther_logs', tableName: 'users' } },
        code: 'NOT_FOUND',
        field: 'input.tableName',
        message: 'There is no table users, or you may not read it',
      },
    ],
  },
  {
    operation: '{ dataLakeFunctions { name kind } }',
    action: 'LIST_DATA_LAKE_FUNCTIONS',
    description: 'Lists the functions that queries may use',
    permission,
  },
  {
    operation: operations.execute,
    action: 'EXECUTE_DATA_LAKE_QUERY',
    description: 'Runs an SQL query over the data lake',
    permission,
    given: () => ({ input: { sql: 'SELECT 1 AS one', databaseName: 'panther_logs.public' } }),
    details: ({ executeDataLakeQuery: { id } }) => ({ queryId: id }),
    refusals: [
      { variables: { input: { sql: '' } }, field: 'input.sql', message: 'input.sql: must not be empty' },
      {
        variables: { input: { sql: 'SELECT 1', databaseName: 'elsewhere' } },
        code: 'NOT_FOUND',
        field: 'input.databaseName',
        message: 'There is no database elsewhere',
      },
    ],
  },
  {
    operation: operations.get,
    action: 'GET_DATA_LAKE_QUERY',
    description: 'Fetches the state and the results of a data lake query',
    permission,
    given: async () => ({ id: await startQuery(admin, 'SELECT 1') }),
    refusals: [{ ...noQuery, variables: { id: 'nope' }, field: 'id' }],
  },
  {
    operation: operations.list,
    action: 'LIST_DATA_LAKE_QUERIES',
    description: 'Lists the data lake queries that were run, newest first',
    permission,
    given: () => ({ input: { contains: 'select', status: ['succeeded', 'running'] } }),
    refusals: [
      {
        variables: { input: { cursor: '-1' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
    ],
  },
  {
    operation: operations.summary,
    action: 'SUMMARIZE_DATA_LAKE_QUERY',
    description: 'Sums up one column of the results of a data lake query',
    permission,
    given: async () => {
      const { id } = await endOfQuery(admin, await startQuery(admin, 'SELECT 7 AS seven'));
      return { input: { id, column: 'seven' } };
    },
    refusals: [{ ...noQuery, variables: { input: { id: 'nope', column: 'seven' } }, field: 'input.id' }],
  },
  {
    operation: operations.cancel,
    action: 'CANCEL_DATA_LAKE_QUERY',
    description: 'Cancels a data lake query',
    permission,
    given: async () => ({ input: { id: await startQuery(admin, endless) } }),
    refusals: [{ ...noQuery, variables: { input: { id: 'nope' } }, field: 'input.id' }],
  },
]);

test('the live view of a query is refused and recorded without DataAnalyticsRead, and for a query that never was', async () => {
  const [user, analyst] = [await instance.userWith(['UserRead']), await instance.userWith([permission])];
  const records = await recordsOf(instance, async () => {
    assert.equal((await user.fetch('/internal/data-lake-queries/nope/stream')).status, 403);
    assert.equal((await analyst.fetch('/internal/data-lake-queries/nope/stream')).status, 404);
  });
  const follow = {
    action: 'FOLLOW_DATA_LAKE_QUERY',
    description: 'Follows the progress of a data lake query',
    dynamic: { id: 'nope' },
  } as const;
  assert.deepEqual(records, [
    expectedRecord({
      ...follow,
      actor: await actorOf(user),
      errors: ['This needs the permission DataAnalyticsRead'],
    }),
    expectedRecord({ ...follow, actor: await actorOf(analyst), errors: ['There is no query nope'] }),
  ]);
});

test('the whole result of a query is downloaded as CSV, for whoever may see the query; both are recorded', async () => {
  const user = await instance.userWith([]);
  const analyst = await instance.userWith([permission]);
  const { id } = await endOfQuery(
    admin,
    await startQuery(admin, "SELECT i, '=' || i AS formula FROM range(6001) AS r(i) ORDER BY i"),
  );
  const empty = await endOfQuery(admin, await startQuery(admin, 'SELECT 1 AS n WHERE false'));
  const failed = await endOfQuery(admin, await startQuery(admin, 'SELECT nope'));
  const url = (query: string) => `/internal/data-lake-queries/${query}/results.csv`;
  const records = await recordsOf(instance, async () => {
    const response = await analyst.fetch(url(id));
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="query-${id}.csv"`);
    const lines = (await response.text()).split('\r\n');
    assert.deepEqual(
      [lines[0], lines[1], lines[6_001], lines[6_002]],
      ['i,formula', "0,'=0", "6000,'=6000", ''],
    );
    assert.equal(lines.length, 6_003);
    assert.equal(await (await analyst.fetch(url(empty.id))).text(), 'n\r\n');
    assert.equal((await analyst.fetch(url(failed.id))).status, 409);
    assert.equal((await analyst.fetch(url('nope'))).status, 404);
    assert.equal((await user.fetch(url(id))).status, 403);
  });
  const of = (query: string) => ({
    action: 'DOWNLOAD_DATA_LAKE_QUERY' as const,
    description: 'Downloads the results of a data lake query as CSV',
    dynamic: { id: query },
  });
  const actor = await actorOf(analyst);
  assert.deepEqual(records, [
    expectedRecord({ ...of(id), actor, details: { format: 'csv', rowCount: 6_001 } }),
    expectedRecord({ ...of(empty.id), actor, details: { format: 'csv', rowCount: 0 } }),
    expectedRecord({ ...of(failed.id), actor, errors: [`The query ${failed.id} has no results`] }),
    expectedRecord({ ...of('nope'), actor, errors: ['There is no query nope'] }),
    expectedRecord({
      ...of(id),
      actor: await actorOf(user),
      errors: ['This needs the permission DataAnalyticsRead'],
    }),
  ]);
});

test('a column of the results is summed up', async () => {
  const { id } = await endOfQuery(
    admin,
    await startQuery(admin, 'SELECT CASE WHEN i < 3 THEN i END AS n FROM range(5) AS r(i)'),
  );
  const ask = (column: string) => admin.graphql(operations.summary, { input: { id, column } });
  assert.deepEqual((await ask('n')).data, {
    dataLakeQuerySummary: {
      ...{ rowCount: 5, nulls: 2, distinct: 3, min: 0, max: 2 },
      top: [0, 1, 2].map((value) => ({ value, count: 1 })),
    },
  });
  const [error] = (await ask('m')).errors;
  assert.deepEqual(
    [error?.message, error?.extensions?.code],
    ['The result has no column m', 'INVALID_INPUT'],
  );
});

test('the whole result is downloaded as NDJSON and as Parquet, each on record', async () => {
  const sql = "SELECT i, 'x' AS x FROM range(12345) AS r(i) ORDER BY i";
  const { id } = await endOfQuery(admin, await startQuery(admin, sql));
  const url = `/internal/data-lake-queries/${id}/results`;
  const records = await recordsOf(instance, async () => {
    const ndjson = await admin.fetch(`${url}.ndjson`);
    const lines = (await ndjson.text()).split('\n');
    assert.deepEqual(
      [lines[0], lines[12_344], lines.length],
      ['{"i":0,"x":"x"}', '{"i":12344,"x":"x"}', 12_346],
    );
    const parquet = await admin.fetch(`${url}.parquet`);
    assert.equal(parquet.headers.get('content-disposition'), `attachment; filename="query-${id}.parquet"`);
    const bytes = Buffer.from(await parquet.arrayBuffer());
    assert.deepEqual([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()], ['PAR1', 'PAR1']);
  });
  assert.deepEqual(
    records.map(({ actionName, actionDescription, actionDetails }) => [
      actionName,
      actionDescription,
      actionDetails,
    ]),
    (['NDJSON', 'Parquet'] as const).map((name) => [
      'DOWNLOAD_DATA_LAKE_QUERY',
      `Downloads the results of a data lake query as ${name}`,
      { format: name.toLowerCase(), rowCount: 12_345 },
    ]),
  );
  assert.deepEqual(
    (await readdir(join(instance.dataDirectory, 'results'))).filter((name) => name.endsWith('.parquet')),
    [],
  );
});

test('a download breaks off when its result is deleted meanwhile, and a client that goes away holds up nobody', async () => {
  const sql = "SELECT i, repeat('x', 1000) AS x FROM range(200000) AS r(i)";
  const { id, status } = await endOfQuery(admin, await startQuery(admin, sql));
  assert.equal(status, 'succeeded');
  const url = `/internal/data-lake-queries/${id}/results.csv`;
  const leaving = await admin.fetch(url);
  await leaving.body?.cancel();
  const { body } = await admin.fetch(url);
  const reader = body?.getReader();
  await reader?.read();
  for (const name of await readdir(join(instance.dataDirectory, 'results'))) {
    if (name.startsWith(id)) await rm(join(instance.dataDirectory, 'results', name));
  }
  await assert.rejects(async () => {
    while ((await reader?.read())?.done === false);
  });
  assert.equal((await admin.fetch(url)).status, 409);
  assert.deepEqual(await ask(admin, 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('one caller may have five queries running, and others are not held up', async () => {
  const token = await instance.tokenWith([permission]);
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await startQuery(token, endless));
  await assertRefused(
    token,
    operations.execute,
    { input: { sql: 'SELECT 1' } },
    {
      code: 'RATE_LIMITED',
      message: 'You have 5 queries running; wait for one to end, or cancel one',
    },
  );
  for (const id of ids) await token.ask(operations.cancel, { input: { id } });
  for (const id of ids) assert.equal((await endOfQuery(token, id)).status, 'cancelled');
  assert.deepEqual(await ask(token, 'SELECT 1 AS one'), [{ one: 1 }]);
});

test('the records that a query found come with proofs that the program verifies, and none of other rows', async () => {
  const analyst = await instance.userWith([permission]);
  await instance.instance.settled();
  const found = await endOfQuery(
    analyst,
    await startQuery(
      analyst,
      `SELECT p_ledger_index, actionName FROM ${audit} WHERE actionName LIKE 'CREATE%' ORDER BY p_event_time DESC LIMIT 3`,
    ),
  );
  const other = await endOfQuery(analyst, await startQuery(analyst, 'SELECT 1 AS one'));
  const url = (id: string) => `/internal/data-lake-queries/${id}/proofs.ndjson`;
  const file = join(instance.dataDirectory, 'proofs.ndjson');
  const records = await recordsOf(instance, async () => {
    await writeFile(file, await (await analyst.fetch(url(found.id))).text());
    const refused = await analyst.fetch(url(other.id));
    assert.equal(refused.status, 400);
  });
  const of = {
    action: 'DOWNLOAD_DATA_LAKE_QUERY',
    description: 'Downloads the audit records among the results of a data lake query with their proofs',
    actor: await actorOf(analyst),
  } as const;
  const message =
    'Proofs are given for rows of the audit log: the query must select its column p_ledger_index';
  assert.deepEqual(records, [
    expectedRecord({ ...of, dynamic: { id: found.id }, details: { format: 'proofs', recordCount: 3 } }),
    expectedRecord({ ...of, dynamic: { id: other.id }, errors: [message] }),
  ]);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const names = lines.map((line) => JSON.parse(JSON.parse(line).entry).record.actionName);
  assert.deepEqual(
    names,
    found.rows.map(({ actionName }) => actionName),
  );

  const key = await (await fetch(`${instance.address}/ledger/vkey`)).text();
  await writeFile(`${file}.vkey`, key);
  const verify = async () => {
    const program = fileURLToPath(import.meta.resolve('../../../cli/src/main.ts'));
    const args = [program, 'verify', 'records', file, '--key', `${file}.vkey`];
    return promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => stdout,
      ({ stderr }) => stderr,
    );
  };
  assert.match(await verify(), /^OK: 3 entries of pawprint\//);
  await writeFile(file, (await readFile(file, 'utf8')).replace('CREATE_', 'DELETE_'));
  assert.match(await verify(), /^FAILED: .*line 1: /);
});

test('the records of what was done come back from a query, the newest first', async () => {
  await admin.ask('{ users { id } }');
  const records = await instance.records();
  const { timestamp = '' } = records.at(-1) ?? {};
  const rows = await ask(
    admin,
    `SELECT actionName, actor.name FROM ${audit}
     WHERE p_occurs_since('1 day') AND "timestamp" <= '${timestamp}' ORDER BY p_event_time DESC`,
  );
  assert.deepEqual(
    rows,
    records.map(({ actionName, actor }) => ({ actionName, name: actor.name ?? null })).toReversed(),
  );
});

test('the views show what the caller may read', async () => {
  await instance.instance.settled();
  const [row] = await ask(
    admin,
    `SELECT p_table, event.actionName AS action FROM panther_views.public.all_logs
     WHERE event.actionName = 'ENABLE_AUDIT_LOGS' OR event.actionName = 'CREATE_LOG_SOURCE'`,
  );
  assert.deepEqual(row, { p_table: 'panther_logs.panther_audit', action: 'CREATE_LOG_SOURCE' });
});

test('nested fields are reached by SQL as in the record', async () => {
  const email = 'nested@example.com';
  await admin.ask(
    'mutation ($email: Email!) { inviteUser(input: { email: $email, role: { kind: NAME, value: "Analyst" } }) { user { id } } }',
    { email },
  );
  await instance.instance.settled();
  const rows = await ask(
    admin,
    `SELECT actor.attributes.roleName AS role, actionParams.dynamic.input.email AS email,
       actionParams.static.input.role.value AS given, actionDetails.after.roleName AS made, p_any_emails AS emails
     FROM ${audit} WHERE actionName = 'CREATE_USER' AND actionParams.dynamic.input.email = '${email}'`,
  );
  assert.deepEqual(rows, [
    { role: 'Admin', email, given: 'Analyst', made: 'Analyst', emails: ['admin@example.com'] },
  ]);
});

for (const [what, sql] of [
  ['writes', `INSERT INTO ${audit} SELECT * FROM ${audit}`],
  ['makes a table', 'CREATE TABLE mine AS SELECT 1'],
  ['reads a file', "SELECT * FROM read_text('/etc/passwd')"],
  ['writes a file', "COPY (SELECT 1) TO '/tmp/out.csv'"],
  ['changes settings', 'SET enable_external_access = true'],
  ['opens another database', "ATTACH 'pawprint.db' AS state"],
  ['reads what is no table of the lake', 'SELECT * FROM duckdb_settings()'],
  ['is two statements', 'SELECT 1; SELECT 2'],
  ['is no SQL', 'SELEKT 1'],
] as const) {
  test(`SQL that ${what} fails with a message`, async () => {
    const { status, message, rows } = await endOfQuery(admin, await startQuery(admin, sql));
    assert.deepEqual([status, rows], ['failed', []]);
    assert.notEqual(message, '');
    assert.doesNotMatch(message, /node:|at file:|\.ts:/);
  });
}

test('a query that would never end is cancelled; one that has ended stays as it is', async () => {
  const id = await startQuery(admin, endless);
  assert.deepEqual(await admin.ask(operations.get, { id }), { dataLakeQuery: { id, status: 'running' } });
  await admin.ask(operations.cancel, { input: { id } });
  assert.equal((await endOfQuery(admin, id)).status, 'cancelled');
  const done = await startQuery(admin, 'SELECT 7 AS seven');
  await endOfQuery(admin, done);
  await admin.ask(operations.cancel, { input: { id: done } });
  const after = await endOfQuery(admin, done);
  assert.deepEqual([after.status, after.rows], ['succeeded', [{ seven: 7 }]]);
});

test('the history of queries is narrowed by text and status, and paged, the newest first', async () => {
  const made: string[] = [];
  for (const n of [1, 2, 3]) {
    const id = await startQuery(admin, `SELECT ${n} AS Walnut`);
    await endOfQuery(admin, id);
    made.unshift(id);
  }
  await endOfQuery(admin, await startQuery(admin, 'SELECT walnut FROM nowhere'));
  const page = async (input: Record<string, unknown>) =>
    (await admin.ask<Queries>(operations.list, { input: { contains: 'WALNUT', ...input } })).dataLakeQueries;
  const succeeded = { status: ['succeeded'] };
  const first = await page({ ...succeeded, pageSize: 2 });
  const second = await page({ ...succeeded, pageSize: 2, cursor: first.pageInfo.endCursor });
  assert.deepEqual(
    [...first.edges, ...second.edges].map(({ node }) => node.id),
    made,
  );
  assert.deepEqual(
    [first, second].map(({ pageInfo }) => [pageInfo.hasPreviousPage, pageInfo.hasNextPage]),
    [
      [false, true],
      [true, false],
    ],
  );
  const failed = await page({ status: ['failed'] });
  assert.deepEqual(
    failed.edges.map(({ node }) => node.sql),
    ['SELECT walnut FROM nowhere'],
  );
});

for (const access of [
  { logTypeAccessKind: 'DENY', logTypeAccess: ['Panther.Audit'] },
  { logTypeAccessKind: 'ALLOW', logTypeAccess: ['AWS.CloudTrail'] },
  { logTypeAccessKind: 'DENY_ALL' },
]) {
  test(`a role with log types ${access.logTypeAccessKind} ${access.logTypeAccess ?? ''} sees nothing of the audit log`, async () => {
    const user = await instance.userWith([permission, 'GeneralSettingsRead', 'LogSourceRead'], access);
    assert.deepEqual(await user.ask(operations.database, { name: 'panther_logs' }), {
      dataLakeDatabase: { name: 'panther_logs', tables: [] },
    });
    await assertRefused(
      user,
      operations.table,
      { input: { databaseName: 'panther_logs', tableName: 'panther_audit' } },
      {
        code: 'NOT_FOUND',
        field: 'input.tableName',
        message: 'There is no table panther_audit, or you may not read it',
      },
    );
    const own = await endOfQuery(user, await startQuery(user, `SELECT * FROM ${audit}`));
    assert.deepEqual(
      [own.status, own.message],
      ['failed', `table ${audit} does not exist or you may not read it`],
    );

    // What others found may be what they may not see.
    const id = await startQuery(admin, `SELECT actionName FROM ${audit}`);
    await endOfQuery(admin, id);
    await assertRefused(
      user,
      operations.get,
      { id },
      {
        code: 'NOT_FOUND',
        field: 'id',
        message: `There is no query ${id}`,
      },
    );
    await assertRefused(
      user,
      operations.cancel,
      { input: { id } },
      {
        code: 'NOT_FOUND',
        field: 'input.id',
        message: `There is no query ${id}`,
      },
    );
    assert.equal((await user.fetch(`/internal/data-lake-queries/${id}/stream`)).status, 404);
    const { dataLakeQueries } = await user.ask<Queries>(operations.list);
    assert.deepEqual(
      dataLakeQueries.edges.map(({ node }) => node.id),
      [own.id],
    );

    const forbidden = { code: 'FORBIDDEN', message: 'Your role may not see the log type Panther.Audit' };
    await assertRefused(user, '{ auditLogs { edges { node { index } } } }', {}, forbidden);
    await assertRefused(user, '{ auditLog(index: 0) { index } }', {}, forbidden);
    assert.equal((await user.fetch('/internal/audit-log/stream')).status, 403);

    // Nor what was made of it.
    const made = ['rule_matches', 'rule_errors', 'signals'].map((kind) => `panther_${kind}.panther_audit`);
    for (const table of [...made, 'panther_monitor.data_audit', 'panther_monitor.system_errors']) {
      const { message } = await endOfQuery(user, await startQuery(user, `FROM ${table}`));
      assert.equal(message, `table ${table} does not exist or you may not read it`);
    }
    assert.deepEqual(await ask(user, 'FROM panther_views.all_databases'), []);
  });
}

test('a token queries the lake, and the history says so', async () => {
  const token = await instance.tokenWith([permission]);
  const id = await startQuery(token, `SELECT count(*) > 0 AS found FROM ${audit}`);
  assert.deepEqual((await endOfQuery(token, id)).rows, [{ found: true }]);
  const { issuedBy } = (
    await token.ask<{ dataLakeQuery: { issuedBy: unknown } }>(
      'query ($id: ID!) { dataLakeQuery(id: $id) { issuedBy { ... on APIToken { id } } } }',
      { id },
    )
  ).dataLakeQuery;
  assert.deepEqual(issuedBy, { id: token.id });
});

test('the limits of a role hold for its queries, and whoever meets one is told which, and who can change it', async () => {
  const role = (queryLimits: Record<string, number>) => instance.userWith([permission], { queryLimits });
  const roleName = async (client: Client) => (await actorOf(client)).attributes?.roleName;
  const failure = async (client: Client, sql: string) => {
    const { status, message } = await endOfQuery(client, await startQuery(client, sql));
    assert.equal(status, 'failed');
    return message;
  };
  const rows = (count: number) => `SELECT i FROM range(${count}) AS r(i)`;
  for (const [queryLimits, sql, message] of [
    [{ timeSeconds: 1 }, endless, 'the query timed out after 1 s'],
    [
      { memoryMb: 32 },
      `SELECT list(i::VARCHAR || md5(i::VARCHAR)) FROM range(3000000) AS r(i)`,
      'the query needs more than its 32 MB of memory',
    ],
    [{ resultRows: 9 }, rows(10), 'the result has more than 9 rows; narrow the query or add a LIMIT'],
    [
      { resultBytes: 1_000 },
      rows(1_000),
      'the result has more than 1000 bytes; narrow the query or add a LIMIT',
    ],
  ] as const) {
    const user = await role(queryLimits);
    const origin = `This is a limit of the role ${await roleName(user)}; who has the permission UserModify can change it`;
    assert.equal(await failure(user, sql), `${message}. ${origin}`);
    assert.deepEqual(await ask(user, 'SELECT 1 AS one'), [{ one: 1 }]);
  }

  const oneAtOnce = await role({ concurrentQueries: 1 });
  const running = await startQuery(oneAtOnce, endless);
  await assertRefused(
    oneAtOnce,
    operations.execute,
    { input: { sql: 'SELECT 1' } },
    {
      code: 'RATE_LIMITED',
      message: `You may have at most 1 running at once; wait for a query to end, or cancel one. This is a limit of the role ${await roleName(oneAtOnce)}; who has the permission UserModify can change it`,
    },
  );
  await oneAtOnce.ask(operations.cancel, { input: { id: running } });
});

test('a token has limits of its own, and a change of limits holds at once', async () => {
  const token = await instance.tokenWith([permission], { queryLimits: { resultRows: 5 } });
  const sql = 'SELECT i FROM range(6) AS r(i)';
  const { message } = await endOfQuery(token, await startQuery(token, sql));
  assert.equal(
    message,
    'the result has more than 5 rows; narrow the query or add a LIMIT. This is a limit of the API token; who has the permission OrganizationAPITokenModify can change it',
  );
  await admin.ask(
    'mutation ($id: ID!) { updateAPIToken(input: { id: $id, queryLimits: { resultRows: 6 } }) { token { id } } }',
    { id: token.id },
  );
  assert.equal((await ask(token, sql)).length, 6);
});
