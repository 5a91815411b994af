import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordOf, recordsOf } from '../expected-record.ts';
import { ask } from '../lake-query.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const nothing = 'no-such-source';
const noSource = { code: 'NOT_FOUND', message: `There is no log source ${nothing}` };
const denied = { code: 'FORBIDDEN', message: 'This needs the permission GeneralSettingsModify' };

const sourceFields = 'integrationId integrationLabel integrationType logTypes isEditable isHealthy';
const operations = {
  list: `query ($input: SourcesInput) { sources(input: $input) { edges { node { ${sourceFields} } } } }`,
  delete: 'mutation ($input: DeleteSourceInput!) { deleteSource(input: $input) { id } }',
  enable: `mutation { enableAuditLogs { source { ${sourceFields} createdBy { ... on User { email } } } } }`,
  disable: 'mutation { disableAuditLogs { id } }',
};
const enabling = { action: 'CREATE_LOG_SOURCE', description: 'Adds the audit log as a log source' } as const;
const disabling = {
  action: 'DELETE_LOG_SOURCE',
  description: 'Removes the audit log from the log sources',
} as const;

interface Source {
  readonly integrationId: string;
}

async function enable(): Promise<string> {
  const { enableAuditLogs } = await admin.ask<{ enableAuditLogs: { source: Source } }>(operations.enable);
  return enableAuditLogs.source.integrationId;
}

async function sources(): Promise<readonly Source[]> {
  const { sources } = await admin.ask<{ sources: { edges: readonly { node: Source }[] } }>(operations.list);
  return sources.edges.map(({ node }) => node);
}

/** What records tell of the source. */
function detailsOf(integrationId: string): Record<string, unknown> {
  return { integrationId, integrationLabel: 'panther audit logs', logTypes: ['Panther.Audit'] };
}

let enabledId: string;

