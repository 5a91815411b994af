import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Client, startTestInstance } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { testActions } from '../action-cases.ts';
import { endOfQuery } from '../lake-query.ts';

const trustedProxies = ['127.0.0.0/8'].flatMap((text) => parseCidrBlock(text) ?? []);
const instance = await startTestInstance({ trustedProxies });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');

const operation = `mutation ($input: ExecuteIndicatorSearchQueryInput!) {
  executeIndicatorSearchQuery(input: $input) { id } }`;
const always = { startTime: '2000-01-01T00:00:00Z', endTime: '2100-01-01T00:00:00Z' };

async function search(input: Record<string, unknown>, client: Client = admin) {
  await instance.instance.settled();
  const { executeIndicatorSearchQuery } = await client.ask<{ executeIndicatorSearchQuery: { id: string } }>(
    operation,
    { input: { ...always, ...input } },
  );
  const { status, message, rows } = await endOfQuery(client, executeIndicatorSearchQuery.id);
  assert.equal(status, 'succeeded', message);
  return rows;
}

testActions(instance, [
  {
    operation,
    action: 'EXECUTE_INDICATOR_SEARCH_QUERY',
    description: 'Searches the tables of the data lake for addresses, names, hashes and other indicators',
    permission: 'DataAnalyticsRead',
    given: () => ({
      input: {
        indicators: ['203.0.113.9', "O'Hara"],
        ...always,
        indicatorName: 'p_any_usernames',
        databases: ['PANTHER_LOGS.public'],
        tables: ['panther_logs.public.panther_audit'],
      },
    }),
    details: ({ executeIndicatorSearchQuery: { id } }) => ({ queryId: id }),
    refusals: [
      {
        variables: { input: { indicators: [], ...always } },
        field: 'input.indicators',
        message: 'input.indicators: name at least one indicator',
      },
      {
        variables: { input: { indicators: ['x', ' '], ...always } },
        field: 'input.indicators.1',
        message: 'input.indicators.1: must not be empty',
      },
      {
        variables: { input: { indicators: ['x'], startTime: 'today', endTime: always.endTime } },
        field: 'input.startTime',
        message: 'input.startTime: not an RFC 3339 date and time',
      },
      {
        variables: { input: { indicators: ['x'], startTime: always.endTime, endTime: always.startTime } },
        field: 'input.endTime',
        message: 'input.endTime: must not be before input.startTime',
      },
      {
        variables: { input: { indicators: ['x'], ...always, databases: ['elsewhere'] } },
        code: 'NOT_FOUND',
        field: 'input.databases',
        message: 'There is no database elsewhere, or you may not read it',
      },
      {
        variables: { input: { indicators: ['x'], ...always, tables: ['panther_views.all_logs'] } },
        code: 'NOT_FOUND',
        field: 'input.tables',
        message: 'There is no table panther_views.all_logs, or you may not read it',
      },
    ],
  },
]);

test('an unknown kind of indicator is refused with those that there are', async () => {
  const { errors } = await admin.graphql(operation, {
    input: { indicators: ['x'], ...always, indicatorName: 'p_any_thing' },
  });
  assert.match(
    errors[0]?.message ?? '',
    /^input\.indicatorName: is AutoDetectType or one of p_any_ip_addresses, /,
  );
  assert.equal(errors[0]?.extensions?.field, 'input.indicatorName');
});

test('rows of all tables are found that have one of the indicators, the newest first, with the event whole', async () => {
  const user = await instance.userWith(['UserRead']);
  for (const address of ['203.0.113.77', '2001:db8::77']) {
    const response = await user.fetch('/internal/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify({ query: '{ users { id } }' }),
    });
    assert.equal(response.status, 200);
  }
  const found = async (input: Record<string, unknown>) =>
    (await search(input)).filter(
      ({ event }) => (event as { actionName: string }).actionName === 'LIST_USERS',
    );
  const rows = await found({ indicators: ['203.0.113.77', '2001:DB8:0::77'] });
  assert.deepEqual(
    rows.map(({ p_log_type, p_table, p_indicators }) => ({ p_log_type, p_table, p_indicators })),
    ['2001:db8::77', '203.0.113.77'].map((address) => ({
      p_log_type: 'Panther.Audit',
      p_table: 'panther_logs.panther_audit',
      p_indicators: [address],
    })),
  );
  assert.equal((rows[0]?.event as { sourceIP: string } | undefined)?.sourceIP, '2001:db8::77');
  assert.equal((await found({ indicators: [user.id] })).length, 2);
  assert.equal((await found({ indicators: [user.email.toUpperCase()], indicatorName: 'emails' })).length, 2);
  assert.equal((await found({ indicators: [user.id], indicatorName: 'p_any_ip_addresses' })).length, 0);
  assert.equal((await found({ indicators: [user.id], startTime: '2090-01-01T00:00:00Z' })).length, 0);
  assert.equal((await found({ indicators: ["' OR true --"] })).length, 0);
  const { dataLakeQueries } = await admin.ask<{ dataLakeQueries: { edges: readonly unknown[] } }>(
    '{ dataLakeQueries(input: { kinds: [indicator_search] }) { edges { node { id } } } }',
  );
  assert(dataLakeQueries.edges.length >= 6);
});

test('a hundred long indicators are searched for, and no more are taken', async () => {
  const indicators = Array.from({ length: 100 }, (_, number) => `${number}`.padStart(256, 'X'));
  assert.deepEqual(await search({ indicators }), []);
  const { errors } = await admin.graphql(operation, {
    input: { indicators: [...indicators, 'x'], ...always },
  });
  assert.equal(errors[0]?.message, 'input.indicators: at most 100 indicators');
});

test('whoever may read no table finds none to search', async () => {
  const blind = await instance.userWith(['DataAnalyticsRead'], { logTypeAccessKind: 'DENY_ALL' });
  const { errors } = await blind.graphql(operation, { input: { indicators: ['x'], ...always } });
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['There is no table to search that you may read'],
  );
});
