import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { erasedText } from '@pawprint/record';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';
import { tracesIn } from '../erasure-traces.ts';
import { actorOf, expectedRecord, recordOf } from '../expected-record.ts';
import { makeAlert } from '../made-alerts.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const always = { createdAtAfter: '2000-01-01T00:00:00Z', createdAtBefore: '2100-01-01T00:00:00Z' };
const fields = `id title type severity status description reference runbook quality assignee { id } context logTypes tags
  eventCount firstEventOccurredAt lastReceivedEventAt createdAt updatedAt updatedBy { ... on User { id } }
  origin { __typename ... on Detection { id name version } ... on DeletedDetection { id name version } ... on SystemError { kind } }
  deliveries { id } comments { body } activities { kind body actor { ... on User { id } } }`;
const get = `query ($id: ID!) { alert(id: $id) { ${fields} } }`;
const list = `query ($input: AlertsInput!) { alerts(input: $input) {
  edges { node { ${fields} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const count = 'query ($input: AlertCountsInput) { alertCounts(input: $input) { status severity count } }';
const setStatus = `mutation ($input: UpdateAlertStatusByIdInput!) {
  updateAlertStatusById(input: $input) { alerts { id status } errors { id message } } }`;
const assignById = `mutation ($input: UpdateAlertsAssigneeByIdInput!) {
  updateAlertsAssigneeById(input: $input) { alerts { id assignee { email } } } }`;
const assignByEmail = `mutation ($input: UpdateAlertsAssigneeByEmailInput!) {
  updateAlertsAssigneeByEmail(input: $input) { alerts { id assignee { email } } } }`;
const mark = `mutation ($input: UpdateAlertQualityByIdInput!) {
  updateAlertQualityById(input: $input) { alerts { id quality } } }`;
const comment = `mutation ($input: CreateAlertCommentInput!) {
  createAlertComment(input: $input) { comment { id alertId body format createdAt createdBy { ... on User { id } } } } }`;

const analyst = await instance.userWith(['AlertRead', 'AlertModify']);

interface Shown {
  readonly id: string;
  readonly title: string;
  readonly activities: readonly { readonly kind: string; readonly body: unknown }[] | null;
}

/** The titles of the alerts that an input finds. */
async function titles(input: Record<string, unknown>, client = admin): Promise<readonly string[]> {
  const { alerts } = await client.ask<{ alerts: { edges: readonly { node: Shown }[] } }>(list, { input });
  return alerts.edges.map(({ node }) => node.title);
}

testActions(instance, [
  {
    operation: get,
    action: 'GET_ALERT',
    description: 'Fetches the alert with an id',
    permission: 'AlertRead',
    given: async () => ({ id: (await makeAlert(instance)).id }),
    refusals: [
      {
        variables: { id: 'nowhere' },
        code: 'NOT_FOUND',
        field: 'id',
        message: 'There is no alert nowhere',
      },
    ],
  },
  {
    operation: list,
    action: 'LIST_ALERTS',
    description: 'Lists the alerts that match, newest first',
    permission: 'AlertRead',
    given: () => ({ input: { ...always, statuses: ['OPEN'] } }),
    refusals: [
      {
        variables: { input: { createdAtAfter: '2026-01-01T00:00:00Z' } },
        field: 'input',
        message: 'input: give detectionId, or createdAtAfter and createdAtBefore',
      },
      {
        variables: { input: { ...always, cursor: '7' } },
        field: 'input.cursor',
        message: 'input.cursor: not a cursor of this list',
      },
      {
        variables: { input: { detectionId: 'a', createdAtAfter: 'yesterday' } },
        field: 'input.createdAtAfter',
        message: 'input.createdAtAfter: not an RFC 3339 date and time',
      },
    ],
  },
  {
    operation: count,
    action: 'LIST_ALERTS',
    description: 'Counts the alerts that match, by status and severity',
    permission: 'AlertRead',
    given: () => ({ input: { severities: ['HIGH'] } }),
  },
  {
    operation: setStatus,
    action: 'UPDATE_ALERT_STATUS',
    description: 'Changes the status of alerts',
    permission: 'AlertModify',
    given: async () => ({ input: { ids: [(await makeAlert(instance)).id], status: 'TRIAGED' } }),
    details: (data) => ({
      before: [{ id: data.updateAlertStatusById.alerts[0].id, status: 'OPEN' }],
    }),
    refusals: [
      {
        variables: { input: { ids: [], status: 'OPEN' } },
        field: 'input.ids',
        message: 'input.ids: name at least one alert',
      },
      {
        variables: { input: { ids: ['nowhere'], status: 'OPEN' } },
        code: 'NOT_FOUND',
        field: 'input.ids',
        message: 'There is no alert nowhere',
      },
    ],
  },
  {
    operation: assignById,
    action: 'UPDATE_ALERT_ASSIGNEE',
    description: 'Assigns alerts to a user by id',
    permission: 'AlertModify',
    given: async () => ({ input: { ids: [(await makeAlert(instance)).id], assigneeId: analyst.id } }),
    details: (data) => ({
      before: [{ id: data.updateAlertsAssigneeById.alerts[0].id, assigneeId: null }],
    }),
    refusals: [
      {
        variables: { input: { ids: ['x'], assigneeId: 'nobody' } },
        code: 'NOT_FOUND',
        field: 'input.assigneeId',
        message: 'There is no user nobody',
      },
    ],
  },
  {
    operation: assignByEmail,
    action: 'UPDATE_ALERT_ASSIGNEE',
    description: 'Assigns alerts to a user by e-mail address',
    permission: 'AlertModify',
    given: async () => ({ input: { ids: [(await makeAlert(instance)).id], assigneeEmail: analyst.email } }),
    details: (data) => ({
      before: [{ id: data.updateAlertsAssigneeByEmail.alerts[0].id, assigneeId: null }],
    }),
    refusals: [
      {
        variables: { input: { ids: ['x'], assigneeEmail: 'nobody@example.com' } },
        code: 'NOT_FOUND',
        field: 'input.assigneeEmail',
        message: 'There is no user nobody@example.com',
      },
    ],
  },
  {
    operation: mark,
    action: 'UPDATE_ALERT_QUALITY',
    description: 'Marks alerts as useful or as noise',
    permission: 'AlertModify',
    given: async () => ({ input: { ids: [(await makeAlert(instance)).id], quality: 'NOISE' } }),
    details: (data) => ({
      before: [{ id: data.updateAlertQualityById.alerts[0].id, quality: null }],
    }),
  },
  {
    operation: comment,
    action: 'CREATE_ALERT_COMMENT',
    description: 'Writes a comment on an alert',
    permission: 'AlertModify',
    given: async () => ({
      input: { alertId: (await makeAlert(instance)).id, body: '<b>Looked at it</b>', format: 'HTML' },
    }),
    details: (data) => ({ commentId: data.createAlertComment.comment.id }),
    refusals: [
      {
        variables: { input: { alertId: 'nowhere', body: 'x', format: 'PLAIN_TEXT' } },
        code: 'NOT_FOUND',
        field: 'input.alertId',
        message: 'There is no alert nowhere',
      },
      {
        variables: { input: { alertId: 'nowhere', body: ' ', format: 'PLAIN_TEXT' } },
        field: 'input.body',
        message: 'input.body: must not be empty',
      },
    ],
  },
]);

test('an alert tells what it is about, and everything that was done with it', async () => {
  const made = await makeAlert(instance, { title: 'Whole' });
  const ids = [made.id];
  await analyst.ask(setStatus, { input: { ids, status: 'TRIAGED' } });
  await analyst.ask(setStatus, { input: { ids, status: 'TRIAGED' } });
  await analyst.ask(assignByEmail, { input: { ids, assigneeEmail: analyst.email.toUpperCase() } });
  await analyst.ask(comment, { input: { alertId: made.id, body: 'Seen', format: 'PLAIN_TEXT' } });
  await analyst.ask(mark, { input: { ids, quality: 'USEFUL' } });
  await analyst.ask(assignById, { input: { ids, assigneeId: null } });
  const { alert } = await analyst.ask<{ alert: Record<string, unknown> }>(get, { id: made.id });
  const { updatedAt, ...rest } = alert;
  const by = { id: analyst.id };
  assert(String(updatedAt) > made.created_at);
  assert.deepEqual(rest, {
    id: made.id,
    title: 'Whole',
    type: 'RULE',
    severity: 'HIGH',
    status: 'TRIAGED',
    description: 'What it means',
    reference: 'https://example.com/reference',
    runbook: 'What to do',
    quality: 'USEFUL',
    assignee: null,
    context: { who: 'ada' },
    logTypes: ['Panther.Audit'],
    tags: ['Test'],
    eventCount: 1,
    firstEventOccurredAt: made.first_event_at,
    lastReceivedEventAt: made.last_event_at,
    createdAt: made.created_at,
    updatedBy: by,
    origin: { __typename: 'DeletedDetection', id: 'Test.Rule', name: 'Test.Rule', version: 3 },
    deliveries: [],
    comments: [{ body: 'Seen' }],
    activities: [
      { kind: 'CREATED', body: {}, actor: null },
      { kind: 'STATUS', body: { from: 'OPEN', to: 'TRIAGED' }, actor: by },
      { kind: 'ASSIGNEE', body: { from: null, to: analyst.id }, actor: by },
      { kind: 'COMMENT', body: { text: 'Seen', format: 'PLAIN_TEXT' }, actor: by },
      { kind: 'QUALITY', body: { from: null, to: 'USEFUL' }, actor: by },
      { kind: 'ASSIGNEE', body: { from: analyst.id, to: null }, actor: by },
    ],
  });
});

test('what is done to several alerts is done to those there are; of the others the record tells', async () => {
  const [one, two] = [await makeAlert(instance), await makeAlert(instance)];
  const input = { ids: [one.id, 'nowhere', two.id, one.id], status: 'CLOSED' };
  let answer: unknown;
  const record = await recordOf(instance, async () => {
    answer = await analyst.ask(setStatus, { input });
  });
  const message = 'There is no alert nowhere';
  assert.deepEqual(answer, {
    updateAlertStatusById: {
      alerts: [one, two].map(({ id }) => ({ id, status: 'CLOSED' })),
      errors: [{ id: 'nowhere', message }],
    },
  });
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'UPDATE_ALERT_STATUS',
      description: 'Changes the status of alerts',
      actor: await actorOf(analyst),
      dynamic: { input },
      details: { before: [one, two].map(({ id }) => ({ id, status: 'OPEN' })) },
      result: 'PARTIALLY_FAILED',
      errors: [message],
    }),
  );
});

test('nobody is assigned who may not see alerts', async () => {
  const { id } = await makeAlert(instance);
  const other = await instance.userWith(['UserRead']);
  const { errors } = await admin.graphql(assignById, { input: { ids: [id], assigneeId: other.id } });
  assert.deepEqual(errors[0]?.extensions, { code: 'CONFLICT', field: 'input.assigneeId' });
});

test('lists narrow by each filter, and count the same', async () => {
  const at = (minute: number) => `2020-05-05T05:0${minute}:00.000Z`;
  const range = { createdAtAfter: at(0), createdAtBefore: at(9) };
  await makeAlert(instance, {
    title: 'Erste ÄNDERUNG',
    created_at: at(1),
    severity: 'LOW',
    detection_id: 'A',
  });
  await makeAlert(instance, {
    title: '100% sure_',
    created_at: at(2),
    event_count: 7,
    assignee_id: analyst.id,
  });
  await makeAlert(instance, {
    title: 'Okta',
    created_at: at(3),
    log_types: '["Okta.SystemLog"]',
    status: 'CLOSED',
  });
  await makeAlert(instance, { title: 'Broken', created_at: at(4), type: 'RULE_ERROR', quality: 'NOISE' });
  const cases: readonly [input: Record<string, unknown>, titles: readonly string[]][] = [
    [{}, ['Okta', '100% sure_', 'Erste ÄNDERUNG']],
    [{ sortDir: 'ascending' }, ['Erste ÄNDERUNG', '100% sure_', 'Okta']],
    [{ type: 'DETECTION_ERROR' }, ['Broken']],
    [{ type: 'DETECTION_ERROR', qualities: ['USEFUL'] }, []],
    [{ subtypes: ['RULE_ERROR'] }, ['Broken']],
    [{ severities: ['LOW'] }, ['Erste ÄNDERUNG']],
    [{ statuses: ['CLOSED', 'TRIAGED'] }, ['Okta']],
    [{ detectionId: 'A' }, ['Erste ÄNDERUNG']],
    [{ nameContains: '0% SURE_' }, ['100% sure_']],
    [{ nameContains: '_' }, ['100% sure_']],
    [{ nameContains: 'ÄNDERUNG' }, ['Erste ÄNDERUNG']],
    [{ eventCountMin: 2 }, ['100% sure_']],
    [{ eventCountMax: 6 }, ['Okta', 'Erste ÄNDERUNG']],
    [{ assigneeIds: [analyst.id] }, ['100% sure_']],
    [{ assigneeIds: [''] }, ['Okta', 'Erste ÄNDERUNG']],
    [{ logTypes: ['Okta.SystemLog'] }, ['Okta']],
    [{ resourceTypes: ['AWS.S3.Bucket'] }, []],
    [{ logSources: ['nowhere'] }, []],
  ];
  for (const [input, expected] of cases) {
    assert.deepEqual(await titles({ ...range, ...input }), expected, JSON.stringify(input));
    const { sortDir, ...filter } = input;
    const { alertCounts } = await admin.ask<{ alertCounts: readonly { count: number }[] }>(count, {
      input: { ...range, ...filter },
    });
    const total = alertCounts.reduce((sum, part) => sum + part.count, 0);
    assert.equal(total, expected.length, JSON.stringify(input));
  }
});

test('pages go on where they ended, while alerts arrive', async () => {
  const at = '2021-05-05T05:05:05.000Z';
  const range = {
    createdAtAfter: '2021-01-01T00:00:00Z',
    createdAtBefore: '2022-01-01T00:00:00Z',
    pageSize: 2,
  };
  for (const title of ['a', 'b', 'c', 'd', 'e']) {
    await makeAlert(instance, { title, created_at: at, id: title.repeat(32) });
  }
  const seen: string[] = [];
  const page = (cursor: string | null) =>
    admin.ask<{
      alerts: {
        edges: readonly { node: Shown }[];
        pageInfo: { hasNextPage: boolean; endCursor: string | null };
      };
    }>(list, { input: { ...range, cursor } });
  for (let cursor: string | null = null, more = true; more; ) {
    const { edges, pageInfo }: Awaited<ReturnType<typeof page>>['alerts'] = (await page(cursor)).alerts;
    seen.push(...edges.map(({ node }) => node.title));
    if (seen.length === 2) await makeAlert(instance, { created_at: '2021-06-01T00:00:00.000Z' });
    cursor = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  assert.deepEqual(seen, ['e', 'd', 'c', 'b', 'a']);
});

test('alerts of log types that a caller may not read are not there for them', async () => {
  const okta = await makeAlert(instance, {
    title: 'Theirs',
    log_types: '["Okta.SystemLog"]',
    detection_id: 'B',
  });
  await makeAlert(instance, {
    title: 'Both',
    log_types: '["Okta.SystemLog","Panther.Audit"]',
    detection_id: 'B',
  });
  await makeAlert(instance, { title: 'Ours', detection_id: 'B' });
  const access = { logTypeAccessKind: 'DENY', logTypeAccess: ['Okta.SystemLog'] };
  const limited = await instance.userWith(['AlertRead', 'AlertModify'], access);
  assert.deepEqual(await titles({ detectionId: 'B' }, limited), ['Ours']);
  const { errors } = await limited.graphql(get, { id: okta.id });
  assert.deepEqual(errors[0]?.message, `There is no alert ${okta.id}`);
  const changed = await limited.graphql(setStatus, { input: { ids: [okta.id], status: 'CLOSED' } });
  assert.deepEqual(changed.errors[0]?.extensions?.code, 'NOT_FOUND');
  const commented = await limited.graphql(comment, { input: { alertId: okta.id, body: 'x' } });
  assert.deepEqual(commented.errors[0]?.extensions?.code, 'NOT_FOUND');
});

test('what an erased person wrote is readable nowhere', async () => {
  const { id } = await makeAlert(instance);
  const author = await instance.userWith(['AlertModify']);
  const text = 'An unmistakable remark';
  await author.ask(comment, { input: { alertId: id, body: text, format: 'HTML' } });
  await admin.ask('mutation ($input: DeleteUserInput!) { deleteUser(input: $input) { id } }', {
    input: { id: author.id },
  });
  await admin.ask('mutation ($input: EraseDataSubjectInput!) { eraseDataSubject(input: $input) { id } }', {
    input: { subject: { kind: 'USER', id: author.id } },
  });
  await instance.instance.settled();
  const { alert } = await admin.ask<{ alert: { comments: unknown } }>(get, { id });
  assert.deepEqual(alert.comments, [{ body: erasedText }]);
  assert.deepEqual(await tracesIn(instance.dataDirectory, [text]), []);
});
