import assert from 'node:assert/strict';
import { glob, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startTestInstance, type TestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { ask, endOfQuery, startQuery } from '../lake-query.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

const audit = 'panther_logs.panther_audit';
const rebuild = `mutation ($input: RebuildDataLakeTableInput!) {
  rebuildDataLakeTable(input: $input) { rows isRestored } }`;
const auditTable = { input: { databaseName: 'panther_logs', tableName: 'panther_audit' } };
const description = 'Makes a table of the data lake whole again that has damaged files';

testActions(instance, [
  {
    operation: rebuild,
    action: 'REBUILD_DATA_LAKE_TABLE',
    description,
    permission: 'GeneralSettingsModify',
    given: () => auditTable,
    details: () => ({ table: audit, damagedFiles: [], rowsRestored: 0 }),
    refusals: [
      {
        variables: { input: { databaseName: 'elsewhere', tableName: 'panther_audit' } },
        code: 'NOT_FOUND',
        field: 'input.databaseName',
        message: 'There is no database elsewhere',
      },
      {
        variables: { input: { databaseName: 'panther_logs', tableName: 'users' } },
        code: 'NOT_FOUND',
        field: 'input.tableName',
        message: 'There is no table users, or you may not read it',
      },
      {
        variables: { input: { databaseName: 'panther_views', tableName: 'all_logs' } },
        code: 'CONFLICT',
        field: 'input.tableName',
        message: 'all_logs is a view: it has no files of its own',
      },
    ],
  },
]);

interface Damage {
  readonly path: string;
  readonly rows: number;
  readonly damage: string;
}

async function damagedFiles({ admin }: TestInstance): Promise<readonly Damage[]> {
  const { dataLakeDatabaseTable } = await admin.ask<{
    dataLakeDatabaseTable: { damagedFiles: readonly Damage[] };
  }>(
    `query ($input: DataLakeDatabaseTableInput!) {
       dataLakeDatabaseTable(input: $input) { damagedFiles { path rows damage } rebuildProgress } }`,
    auditTable,
  );
  return dataLakeDatabaseTable.damagedFiles;
}

async function warnings({ admin }: TestInstance, id: string): Promise<readonly string[]> {
  const { dataLakeQuery } = await admin.ask<{
    dataLakeQuery: { results: { warnings: readonly string[] } };
  }>('query ($id: ID!) { dataLakeQuery(id: $id) { results { warnings } } }', { id });
  return dataLakeQuery.results.warnings;
}

test('a lost file is named, left out with a warning, and its rows come back on command', async () => {
  await instance.instance.settled();
  const all = await ask(
    admin,
    `SELECT p_row_id, to_json(t) AS row FROM ${audit} AS t ORDER BY p_ledger_index`,
  );
  const lake = join(instance.dataDirectory, 'lake');
  for await (const file of glob('panther_logs/**/*.parquet', { cwd: lake })) await rm(join(lake, file));

  const failed = await endOfQuery(admin, await startQuery(admin, `FROM ${audit}`));
  assert.equal(failed.status, 'failed');
  const [, path] =
    /^the data file (panther_logs\/panther_audit\/\S+\.parquet) is missing or damaged$/.exec(
      failed.message,
    ) ?? [];
  assert.ok(path, failed.message);
  const [damaged] = await damagedFiles(instance);
  assert.deepEqual([damaged?.path, damaged?.damage], [path, 'missing']);

  // Each query meets the next lost file, until those are left that are sound or yet to be loaded.
  let answered = failed;
  while (answered.status === 'failed') {
    answered = await endOfQuery(admin, await startQuery(admin, `SELECT count(*) AS n FROM ${audit}`));
  }
  const lost = await damagedFiles(instance);
  assert.deepEqual(
    new Set(await warnings(instance, answered.id)),
    new Set(
      lost.map(({ path, rows }) => `${rows} rows of ${audit} are left out: the data file ${path} is missing`),
    ),
  );
  // The audit log's own search misses none of them.
  const { auditLogs } = await admin.ask<{ auditLogs: { edges: unknown[] } }>(
    '{ auditLogs(input: { text: "CREATE_LOG_SOURCE" }) { edges { node { index } } } }',
  );
  assert.equal(auditLogs.edges.length > 0, true);
  await instance.instance.systemErrors.settled();
  const { systemErrors } = await admin.ask<{ systemErrors: { kind: string; message: string }[] }>(
    '{ systemErrors { kind message } }',
  );
  assert.deepEqual(
    systemErrors.map(({ kind, message }) => [kind, message]),
    [
      [
        'lake_files',
        `${damaged?.rows} rows of the data lake's table ${audit} are left out: ${path} is missing`,
      ],
    ],
  );
  const records = await recordsOf(instance, async () => {
    const { rebuildDataLakeTable } = await admin.ask<{ rebuildDataLakeTable: unknown }>(rebuild, auditTable);
    const rows = lost.reduce((sum, file) => sum + file.rows, 0);
    assert.deepEqual(rebuildDataLakeTable, { rows, isRestored: true });
  });
  assert.deepEqual(
    records.filter(({ actionName }) => actionName === 'REBUILD_DATA_LAKE_TABLE'),
    [
      expectedRecord({
        action: 'REBUILD_DATA_LAKE_TABLE',
        description,
        dynamic: auditTable,
        actor: await actorOf(admin),
        details: {
          table: audit,
          damagedFiles: lost,
          rowsRestored: lost.reduce((sum, file) => sum + file.rows, 0),
        },
      }),
    ],
  );
  await instance.instance.settled();
  assert.deepEqual(await damagedFiles(instance), []);
  const restored = await endOfQuery(
    admin,
    await startQuery(
      admin,
      `SELECT p_row_id, to_json(t) AS row FROM ${audit} AS t ORDER BY p_ledger_index LIMIT ${all.length}`,
    ),
  );
  const comparable = (rows: typeof all) =>
    rows.map(({ p_row_id, row }) => ({ p_row_id, row: { ...(row as object), p_parse_time: null } }));
  assert.deepEqual(comparable(restored.rows), comparable(all));
  assert.deepEqual(await warnings(instance, restored.id), []);
});
