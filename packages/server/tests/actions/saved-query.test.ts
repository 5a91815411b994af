import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { zipOf } from '../zip-archive.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const permission = 'DataAnalyticsModify';
const fields = '{ query { id name sql nextRunAt schedule { cron rateMinutes timeoutMinutes disabled } } }';
const operations = {
  create: `mutation ($input: CreateSavedQueryInput!) { createSavedQuery(input: $input) ${fields} }`,
  update: `mutation ($input: UpdateSavedQueryInput!) { updateSavedQuery(input: $input) ${fields} }`,
  delete: 'mutation ($input: DeleteSavedQueryInput!) { deleteSavedQuery(input: $input) { id } }',
  deleteByName: `mutation ($input: DeleteSavedQueriesByNameInput!) {
    deleteSavedQueriesByName(input: $input) { names detectionIDs } }`,
  list: `query ($input: SavedQueriesInput) {
    savedQueries(input: $input) { edges { node { id name createdBy { ... on User { email } } } } } }`,
  get: 'query ($id: ID!) { savedQuery(id: $id) { id name } }',
};

interface Saved {
  readonly createSavedQuery: { readonly query: { readonly id: string; readonly name: string } };
}

let made = 0;
const newName = () => `Query ${++made}`;
const sql = 'SELECT 1 AS one';

async function save(input: Record<string, unknown> = {}) {
  const given = { name: newName(), sql, ...input };
  const { createSavedQuery } = await admin.ask<Saved>(operations.create, { input: given });
  return { id: createSavedQuery.query.id, name: given.name };
}

const details = (id: string, name: string, more: Record<string, unknown> = {}) => ({
  ...{ id, name, description: '', sql, databaseName: 'panther_logs', schedule: null },
  ...more,
});
const daily = { cron: '0 6 * * *', rateMinutes: null, timeoutMinutes: 10, disabled: false };
const taken = await save();
const none = { code: 'NOT_FOUND', message: 'There is no saved query nope' };

