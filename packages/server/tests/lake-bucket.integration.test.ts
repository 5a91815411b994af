import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { glob, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { openS3Store, type S3Location } from '@pawprint/ledger';
import { type Client, startTestInstance, type TestInstance } from '@pawprint/testing';
import { ask, endOfQuery, startQuery } from './lake-query.ts';

const { TEST_S3_ENDPOINT: endpoint, TEST_S3_BUCKET: bucket = '' } = process.env;
const { TEST_S3_ACCESS_KEY_ID: accessKeyId = '', TEST_S3_SECRET_ACCESS_KEY: secretAccessKey = '' } =
  process.env;
const skip = endpoint === undefined ? 'TEST_S3_ENDPOINT is not set' : false;

function newLocation(): S3Location {
  const credentials = { accessKeyId, secretAccessKey };
  return { bucket, prefix: `lake-${randomUUID()}`, endpoint, region: 'us-east-1', credentials };
}

/** Acts, and is deleted. */
async function formerUser(instance: TestInstance): Promise<{ id: string; email: string }> {
  const person = await instance.userWith(['UserRead']);
  await person.ask('{ users { id } }');
  await instance.admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', {
    id: person.id,
  });
  return person;
}

const erase = (admin: Client, id: string) =>
  admin.ask('mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }', {
    input: { subject: { kind: 'USER', id } },
  });

async function filesIn(directory: string): Promise<readonly string[]> {
  return (await Array.fromAsync(glob('panther_*/**/*.parquet', { cwd: directory }))).toSorted();
}

/** Its size and its end, where Parquet says what is where, stay as they were. */
async function overwriteData(path: string): Promise<void> {
  const bytes = await readFile(path);
  const endBytes = bytes.readUInt32LE(bytes.length - 8) + 8;
  await writeFile(path, bytes.fill(0xff, 4, bytes.length - endBytes));
}

interface Found {
  readonly kind: string;
  readonly resolvedAt: string | null;
}

async function openErrors({ instance, admin }: TestInstance): Promise<readonly string[]> {
  await instance.systemErrors.settled();
  const { systemErrors } = await admin.ask<{ systemErrors: readonly Found[] }>(
    '{ systemErrors { kind resolvedAt } }',
  );
  return systemErrors.filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
}

suite('an instance with its lake in a bucket', { skip }, () => {
  test('has its rows back from there after it lost its directory, without who was erased', async () => {
    const lakeBucket = newLocation();
    const sql =
      'SELECT p_row_id, actor, p_any_emails FROM panther_logs.public.panther_audit ORDER BY p_ledger_index';
    await using first = await startTestInstance({ lakeBucket });
    const { admin, dataDirectory } = first;
    await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
    const erased = await formerUser(first);
    const kept = await formerUser(first);
    await first.instance.settled();
    await erase(admin, erased.id);
    await first.instance.settled();
    await first.stop();

    const lake = join(dataDirectory, 'lake');
    const files = await filesIn(lake);
    const objects = await openS3Store(lakeBucket, 'NONE');
    const stored = (await Array.fromAsync(objects.list('panther_'))).filter((key) =>
      key.endsWith('.parquet'),
    );
    assert.ok(stored.length > 0);
    assert.deepEqual(stored.toSorted(), files);
    await rm(lake, { recursive: true });
    await using second = await startTestInstance({ dataDirectory, lakeBucket });
    const fetched = new Set(await filesIn(lake));
    assert.deepEqual(
      files.filter((file) => !fetched.has(file)),
      [],
    );
    assert.deepEqual(await openErrors(second), []);
    await second.instance.settled();
    const rows = JSON.stringify(await ask(second.admin, sql));
    assert.ok(rows.includes(kept.email));
    assert.ok(!rows.includes(erased.email));
  });

  test('has the rows of a damaged file back from there when its table is rebuilt', async () => {
    const lakeBucket = newLocation();
    await using first = await startTestInstance({ lakeBucket });
    const { dataDirectory } = first;
    first.instance.systemErrors.note({ kind: 'clock' }, 'The clock went back by 3 s');
    await first.instance.systemErrors.settled();
    await first.instance.settled();
    await first.stop();
    const lake = join(dataDirectory, 'lake');
    const [file = assert.fail()] = (await filesIn(lake)).filter((path) => path.includes('system_errors'));
    await overwriteData(join(lake, file));

    await using second = await startTestInstance({ dataDirectory, lakeBucket });
    const { admin } = second;
    const sql = 'SELECT message FROM panther_monitor.public.system_errors';
    const { message } = await endOfQuery(admin, await startQuery(admin, sql));
    assert.equal(message, `the data file ${file} is missing or damaged`);
    const records = await second.recordsOf(() =>
      admin.ask(
        'mutation ($input: RebuildDataLakeTableInput!) { rebuildDataLakeTable(input: $input) { rows isRestored } }',
        { input: { databaseName: 'panther_monitor', tableName: 'system_errors' } },
      ),
    );
    const [rebuilt] = records.filter(({ actionName }) => actionName === 'REBUILD_DATA_LAKE_TABLE');
    assert.deepEqual(rebuilt?.actionDetails, {
      table: 'panther_monitor.system_errors',
      damagedFiles: [{ path: file, rows: 1, damage: 'damaged' }],
      rowsSoughtInBucket: 1,
    });
    await second.instance.settled();
    const rows = await ask(admin, `${sql} WHERE kind = 'clock'`);
    assert.deepEqual(rows, [{ message: 'The clock went back by 3 s' }]);
    assert.deepEqual(await openErrors(second), []);
  });

  test('starts, records and answers while the bucket does not answer, and says so', async () => {
    const lakeBucket = { ...newLocation(), endpoint: 'http://127.0.0.1:9' };
    await using first = await startTestInstance({ lakeBucket });
    await first.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
    await first.instance.settled();
    assert.ok((await ask(first.admin, 'SELECT 1 AS one FROM panther_logs.public.panther_audit')).length > 0);
    await first.stop();
    await rm(join(first.dataDirectory, 'lake'), { recursive: true });
    await using second = await startTestInstance({ dataDirectory: first.dataDirectory, lakeBucket });
    await second.instance.settled();
    assert.ok((await ask(second.admin, 'SELECT 1 AS one FROM panther_logs.public.panther_audit')).length > 0);
    assert.deepEqual(await openErrors(second), ['lake_store']);
  });
});
