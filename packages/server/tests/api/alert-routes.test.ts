import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { addLakeRows } from '../../src/lake/lake-rows.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { AlertRow } from '../../src/store/tables.ts';
import { expectedRecord, recordsOf } from '../expected-record.ts';
import { makeAlert } from '../made-alerts.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const token = await instance.tokenWith(['AlertRead', 'AlertModify']);
const actor = { id: token.id, type: 'TOKEN', name: 'Token 1' } as const;

async function call(method: string, path: string, body?: unknown, as = token) {
  const init = {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  };
  const response = await as.fetch(`/public${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

test('an alert has the form of the REST API, and the list pages with its cursor', async () => {
  const made = await makeAlert(instance, {
    title: 'First',
    created_at: new Date(Date.now() - 60_000).toISOString(),
  });
  const second = await makeAlert(instance, { title: 'Second', quality: 'NOISE', type: 'RULE_ERROR' });
  const expected = {
    id: made.id,
    type: 'RULE',
    title: 'First',
    status: 'OPEN',
    severity: 'HIGH',
    context: { who: 'ada' },
    contextTags: [],
    eventCount: 1,
    createdAt: made.created_at,
    firstEventOccurredAt: made.first_event_at,
    lastReceivedEventAt: made.last_event_at,
    runbook: 'What to do',
    detection: { id: 'Test.Rule', type: 'RULE' },
    updatedBy: { type: 'system' },
    deliveries: [],
  };
  assert.deepEqual(await call('GET', `/alerts/${made.id}`), { status: 200, body: expected });
  await makeAlert(instance, { title: 'Third' });
  const page = await call('GET', '/alerts?limit=1&status=OPEN&severity=HIGH&severity=LOW');
  assert.equal(page.body.results[0].title, 'Third');
  const next = await call('GET', `/alerts?limit=1&cursor=${encodeURIComponent(page.body.next)}`);
  assert.deepEqual(next.body, { results: [expected] });
  const errors = await call('GET', '/alerts?type=DETECTION_ERROR&quality=NOISE&created-after=2020-01');
  assert.deepEqual(
    errors.body.results.map(({ id, detection }: { id: string; detection: unknown }) => [id, detection]),
    [[second.id, { id: 'Test.Rule', type: 'RULE' }]],
  );
  const early = await call('GET', '/alerts?created-before=1672531200');
  assert.deepEqual(early.body, { results: [] });
});

test('what can not be understood is refused in words, and recorded', async () => {
  const cases: readonly [method: string, path: string, body: unknown, status: number, message: string][] = [
    ['GET', '/alerts/nowhere', undefined, 404, 'There is no alert nowhere'],
    ['GET', '/alerts?limit=51', undefined, 400, 'limit: must be from 1 to 50'],
    [
      'GET',
      '/alerts?created-after=soon',
      undefined,
      400,
      'input.createdAtAfter: not an RFC 3339 date and time',
    ],
    ['PATCH', '/alerts', { ids: ['x'] }, 400, 'Give one of status, assignee, quality'],
    ['PATCH', '/alerts/x', { colour: 'red' }, 400, 'colour: there is no such field'],
    ['PATCH', '/alerts/x', [], 400, 'The body must be a JSON object'],
    [
      'PATCH',
      '/alerts',
      { status: 'OPEN' },
      400,
      'input.ids: Invalid input: expected array, received undefined',
    ],
    ['PATCH', '/alerts/x', { status: 'OPEN' }, 404, 'There is no alert x'],
    ['GET', '/alert-comments/x', undefined, 404, 'There is no comment x'],
  ];
  const records = await recordsOf(instance, async () => {
    for (const [method, path, body, status, message] of cases) {
      assert.deepEqual(await call(method, path, body), { status, body: { message } }, `${method} ${path}`);
    }
  });
  assert.deepEqual(
    records.map(({ actionResult, errors }) => [actionResult, errors?.[0]?.message]),
    cases.map(([, , , , message]) => ['FAILED', message]),
  );
});

test('a change of several fields is as many actions, each with its record', async () => {
  const alerts = [await makeAlert(instance), await makeAlert(instance)];
  const ids = alerts.map(({ id }) => id);
  const user = await instance.userWith(['AlertRead']);
  const records = await recordsOf(instance, async () => {
    const body = { ids, status: 'RESOLVED', assignee: user.id, quality: 'USEFUL' };
    assert.deepEqual(await call('PATCH', '/alerts', body), { status: 204, body: undefined });
  });
  const before = (field: string, value: unknown) => ({ before: ids.map((id) => ({ id, [field]: value })) });
  assert.deepEqual(records, [
    expectedRecord({
      action: 'UPDATE_ALERT_STATUS',
      description: 'Changes the status of alerts',
      actor,
      dynamic: { input: { ids, status: 'RESOLVED' } },
      details: before('status', 'OPEN'),
    }),
    expectedRecord({
      action: 'UPDATE_ALERT_ASSIGNEE',
      description: 'Assigns alerts to a user by id',
      actor,
      dynamic: { input: { ids, assigneeId: user.id } },
      details: before('assigneeId', null),
    }),
    expectedRecord({
      action: 'UPDATE_ALERT_QUALITY',
      description: 'Marks alerts as useful or as noise',
      actor,
      dynamic: { input: { ids, quality: 'USEFUL' } },
      details: before('quality', null),
    }),
  ]);
  const { body } = await call('GET', `/alerts/${ids[0]}`);
  assert.deepEqual(
    [body.status, body.assignee, body.quality, body.updatedBy],
    ['RESOLVED', { id: user.id, type: 'user' }, 'USEFUL', { id: token.id, type: 'api-token' }],
  );
  assert.deepEqual(await call('PATCH', `/alerts/${ids[0]}`, { assignee: '', quality: '' }), {
    status: 200,
    body: {},
  });
  const cleared = await call('GET', `/alerts/${ids[0]}`);
  assert.deepEqual([cleared.body.assignee, cleared.body.quality], [undefined, undefined]);
});

test('comments are written, read and changed, by their author alone', async () => {
  const { id: alertId } = await makeAlert(instance);
  const given = { alertId, body: 'First thought', format: 'PLAIN_TEXT' };
  const { body: comment } = await call('POST', '/alert-comments', given);
  const { id, createdAt, ...rest } = comment;
  const createdBy = { id: token.id, type: 'api-token' };
  assert.deepEqual(rest, { ...given, createdBy, updatedAt: createdAt, updatedBy: createdBy });
  assert.deepEqual((await call('GET', `/alert-comments/${id}`)).body, comment);
  const change = { alertId, body: '<i>Second</i>', format: 'HTML' };
  const [updated, denied] = await recordsOf(instance, async () => {
    const { body } = await call('POST', `/alert-comments/${id}`, change);
    assert.deepEqual([body.body, body.format, body.updatedAt > createdAt], ['<i>Second</i>', 'HTML', true]);
    const other = await call('POST', `/alert-comments/${id}`, change, await otherToken);
    assert.deepEqual(other, { status: 403, body: { message: 'Only who wrote a comment can change it' } });
  });
  assert.deepEqual(
    updated,
    expectedRecord({
      action: 'UPDATE_ALERT_COMMENT',
      description: 'Changes a comment on an alert',
      actor,
      dynamic: { id, ...change },
      details: { commentId: id },
    }),
  );
  assert.equal(denied?.actionResult, 'FAILED');
  const listed = await call('GET', `/alert-comments?alert-id=${alertId}&limit=1`);
  assert.deepEqual(
    listed.body.results.map(({ body }: { body: string }) => body),
    ['<i>Second</i>'],
  );
});
const otherToken = instance.tokenWith(['AlertModify']);

/** Rows of what detections found, as they are put on their way into the lake. */
async function addMatches(alert: AlertRow, rows: readonly Record<string, unknown>[]): Promise<void> {
  const store = await openSqliteStore(join(instance.dataDirectory, 'pawprint.db'));
  await store.bookkeep((bookkeeper) =>
    addLakeRows(
      bookkeeper,
      'panther_rule_matches.panther_audit',
      rows.map((row) => ({ p_alert_id: alert.id, p_log_type: 'Panther.Audit', ...row })),
    ),
  );
  await store.close();
}

test('the events of an alert are the rows of the lake that it was made for', async () => {
  const alert = await makeAlert(instance);
  const time = (minute: number) => `2026-01-02 03:0${minute}:05.000000000`;
  await addMatches(alert, [
    { p_event_time: time(1), p_row_id: 'a'.repeat(32), actionName: 'CREATE_USER', p_ledger_index: 7 },
    { p_event_time: time(3), p_row_id: 'c'.repeat(32), actionName: 'DELETE_USER', p_ledger_index: 9 },
  ]);
  await addMatches(await makeAlert(instance), [{ p_event_time: time(2), p_row_id: 'b'.repeat(32) }]);
  await instance.instance.settled();
  const first = await call('GET', `/alerts/${alert.id}/events?limit=1`);
  const second = await call(
    'GET',
    `/alerts/${alert.id}/events?limit=1&cursor=${encodeURIComponent(first.body.next)}`,
  );
  const told = [first, second].flatMap(({ body }) =>
    body.results.map((row: Record<string, unknown>) => [row.actionName, row.p_ledger_index]),
  );
  assert.deepEqual(told, [
    ['DELETE_USER', 9],
    ['CREATE_USER', 7],
  ]);
  assert.equal(second.body.next, undefined);
  const { alert: shown } = await admin.ask<{
    alert: { events: { edges: readonly { node: Record<string, unknown> }[] } };
  }>(
    'query ($id: ID!) { alert(id: $id) { events(input: { pageSize: 5 }) { edges { node } pageInfo { hasNextPage } } } }',
    { id: alert.id },
  );
  assert.deepEqual(
    shown.events.edges.map(({ node }) => node.actionName),
    ['DELETE_USER', 'CREATE_USER'],
  );
  assert.deepEqual(await call('GET', `/alerts/${alert.id}/events?cursor=x`), {
    status: 400,
    body: { message: 'input.cursor: not a cursor of this list' },
  });
});

test('the stream tells of new alerts that the caller may see, once each', async () => {
  const limited = await instance.userWith(['AlertRead'], {
    logTypeAccessKind: 'ALLOW',
    logTypeAccess: ['Panther.Audit'],
  });
  const stop = new AbortController();
  const response = await limited.fetch('/internal/alerts/stream', { signal: stop.signal });
  assert.equal(response.status, 200);
  await makeAlert(instance, { title: 'Hidden', log_types: '["Okta.SystemLog"]' });
  await makeAlert(instance, { title: 'Seen' });
  // Committed later than it was made.
  await makeAlert(instance, { title: 'Seen too', created_at: new Date(Date.now() - 1).toISOString() });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) {
    text += decoder.decode(part as Uint8Array);
    if (text.includes('Seen too')) break;
  }
  stop.abort();
  const titles = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data).title);
  assert.deepEqual(titles.toSorted(), ['Seen', 'Seen too']);
});

test('each route needs its permission, and says so on record', async () => {
  const other = await instance.tokenWith(['UserRead']);
  const stranger = await instance.userWith(['UserRead']);
  const routes: readonly [method: string, path: string, body: unknown, permission: string, action: string][] =
    [
      ['GET', '/alerts', undefined, 'AlertRead', 'LIST_ALERTS'],
      ['GET', '/alerts/x', undefined, 'AlertRead', 'GET_ALERT'],
      ['GET', '/alerts/x/events', undefined, 'AlertRead', 'LIST_ALERT_EVENTS'],
      ['PATCH', '/alerts', { ids: ['x'], quality: 'NOISE' }, 'AlertModify', 'UPDATE_ALERT_QUALITY'],
      ['PATCH', '/alerts/x', { status: 'OPEN' }, 'AlertModify', 'UPDATE_ALERT_STATUS'],
      ['GET', '/alert-comments?alert-id=x', undefined, 'AlertRead', 'LIST_ALERT_COMMENTS'],
      ['GET', '/alert-comments/x', undefined, 'AlertRead', 'GET_ALERT_COMMENT'],
      [
        'POST',
        '/alert-comments',
        { alertId: 'x', body: 'y', format: 'HTML' },
        'AlertModify',
        'CREATE_ALERT_COMMENT',
      ],
      [
        'POST',
        '/alert-comments/x',
        { alertId: 'x', body: 'y', format: 'HTML' },
        'AlertModify',
        'UPDATE_ALERT_COMMENT',
      ],
    ];
  const records = await recordsOf(instance, async () => {
    for (const [method, path, body, permission] of routes) {
      const message = `This needs the permission ${permission}`;
      assert.deepEqual(await call(method, path, body, other), { status: 403, body: { message } }, path);
    }
    assert.equal((await stranger.fetch('/internal/alerts/stream')).status, 403);
  });
  assert.deepEqual(
    records.map(({ actionName, errors }) => [actionName, errors?.[0]?.message]),
    [
      ...routes.map(([, , , permission, action]) => [action, `This needs the permission ${permission}`]),
      ['FOLLOW_ALERTS', 'This needs the permission AlertRead'],
    ],
  );
});