testActions(instance, [
  {
    operation: operations.list,
    action: 'LIST_LOG_SOURCES',
    description: 'Lists the log sources',
    permission: 'LogSourceRead',
    given: () => ({ input: { nameContains: 'audit', pageSize: 5 } }),
    refusals: [
      {
        variables: { input: { pageSize: 0 } },
        field: 'input.pageSize',
        message: 'input.pageSize: Too small: expected number to be >=1',
      },
      {
        variables: { input: { cursor: 'next' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
    ],
  },
  {
    operation: 'query ($id: ID!) { source(id: $id) { integrationId } }',
    action: 'GET_LOG_SOURCE',
    description: 'Fetches the log source with an id',
    permission: 'LogSourceRead',
    async given() {
      enabledId = await enable();
      return { id: enabledId };
    },
    refusals: [{ ...noSource, variables: { id: nothing }, field: 'id' }],
  },
  {
    operation: operations.delete,
    action: 'DELETE_LOG_SOURCE',
    description: 'Deletes a log source',
    permission: 'LogSourceModify',
    given: () => ({ input: { id: enabledId } }),
    details: () => ({ before: detailsOf(enabledId) }),
    refusals: [{ ...noSource, variables: { input: { id: nothing } }, field: 'input.id' }],
  },
]);

test('enabling the audit logs is refused and recorded without GeneralSettingsModify, and adds nothing', async () => {
  const user = await instance.userWith(['GeneralSettingsRead', 'LogSourceModify', 'LogSourceRead']);
  const record = await recordOf(instance, () => assertRefused(user, operations.enable, {}, denied));
  assert.deepEqual(
    record,
    expectedRecord({ ...enabling, actor: await actorOf(user), errors: [denied.message] }),
  );
  assert.deepEqual(await sources(), []);
});

test('enabled, the audit log is a source, made with a record; enabling it again is refused', async () => {
  const user = await instance.userWith(['GeneralSettingsModify']);
  const actor = await actorOf(user);
  let source: Record<string, unknown> = {};
  const message = 'The audit logs are enabled already';
  const records = await recordsOf(instance, async () => {
    ({
      enableAuditLogs: { source },
    } = await user.ask<{ enableAuditLogs: { source: Record<string, unknown> } }>(operations.enable));
    await assertRefused(user, operations.enable, {}, { code: 'ALREADY_EXISTS', message });
  });
  const { integrationId, createdBy, ...rest } = source;
  assert.deepEqual(createdBy, { email: user.email });
  assert.deepEqual(rest, {
    integrationLabel: 'panther audit logs',
    integrationType: 'panther-audit',
    logTypes: ['Panther.Audit'],
    isEditable: false,
    isHealthy: true,
  });
  assert.deepEqual(records, [
    expectedRecord({ ...enabling, actor, details: { after: detailsOf(String(integrationId)) } }),
    expectedRecord({ ...enabling, actor, errors: [message] }),
  ]);
  assert.deepEqual(await sources(), [{ integrationId, ...rest }]);
  assert.deepEqual(await admin.ask('{ generalSettings { auditLogsEnabled } }'), {
    generalSettings: { auditLogsEnabled: true },
  });
  await admin.ask(operations.disable);
});

test('disabling leaves no record and takes the source away; refused or in vain, it is recorded', async () => {
  const user = await instance.userWith(['GeneralSettingsRead']);
  await enable();
  const records = await recordsOf(instance, async () => {
    await assertRefused(user, operations.disable, {}, denied);
    await admin.ask(operations.disable);
    await assertRefused(
      admin,
      operations.disable,
      {},
      {
        code: 'CONFLICT',
        message: 'The audit logs are not enabled',
      },
    );
  });
  assert.deepEqual(records, [
    expectedRecord({ ...disabling, actor: await actorOf(user), errors: [denied.message] }),
    expectedRecord({ ...disabling, actor: await actorOf(admin), errors: ['The audit logs are not enabled'] }),
  ]);
  assert.deepEqual(await sources(), []);
});

test('the lake takes all of the history when enabled, nothing while disabled, and what it missed when enabled again, once each', async () => {
  const rows = () =>
    ask(
      admin,
      `SELECT count(*) AS total, count(DISTINCT p_row_id) AS distinct_rows,
         count(*) FILTER (WHERE actionName = 'LIST_USER_ROLES') AS made_meanwhile
       FROM panther_logs.public.panther_audit`,
    );
  const listRoles = () => admin.ask('{ roles { id } }');
  await listRoles();
  const { size } = instance.instance.ledger;
  await enable();
  await instance.instance.settled();
  // Everything so far is there, from the very first record on; the query itself follows.
  const [first] = await rows();
  assert(first !== undefined && Number(first.total) > size);
  assert.equal(first.distinct_rows, first.total);

  await instance.instance.settled();
  await admin.ask(operations.disable);
  await listRoles();
  await listRoles();
  await instance.instance.settled();
  const [paused] = await rows();
  assert.equal(paused?.made_meanwhile, first.made_meanwhile);
  const { auditLogs } = await admin.ask<{ auditLogs: { edges: readonly unknown[] } }>(
    '{ auditLogs(input: { actionName: ["LIST_USER_ROLES"] }) { edges { node { index } } } }',
  );
  assert.equal(auditLogs.edges.length, Number(first.made_meanwhile) + 2);

  await enable();
  await instance.instance.settled();
  const upToDate = instance.instance.ledger.size;
  const [again] = await ask(
    admin,
    `SELECT count(*) AS total, count(DISTINCT p_row_id) AS distinct_rows
     FROM panther_logs.public.panther_audit WHERE p_ledger_index < ${upToDate}`,
  );
  assert.deepEqual(again, { total: upToDate, distinct_rows: upToDate });
});

test('an enabled source says when its last events came', async () => {
  const [source] = await sources();
  const { source: found } = await admin.ask<{ source: Record<string, string | null> }>(
    'query ($id: ID!) { source(id: $id) { createdAtTime lastEventReceivedAtTime lastEventProcessedAtTime } }',
    { id: source?.integrationId },
  );
  assert(found.lastEventReceivedAtTime != null && found.lastEventProcessedAtTime != null);
});
