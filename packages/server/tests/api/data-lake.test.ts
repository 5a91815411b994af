import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';

interface QueryAnswer {
  readonly dataLakeQuery: {
    readonly status: string;
    readonly issuedBy: { readonly __typename: string; readonly email?: string };
    readonly results: {
      readonly edges: readonly { readonly node: Record<string, unknown> }[];
      readonly columnInfo: { readonly order: readonly string[]; readonly types: Record<string, string> };
      readonly stats: { readonly rowCount: number };
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    } | null;
  };
}

const fetchQuery = `query ($id: ID!, $page: DataLakeQueryResultsInput) {
  dataLakeQuery(id: $id) {
    status issuedBy { __typename ... on User { email } }
    results(input: $page) {
      edges { node } columnInfo { order types } stats { rowCount bytesScanned executionTime }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

test('a query is started, followed to its end, and read page by page', async () => {
  await using instance = await startTestInstance();
  const { admin } = instance;
  const { executeDataLakeQuery } = await admin.ask<{ executeDataLakeQuery: { id: string } }>(
    'mutation ($sql: String!) { executeDataLakeQuery(input: {sql: $sql}) { id } }',
    { sql: 'SELECT i AS n FROM range(5) AS t(i) ORDER BY i' },
  );
  const { id } = executeDataLakeQuery;

  const records = await instance.recordsOf(async () => {
    const stream = await admin.fetch(`/internal/data-lake-queries/${id}/stream`);
    const events = (await stream.text()).trim().split('\n\n');
    const [, last = ''] = /^event: status\ndata: (.*)$/.exec(events.at(-1) ?? '') ?? [];
    assert.deepEqual(JSON.parse(last), { status: 'succeeded', message: '', rowCount: 5 });
  });
  assert.deepEqual(
    records.map(({ actionName, actionParams }) => [actionName, actionParams]),
    [['FOLLOW_DATA_LAKE_QUERY', { dynamic: { id }, static: {} }]],
  );

  const { dataLakeQuery: first } = await admin.ask<QueryAnswer>(fetchQuery, { id, page: { pageSize: 3 } });
  assert.equal(first.status, 'succeeded');
  assert.deepEqual(first.issuedBy, { __typename: 'User', email: 'admin@example.com' });
  assert.deepEqual(first.results?.columnInfo.order, ['n']);
  assert.deepEqual(Object.keys(first.results?.columnInfo.types ?? {}), ['n']);
  assert.equal(first.results?.stats.rowCount, 5);
  assert.equal(first.results?.edges.length, 3);
  const { pageInfo } = first.results;
  assert.equal(pageInfo.hasNextPage, true);
  const { dataLakeQuery: second } = await admin.ask<QueryAnswer>(fetchQuery, {
    id,
    page: { pageSize: 3, cursor: pageInfo.endCursor },
  });
  assert.deepEqual(
    [...first.results.edges, ...(second.results?.edges ?? [])].map(({ node }) => Number(node.n)),
    [0, 1, 2, 3, 4],
  );
  assert.equal(second.results?.pageInfo.hasNextPage, false);

  for (const page of [{ pageSize: 0 }, { pageSize: 1_001 }, { cursor: 'x' }]) {
    const refused = await admin.graphql(fetchQuery, { id, page });
    assert.equal(refused.errors[0]?.extensions?.code, 'INVALID_INPUT', JSON.stringify(page));
  }
});

test('a query that is nobody’s, or that one may not see, can not be followed', async () => {
  await using instance = await startTestInstance();
  const answer = await instance.admin.fetch('/internal/data-lake-queries/nope/stream');
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
});
