import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const holdFields = 'id from to reason createdAt createdBy releasedAt releasedBy';
const operations = {
  settings: '{ retentionSettings { days firstIndex firstRecordAt recordCount ledgerBytes recordsToLock } }',
  update: `mutation ($input: UpdateRetentionSettingsInput!) {
    updateRetentionSettings(input: $input) { retentionSettings { days } }
  }`,
  lake: '{ dataLakeRetentionSettings { databaseName tableName days daysInForce daysMax } }',
  updateLake: `mutation ($input: UpdateDataLakeRetentionSettingsInput!) {
    updateDataLakeRetentionSettings(input: $input) { tableRetention { days daysInForce daysMax removedBefore } }
  }`,
  holds: `{ legalHolds { ${holdFields} } }`,
  create: `mutation ($input: CreateLegalHoldInput!) { createLegalHold(input: $input) { legalHold { ${holdFields} } } }`,
  release: `mutation ($input: ReleaseLegalHoldInput!) { releaseLegalHold(input: $input) { legalHold { ${holdFields} } } }`,
};

interface LegalHold {
  readonly id: string;
  readonly from: number;
  readonly to: number | null;
  readonly reason: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly releasedAt: string | null;
  readonly releasedBy: string | null;
}

async function createHold(input: Record<string, unknown>): Promise<LegalHold> {
  const { createLegalHold } = await admin.ask<{ createLegalHold: { legalHold: LegalHold } }>(
    operations.create,
    {
      input,
    },
  );
  return createLegalHold.legalHold;
}

const matches = { databaseName: 'panther_rule_matches', tableName: 'panther_audit' };

const badDays = (days: unknown, table = {}) => ({
  variables: { input: { ...table, days } },
  field: 'input.days',
  message: 'input.days: must be a whole number of days from 1 to 36500',
});

testActions(instance, [
  {
    operation: operations.settings,
    action: 'GET_RETENTION_SETTINGS',
    description: 'Fetches how long records are kept',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: operations.update,
    action: 'UPDATE_RETENTION_SETTINGS',
    description: 'Changes how long records are kept',
    permission: 'GeneralSettingsModify',
    given: () => ({ input: { days: 3_653 } }),
    details: ({ updateRetentionSettings: { retentionSettings } }) => {
      assert.deepEqual(retentionSettings, { days: 3_653 });
      return { before: { days: 1_826 }, after: { days: 3_653 } };
    },
    refusals: [badDays(0), badDays(-1), badDays(36_501)],
  },
  {
    operation: operations.lake,
    action: 'GET_DATA_LAKE_RETENTION_SETTINGS',
    description: 'Fetches how long rows of the data lake are kept, table by table',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: operations.updateLake,
    action: 'UPDATE_DATA_LAKE_RETENTION_SETTINGS',
    description: 'Changes how long rows of a table of the data lake are kept',
    permission: 'GeneralSettingsModify',
    given: () => ({ input: { ...matches, days: 400 } }),
    details: ({ updateDataLakeRetentionSettings: { tableRetention } }) => {
      assert.deepEqual(tableRetention, {
        ...{ days: 400, daysInForce: 400, daysMax: 3_653, removedBefore: null },
      });
      return {
        table: 'panther_rule_matches.panther_audit',
        before: { days: null, daysInForce: 3_653 },
        after: { days: 400, daysInForce: 400 },
      };
    },
    refusals: [
      badDays(0, matches),
      badDays(36_501, { databaseName: 'panther_monitor', tableName: 'data_audit' }),
      {
        variables: { input: { ...matches, days: 3_654 } },
        field: 'input.days',
        message: 'input.days: must not be more than the 3653 days that the ledger keeps its records',
      },
      {
        variables: { input: { databaseName: 'panther_logs', tableName: 'users', days: 5 } },
        code: 'NOT_FOUND',
        field: 'input.tableName',
        message: 'There is no table users, or you may not read it',
      },
      {
        variables: { input: { databaseName: 'panther_views', tableName: 'all_logs', days: 5 } },
        code: 'CONFLICT',
        field: 'input.tableName',
        message: 'all_logs is a view: it has no files of its own',
      },
    ],
  },
  {
    operation: operations.holds,
    action: 'LIST_LEGAL_HOLDS',
    description: 'Lists the legal holds, those in force first',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: operations.create,
    action: 'CREATE_LEGAL_HOLD',
    description: 'Keeps a range of records beyond their time',
    permission: 'GeneralSettingsModify',
    given: () => ({ input: { from: 0, to: 1_000_000, reason: 'Case 5' } }),
    details: ({ createLegalHold: { legalHold } }) => {
      const { id, createdAt, createdBy, ...rest } = legalHold;
      assert.match(createdBy, /^USER:./);
      assert.ok(Date.parse(createdAt) <= Date.now());
      const range = { from: 0, to: 1_000_000, reason: 'Case 5' };
      assert.deepEqual(rest, { ...range, releasedAt: null, releasedBy: null });
      return { after: { id, ...range } };
    },
    refusals: [
      {
        variables: { input: { from: -1, reason: 'x' } },
        field: 'input.from',
        message: 'input.from: must not be negative',
      },
      {
        variables: { input: { from: 5, to: 4, reason: 'x' } },
        field: 'input.to',
        message: 'input.to: must not be before input.from',
      },
      {
        variables: { input: { from: 5, reason: ' ' } },
        field: 'input.reason',
        message: 'input.reason: must not be empty',
      },
    ],
  },
  {
    operation: operations.release,
    action: 'RELEASE_LEGAL_HOLD',
    description: 'Lets a range of records go when its time is over',
    permission: 'GeneralSettingsModify',
    given: async () => ({ input: { id: (await createHold({ from: 7, reason: 'Case 6' })).id } }),
    details: ({ releaseLegalHold: { legalHold } }) => {
      assert.match(legalHold.releasedBy, /^USER:./);
      assert.ok(legalHold.releasedAt >= legalHold.createdAt);
      return { before: { id: legalHold.id, from: 7, to: null, reason: 'Case 6' } };
    },
    refusals: [
      {
        variables: { input: { id: 'gone' } },
        code: 'NOT_FOUND',
        field: 'input.id',
        message: 'There is no legal hold gone in force',
      },
    ],
  },
]);

