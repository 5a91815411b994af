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

const badDays = (days: unknown) => ({
  variables: { input: { days } },
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