testActions(instance, [
  {
    operation: operations.create,
    action: 'CREATE_SAVED_DATA_LAKE_QUERY',
    description: 'Saves a query, perhaps with a schedule',
    permission,
    given: () => ({ input: { name: newName(), sql, schedule: { cron: '0 6 * * *' } } }),
    details: ({ createSavedQuery: { query } }) => ({
      after: details(query.id, query.name, { schedule: daily }),
    }),
    refusals: [
      {
        variables: { input: { name: ' ', sql } },
        field: 'input.name',
        message: 'input.name: must not be empty',
      },
      {
        variables: { input: { name: 'x', sql: '' } },
        field: 'input.sql',
        message: 'input.sql: must not be empty',
      },
      {
        variables: { input: { name: 'x', sql, databaseName: 'elsewhere' } },
        code: 'NOT_FOUND',
        field: 'input.databaseName',
        message: 'There is no database elsewhere',
      },
      {
        variables: { input: { name: taken.name.toUpperCase(), sql } },
        code: 'ALREADY_EXISTS',
        field: 'input.name',
        message: `There is a saved query called ${taken.name.toUpperCase()} already`,
      },
      {
        variables: { input: { name: 'x', sql, schedule: { rateMinutes: 1 } } },
        field: 'input.schedule.rateMinutes',
        message: 'input.schedule.rateMinutes: at least 2 minutes',
      },
    ],
  },
  {
    operation: operations.update,
    action: 'UPDATE_SAVED_DATA_LAKE_QUERY',
    description: 'Changes a saved query and its schedule',
    permission,
    given: async () => ({ input: { ...(await save()), sql, schedule: { rateMinutes: 5 } } }),
    details: (_, { input }) => {
      const { id, name } = input as { id: string; name: string };
      const schedule = { cron: null, rateMinutes: 5, timeoutMinutes: 5, disabled: false };
      return { before: details(id, name), after: details(id, name, { schedule }) };
    },
    refusals: [{ ...none, variables: { input: { id: 'nope', name: 'x', sql } }, field: 'input.id' }],
  },
  {
    operation: operations.delete,
    action: 'DELETE_SAVED_DATA_LAKE_QUERY',
    description: 'Deletes a saved query',
    permission,
    given: async () => ({ input: { id: (await save()).id } }),
    details: (_, { input }) => {
      const { id } = input as { id: string };
      return { before: details(id, `Query ${made}`) };
    },
    refusals: [{ ...none, variables: { input: { id: 'nope' } }, field: 'input.id' }],
  },
  {
    operation: operations.get,
    action: 'GET_SAVED_DATA_LAKE_QUERY',
    description: 'Fetches a saved query',
    permission: 'DataAnalyticsRead',
    given: () => ({ id: taken.id }),
    refusals: [{ ...none, variables: { id: 'nope' }, field: 'id' }],
  },
  {
    operation: operations.list,
    action: 'LIST_SAVED_DATA_LAKE_QUERIES',
    description: 'Lists the saved queries by name',
    permission: 'DataAnalyticsRead',
    given: () => ({ input: { contains: 'query', isScheduled: false } }),
    refusals: [
      {
        variables: { input: { cursor: 'x' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
    ],
  },
]);

test('saved queries are deleted by name as a tool does it: tried out first, then for good; both are recorded', async () => {
  const [one, other] = [await save(), await save()];
  const token = await instance.tokenWith([permission]);
  const input = { names: [one.name, other.name.toLowerCase(), 'unknown'], includeDetections: true };
  const answer = { deleteSavedQueriesByName: { names: [one.name, other.name], detectionIDs: [] } };
  const records = await recordsOf(instance, async () => {
    assert.deepEqual(await token.ask(operations.deleteByName, { input: { ...input, dryRun: true } }), answer);
    assert.deepEqual(await token.ask(operations.deleteByName, { input }), answer);
    await assertRefused(
      token,
      operations.deleteByName,
      { input },
      {
        code: 'NOT_FOUND',
        field: 'input.names',
        message: 'There is no saved query of these names',
      },
    );
  });
  const expected = {
    action: 'DELETE_SAVED_DATA_LAKE_QUERY',
    description: 'Deletes saved queries by their names',
    actor: { id: token.id, type: 'TOKEN', name: records[0]?.actor.name ?? '' },
  } as const;
  const before = [details(one.id, one.name), details(other.id, other.name)];
  assert.deepEqual(records, [
    expectedRecord({
      ...expected,
      dynamic: { input: { ...input, dryRun: true } },
      details: { before, detectionIDs: [] },
    }),
    expectedRecord({ ...expected, dynamic: { input }, details: { before, detectionIDs: [] } }),
    expectedRecord({ ...expected, dynamic: { input }, errors: ['There is no saved query of these names'] }),
  ]);
});

test('who may not read every table may save a query, but not schedule one', async () => {
  const user = await instance.userWith([permission], {
    logTypeAccessKind: 'DENY',
    logTypeAccess: ['Panther.Audit'],
  });
  const input = { name: newName(), sql };
  await user.ask(operations.create, { input });
  const scheduled = { name: newName(), sql, schedule: { rateMinutes: 60 } };
  const message = 'A scheduled query runs over all tables: only who may read all of them may schedule one';
  const records = await recordsOf(instance, () =>
    assertRefused(
      user,
      operations.create,
      { input: scheduled },
      {
        code: 'FORBIDDEN',
        field: 'input.schedule',
        message,
      },
    ),
  );
  assert.deepEqual(records, [
    expectedRecord({
      action: 'CREATE_SAVED_DATA_LAKE_QUERY',
      description: 'Saves a query, perhaps with a schedule',
      actor: await actorOf(user),
      dynamic: { input: scheduled },
      errors: [message],
    }),
  ]);
});

test('an uploaded query is a saved one, its schedule counts, and deleting it forgets the upload', async () => {
  const yaml = (rate: number) =>
    `AnalysisType: scheduled_query\nQueryName: Uploaded\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: ${rate}, TimeoutMinutes: 2}\n`;
  const rule =
    'AnalysisType: scheduled_rule\nRuleID: Uses.Uploaded\nEnabled: true\nScheduledQueries: [Uploaded]\nSeverity: Info\nFilename: r.py\n';
  const upload = async (files: Record<string, string>) =>
    (
      await admin.ask<{ uploadDetectionEntities: { queries: { new: number; modified: number } } }>(
        `mutation ($input: UploadDetectionEntitiesInput!) {
          uploadDetectionEntities(input: $input) { queries { new modified } } }`,
        { input: { data: zipOf(files).toString('base64') } },
      )
    ).uploadDetectionEntities.queries;
  const saved = async () =>
    (
      await admin.ask<{ savedQueries: { edges: { node: Record<string, unknown> }[] } }>(
        `query { savedQueries(input: { contains: "Uploaded" }) {
          edges { node { name sql schedule { rateMinutes timeoutMinutes disabled } } } } }`,
      )
    ).savedQueries.edges.map(({ node }) => node);
  assert.deepEqual(await upload({ 'q.yml': yaml(60) }), { new: 1, modified: 0 });
  assert.deepEqual(await saved(), [
    {
      name: 'Uploaded',
      sql: 'SELECT 1',
      schedule: { rateMinutes: 60, timeoutMinutes: 2, disabled: false },
    },
  ]);
  const files = { 'q.yml': yaml(30), 'r.yml': rule, 'r.py': 'def rule(event):\n    return True\n' };
  assert.deepEqual(await upload(files), { new: 0, modified: 1 });
  assert.deepEqual((await saved())[0]?.schedule, { rateMinutes: 30, timeoutMinutes: 2, disabled: false });

  const input = { names: ['Uploaded'] };
  await assertRefused(
    admin,
    operations.deleteByName,
    { input },
    {
      code: 'CONFLICT',
      field: 'input.names',
      message:
        'Scheduled rules use these queries: Uses.Uploaded. Delete them first, or with includeDetections',
    },
  );
  assert.deepEqual(
    await admin.ask(operations.deleteByName, { input: { ...input, includeDetections: true } }),
    { deleteSavedQueriesByName: { names: ['Uploaded'], detectionIDs: ['Uses.Uploaded'] } },
  );
  assert.deepEqual(await saved(), []);
  assert.deepEqual(await upload({ 'q.yml': yaml(60) }), { new: 1, modified: 0 });
});