test('a hold is released once, and is still listed, behind those in force', async () => {
  const [first, second] = [
    await createHold({ from: 1, to: 1, reason: 'one' }),
    await createHold({ from: 2, reason: 'two' }),
  ];
  await admin.ask(operations.release, { input: { id: second.id } });
  const { errors } = await admin.graphql(operations.release, { input: { id: second.id } });
  assert.equal(errors[0]?.message, `There is no legal hold ${second.id} in force`);
  const { legalHolds } = await admin.ask<{ legalHolds: readonly LegalHold[] }>(operations.holds);
  const ids = legalHolds.map(({ id }) => id);
  assert.ok(ids.indexOf(first.id) < ids.indexOf(second.id));
  assert.ok(legalHolds.find(({ id }) => id === second.id)?.releasedAt);
});

test('the settings tell what is kept', async () => {
  const { retentionSettings } = await admin.ask<{ retentionSettings: Record<string, unknown> }>(
    operations.settings,
  );
  const { firstRecordAt, recordCount, ledgerBytes, ...rest } = retentionSettings;
  assert.deepEqual(rest, { days: 3_653, firstIndex: 0, recordsToLock: null });
  assert.ok(Math.abs(Date.parse(String(firstRecordAt)) - Date.now()) < 600_000);
  assert.ok(Number(recordCount) > 0);
  assert.ok(Number(ledgerBytes) > 0);
});

test('a table of the lake goes with the ledger where its own time would be longer, and back to the default', async () => {
  const inForce = async () => {
    const { dataLakeRetentionSettings } = await admin.ask<{
      dataLakeRetentionSettings: {
        databaseName: string;
        tableName: string;
        days: number;
        daysInForce: number;
      }[];
    }>(operations.lake);
    const [found] = dataLakeRetentionSettings.filter(
      ({ databaseName }) => databaseName === matches.databaseName,
    );
    return [found?.days, found?.daysInForce];
  };
  const setLedger = (days: number) => admin.ask(operations.update, { input: { days } });
  assert.deepEqual(await inForce(), [400, 400]);
  await setLedger(100);
  assert.deepEqual(await inForce(), [400, 100]);
  await setLedger(3_653);
  await admin.ask(operations.updateLake, { input: matches });
  assert.deepEqual(await inForce(), [null, 3_653]);
});
