import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  administrator,
  sessionClient,
  startTestInstance,
  type TestInstance,
  tokenClient,
} from '@pawprint/testing';
import packageJson from '../../package.json' with { type: 'json' };
import { expectedRecord, system, timeless } from '../expected-record.ts';
import { ask, endOfQuery, startQuery } from '../lake-query.ts';

const started = {
  action: 'START_INSTANCE',
  description: 'The instance starts',
  actor: system,
  origin: {},
} as const;
const stopped = {
  action: 'STOP_INSTANCE',
  description: 'The instance stops',
  actor: system,
  origin: {},
} as const;

const version = packageJson.version;

/** Another instance on what an earlier one left behind. */
function restart({ dataDirectory }: TestInstance): Promise<TestInstance> {
  return startTestInstance({ dataDirectory });
}

/** The whole history, page by page, as the console sees it. */
async function history({ admin, instance }: TestInstance): Promise<readonly unknown[]> {
  await instance.settled();
  const { auditLogs } = await admin.ask<{ auditLogs: { edges: readonly { node: unknown }[] } }>(
    '{ auditLogs(input: { pageSize: 1000 }) { edges { node { index id record } } } }',
  );
  return auditLogs.edges.map(({ node }) => node).toReversed();
}

test('the start and the stop of an instance are on record, the first start with what it makes', async () => {
  await using first = await startTestInstance();
  const [start] = await first.records();
  assert(start !== undefined);
  assert.deepEqual(
    timeless(start),
    expectedRecord({
      ...started,
      details: { rolesCreated: ['Admin', 'Analyst', 'AnalystReadOnly'], setUpLinkIssued: true },
    }),
  );
  await first.instance.settled();
  const { size } = first.instance.ledger;
  await first.stop();
  await using second = await restart(first);
  const [stop, again] = await second.records(size);
  assert(stop !== undefined && again !== undefined);
  const lastRun = { stoppedInOrder: true, lastRecordAt: stop.timestamp, version };
  assert.deepEqual(
    [timeless(stop), timeless(again)],
    [expectedRecord(stopped), expectedRecord({ ...started, details: { lastRun } })],
  );
});

test('after a restart everything is still there', async () => {
  await using first = await startTestInstance();
  const user = await first.userWith(['UserRead', 'GeneralSettingsRead', 'LogSourceRead']);
  const token = await first.tokenWith(['UserRead']);
  await first.admin.ask(
    'mutation { updateGeneralSettings(input: { companyName: "Pine" }) { generalSettings { companyName } } }',
  );
  await first.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const read = `{
    users { id email role { id name permissions } status createdAt }
    generalSettings { companyName auditLogsEnabled }
    sources { edges { node { integrationId createdAtTime } } }
  }`;
  const signIn = await user.post('/internal/sign-in', {
    email: user.email,
    password: administrator.password,
  });
  const cookie = signIn.headers.get('set-cookie') ?? '';
  const before = await sessionClient(first.address, cookie).ask(read);
  const records = await first.records();
  await first.stop();

  await using second = await restart(first);
  assert.deepEqual(await sessionClient(second.address, cookie).ask(read), before);
  await tokenClient(second.address, token.value).ask('{ users { id } }');
  assert.deepEqual((await second.records()).slice(0, records.length), records);
});

test('the history comes back from the ledger when its table is emptied', async () => {
  await using first = await startTestInstance();
  await first.userWith(['UserRead']);
  const before = await history(first);
  await first.stop();
  const database = new DatabaseSync(join(first.dataDirectory, 'pawprint.db'));
  database.exec('delete from history');
  database.close();

  await using second = await restart(first);
  assert.deepEqual((await history(second)).slice(0, before.length), before);
});

test('the lake comes back from the ledger when its folder is deleted', async () => {
  await using first = await startTestInstance();
  await first.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await first.instance.settled();
  await first.stop();
  await rm(join(first.dataDirectory, 'lake'), { recursive: true });

  await using second = await restart(first);
  await second.instance.settled();
  const { size } = second.instance.ledger;
  const [row] = await ask(
    second.admin,
    `SELECT count(*) AS total, count(DISTINCT p_row_id) AS rows FROM panther_logs.public.panther_audit WHERE p_ledger_index < ${size}`,
  );
  assert.deepEqual(row, { total: size, rows: size });
  assert.deepEqual(second.reports, [
    "Files of the data lake's table panther_logs.panther_audit are missing: it is built again from the ledger",
  ]);
});

test('a query that runs when the instance stops has failed after the next start', async () => {
  await using first = await startTestInstance();
  const id = await startQuery(
    first.admin,
    'SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE (i * j) % 7 = 3',
  );
  await first.stop();
  assert.deepEqual(first.reports, []);
  await using second = await restart(first);
  const { status, message } = await endOfQuery(second.admin, id);
  assert.deepEqual([status, message], ['failed', 'The instance stopped while the query ran']);
});
