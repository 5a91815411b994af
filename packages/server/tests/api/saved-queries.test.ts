import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';

test('saved queries are made, read, changed and deleted as by Panther’s REST API, each with its record', async () => {
  await using instance = await startTestInstance();
  const token = await instance.tokenWith(['DataAnalyticsRead', 'DataAnalyticsModify']);
  let id = '';
  const records = await instance.recordsOf(async () => {
    const body = { name: 'Daily', sql: 'SELECT 1', schedule: { cron: '0 6 * * *', rateMinutes: 0 } };
    const created = await token.post('/queries', body);
    assert.equal(created.status, 200);
    const { createdAt, updatedAt, ...query } = (await created.json()) as Record<string, string>;
    id = query.id ?? '';
    const schedule = { cron: '0 6 * * *', rateMinutes: 0, timeoutMinutes: 10, disabled: false };
    const fields = { id, name: 'Daily', description: '', sql: 'SELECT 1', managed: false, schedule };
    assert.deepEqual(query, fields);

    const again = await token.post('/queries', body);
    assert.deepEqual(
      [again.status, await again.json()],
      [409, { message: 'There is a saved query called Daily already' }],
    );
    const fetched = await token.fetch(`/queries/${id}`);
    assert.deepEqual(await fetched.json(), { ...fields, createdAt, updatedAt });
    const changed = await token.post(`/queries/${id}`, { name: 'Plain', sql: 'SELECT 2', emailConfig: {} });
    const plain = (await changed.json()) as Record<string, unknown>;
    assert.deepEqual([plain.name, plain.sql, 'schedule' in plain], ['Plain', 'SELECT 2', false]);
    assert.deepEqual(await (await token.fetch('/queries?limit=5')).json(), { results: [plain] });
    const deleted = await token.fetch(`/queries/${id}`, { method: 'DELETE' });
    assert.deepEqual([deleted.status, await deleted.text()], [204, '']);
    const gone = await token.fetch(`/public/queries/${id}`);
    assert.deepEqual([gone.status, await gone.json()], [404, { message: `There is no saved query ${id}` }]);
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult, actor }) => [actionName, actionResult, actor.id]),
    [
      ['CREATE_SAVED_DATA_LAKE_QUERY', 'SUCCEEDED'],
      ['CREATE_SAVED_DATA_LAKE_QUERY', 'FAILED'],
      ['GET_SAVED_DATA_LAKE_QUERY', 'SUCCEEDED'],
      ['UPDATE_SAVED_DATA_LAKE_QUERY', 'SUCCEEDED'],
      ['LIST_SAVED_DATA_LAKE_QUERIES', 'SUCCEEDED'],
      ['DELETE_SAVED_DATA_LAKE_QUERY', 'SUCCEEDED'],
      ['GET_SAVED_DATA_LAKE_QUERY', 'FAILED'],
    ].map((record) => [...record, token.id]),
  );
  assert.deepEqual(records[3]?.actionParams?.dynamic, {
    input: { id, name: 'Plain', sql: 'SELECT 2', emailConfig: {} },
  });
});

for (const [path, init, status, message] of [
  ['/queries?limit=x', {}, 400, 'input.pageSize: Invalid input: expected number, received NaN'],
  ['/queries?limit=1001', {}, 400, 'input.pageSize: Too big: expected number to be <=1000'],
  ['/queries?nope=1', {}, 400, 'input.nope: there is no such field'],
  ['/queries', { method: 'POST', body: '[]' }, 400, /^input: /],
  [
    '/queries',
    {
      method: 'POST',
      body: '{"name": "x", "sql": "SELECT 1", "emailConfig": {"recipients": ["a@example.com"]}}',
    },
    400,
    'input.emailConfig: results are not sent by e-mail; leave the recipients out',
  ],
  ['/queries/nope', { method: 'DELETE' }, 404, 'There is no saved query nope'],
] as const) {
  test(`${'method' in init ? init.method : 'GET'} ${path} ${'body' in init ? init.body : ''} is refused, and recorded`, async () => {
    await using instance = await startTestInstance();
    const token = await instance.tokenWith(['DataAnalyticsRead', 'DataAnalyticsModify']);
    const records = await instance.recordsOf(async () => {
      const headers = { 'content-type': 'application/json' };
      const answer = await token.fetch(path, { ...init, ...('body' in init && { headers }) });
      const said = (await answer.json()) as { message: string };
      assert.equal(answer.status, status, said.message);
      assert.match(
        said.message,
        typeof message === 'string' ? RegExp(`^${RegExp.escape(message)}$`) : message,
      );
    });
    assert.deepEqual(
      records.map(({ actionResult }) => actionResult),
      ['FAILED'],
    );
  });
}

test('without a token the address is one of the console, and a token that is not valid is refused', async () => {
  await using instance = await startTestInstance();
  const refused = await instance.admin.fetch('/queries', { headers: { 'x-api-key': 'nope' } });
  assert.deepEqual([refused.status, await refused.json()], [401, { message: 'The API token is not valid' }]);
  const page = await instance.admin.fetch('/queries');
  assert.match(page.headers.get('content-type') ?? '', /^text\//);
});
