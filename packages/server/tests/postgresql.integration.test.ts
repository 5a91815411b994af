import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { administrator, type Client, sessionClient, startTestInstance } from '@pawprint/testing';
import pg from 'pg';
import { assertRefused } from './action-cases.ts';
import { concurrencyConformance } from './concurrency.conformance.ts';
import { timeless } from './expected-record.ts';
import { ask } from './lake-query.ts';
import { testRetention } from './retention.conformance.ts';

const server = process.env.TEST_DATABASE_URL;
assert(server, 'TEST_DATABASE_URL names a PostgreSQL server on which databases can be created');

let databases = 0;

/** A new, empty database on the test server. */
async function createDatabase(): Promise<string> {
  databases += 1;
  const name = `instance_${process.pid}_${databases}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(server ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

interface Walk {
  readonly records: readonly AuditRecord[];
  /** What the history finds, and what the lake answers. */
  readonly found: unknown;
}

/** A day in the life of an instance, its ids and times replaced. */
async function walk(databaseUrl?: string): Promise<Walk> {
  const options = databaseUrl === undefined ? {} : { databaseUrl };
  await using first = await startTestInstance(options);
  const { admin } = first;
  const guest = await invite(admin, 'ada@example.com', 'Analyst');
  const gone = await invite(admin, 'gone@example.com', 'Analyst');
  const analyst = await accept(
    first.address,
    (await invite(admin, 'grace@example.com', 'AnalystReadOnly')).link,
  );
  await admin.ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { id } }', { id: gone.id });
  await admin.ask(
    'mutation ($ids: [ID!]!) { deleteUsers(input: { ids: $ids }) { ids errors { message } } }',
    {
      ids: [guest.id, gone.id],
    },
  );
  const refusals: readonly [
    client: Client,
    operation: string,
    expected: Parameters<typeof assertRefused>[3],
  ][] = [
    [
      analyst,
      'mutation { enableAuditLogs { source { integrationId } } }',
      { code: 'FORBIDDEN', message: 'This needs the permission GeneralSettingsModify' },
    ],
    [
      admin,
      'mutation { createRole(input: { name: "ANALYST", permissions: [] }) { role { id } } }',
      { code: 'ALREADY_EXISTS', field: 'input.name', message: 'There is already a role named ANALYST' },
    ],
    [
      admin,
      '{ userById(id: "nul \\u0000") { id } }',
      { code: 'INVALID_INPUT', field: 'id', message: 'id: must not contain NUL or broken Unicode' },
    ],
    [
      admin,
      '{ userById(id: "nobody") { id } }',
      { code: 'NOT_FOUND', field: 'id', message: 'There is no user nobody' },
    ],
  ];
  for (const [client, operation, expected] of refusals) await assertRefused(client, operation, {}, expected);
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await admin.ask('mutation { disableAuditLogs { id } }');
  await admin.ask(
    'mutation { updateGeneralSettings(input: { companyName: "Pine" }) { generalSettings { companyName } } }',
  );
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await first.stop();

  await using second = await startTestInstance({ ...options, dataDirectory: first.dataDirectory });
  await second.instance.settled();
  const size = second.instance.ledger.size;
  const history = await second.admin.ask(
    `{
      byName: auditLogs(input: { actorName: "GRACE@example" }) { edges { node { index record } } }
      byPart: auditLogs(input: { actorName: "%" }) { edges { node { index } } }
      failed: auditLogs(input: { actionResult: [FAILED, PARTIALLY_FAILED], sourceIP: "127.0.0.0/8" }) { edges { node { index } } }
      page: auditLogs(input: { pageSize: 3, cursor: "10" }) { edges { node { index } } pageInfo { endCursor hasNextPage } }
      users { email role { name } status }
      generalSettings { companyName auditLogsEnabled }
    }`,
  );
  const rows = await ask(
    second.admin,
    `SELECT actionName, actionResult, actor.name AS actor, errors[1].message AS error
     FROM panther_logs.public.panther_audit WHERE p_ledger_index < ${size} ORDER BY p_ledger_index`,
  );
  const queries = await second.admin.ask(
    '{ dataLakeQueries { edges { node { status issuedBy { ... on User { email } } } } } }',
  );
  const records = (await second.records()).slice(0, size).map(timeless);
  assert.deepEqual([...first.reports, ...second.reports], []);
  return withoutIds({ records, found: { history, rows, queries } });
}

interface Invited {
  readonly id: string;
  readonly link: string;
}

async function invite(admin: Client, email: string, role: string): Promise<Invited> {
  const { inviteUser } = await admin.ask<{ inviteUser: { user: { id: string }; invitationLink: string } }>(
    'mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } invitationLink } }',
    { input: { email, role: { kind: 'NAME', value: role } } },
  );
  return { id: inviteUser.user.id, link: inviteUser.invitationLink };
}

async function accept(address: string, link: string): Promise<Client> {
  const [, token] = link.split('#token=');
  const { password } = administrator;
  const response = await sessionClient(address).post('/internal/invitation', { token, password });
  assert.equal(response.status, 200);
  return sessionClient(address, response.headers.get('set-cookie') ?? '');
}

/** Each id by the order in which it first appears, and no time, so that two walks can be compared. */
function withoutIds(walked: Walk): Walk {
  const ids = new Map<string, string>();
  const text = JSON.stringify(walked)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      const known = ids.get(id) ?? `<id ${ids.size}>`;
      ids.set(id, known);
      return known;
    })
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}/g, '<time>');
  return JSON.parse(text);
}

test('on PostgreSQL an instance leaves the same records, history and lake as on SQLite', async () => {
  const [onSqlite, onPostgresql] = [await walk(), await walk(await createDatabase())];
  assert.deepEqual(onPostgresql, onSqlite);
  const partial = onPostgresql.records.filter(({ actionResult }) => actionResult === 'PARTIALLY_FAILED');
  assert.equal(partial.length, 1);
});

/** An alert from its making to its end, with what is told of it on the way. */
async function alertWalk(databaseUrl?: string): Promise<unknown> {
  await using instance = await startTestInstance(databaseUrl === undefined ? {} : { databaseUrl });
  const { admin } = instance;
  const { systemErrors, alertDeliveries } = instance.instance;
  // On the own machine, where it is refused at once.
  await admin.ask(
    `mutation { createAlertDestination(input: { name: "Hook", webhook: { url: "http://127.0.0.1:9/" }, severities: [] }) {
      destination { id } } }`,
  );
  systemErrors.note({ kind: 'clock' }, 'The Clock went back by 100% of 7_s');
  systemErrors.note({ kind: 'clock' }, 'The clock went back by 8 s');
  await systemErrors.settled();
  await alertDeliveries.settled();
  const all = `type: SYSTEM_ERROR, createdAtAfter: "2000-01-01T00:00:00Z", createdAtBefore: "2100-01-01T00:00:00Z"`;
  const found = await admin.ask<{ one: { edges: readonly { node: { id: string } }[] } }>(
    `{ one: alerts(input: { ${all}, nameContains: "CLOCK WENT BACK BY 100%" }) { edges { node { id title status eventCount
         deliveries { label status attempts message statusCode } } } }
       page: alerts(input: { ${all}, pageSize: 1 }) { edges { node { title } } pageInfo { hasNextPage } }
       nobodys: alerts(input: { ${all}, assigneeIds: [""], eventCountMin: 1, statuses: [OPEN] }) { edges { node { severity } } }
       alertCounts(input: { type: SYSTEM_ERROR }) { status severity count } }`,
  );
  const ids = found.one.edges.map(({ node }) => node.id);
  await admin.ask(
    'mutation ($input: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $input) { alerts { id } } }',
    { input: { ids: [...ids, 'nowhere'], status: 'RESOLVED' } },
  );
  await admin.ask(
    'mutation ($input: CreateAlertCommentInput!) { createAlertComment(input: $input) { comment { id } } }',
    { input: { alertId: ids[0], body: 'Seen' } },
  );
  const { alertDestinations } = await admin.ask<{ alertDestinations: readonly { id: string }[] }>(
    '{ alertDestinations { id name pendingDeliveries failedDeliveries } }',
  );
  await admin.ask(
    'mutation ($input: DeleteAlertDestinationInput!) { deleteAlertDestination(input: $input) { id } }',
    { input: { id: alertDestinations[0]?.id } },
  );
  const end = await admin.ask(
    `query ($id: ID!) { alert(id: $id) { status activities { kind body } deliveries { label status message } } }`,
    { id: ids[0] },
  );
  assert.deepEqual(instance.reports, []);
  return JSON.parse(
    JSON.stringify({ found, alertDestinations, end }).replaceAll(/[0-9a-f-]{32,36}/g, '<id>'),
  );
}

test('on PostgreSQL alerts and their deliveries go as on SQLite', async () => {
  const [onSqlite, onPostgresql] = [await alertWalk(), await alertWalk(await createDatabase())];
  assert.deepEqual(onPostgresql, onSqlite);
  assert.match(JSON.stringify(onPostgresql), /is not on the public internet.*The destination was deleted/s);
});

await concurrencyConformance('PostgreSQL', { databaseUrl: await createDatabase() });

testRetention('PostgreSQL', async () => ({ databaseUrl: await createDatabase() }));
