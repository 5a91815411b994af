import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditRecord } from '@pawprint/record';
import { GraphQLObjectType, GraphQLSchema, GraphQLString, getIntrospectionQuery } from 'graphql';
import { assertEveryFieldHasAnAction, publicSchema } from '../../src/api/graphql/schema.ts';
import { type ApiUnderTest, openApi } from './api-under-test.ts';

let api: ApiUnderTest;
before(async () => {
  api = await openApi();
});
after(() => api[Symbol.asyncDispose]());

/** What tells records apart. */
function outline({ actionName, actionResult, actionParams, errors }: AuditRecord) {
  return [actionName, actionResult, actionParams, errors?.map(({ message }) => message) ?? []];
}

async function outlines(work: () => Promise<unknown>) {
  return (await api.recordsOf(work)).map(outline);
}

test('each root field leaves its own record, through aliases, fragments and directives', async () => {
  const text = `
    query ($id: ID!, $skip: Boolean!) {
      ...Lists
      one: userById(id: $id) { id }
      ... on Query { roleByName(name: "Nobody") { id } users { email } }
      gone: users @skip(if: $skip) { id }
    }
    fragment Lists on Query { again: roles(input: {nameContains: "Adm"}) { name } users { id } }`;
  const records = await api.recordsOf(() => api.asToken(text, { id: 'nobody', skip: true }));
  assert.deepEqual(
    records.map(outline).toSorted(),
    [
      ['GET_USER', 'FAILED', { dynamic: { id: 'nobody' }, static: {} }, ['There is no user nobody']],
      ['GET_USER_ROLE', 'FAILED', { dynamic: {}, static: { name: 'Nobody' } }, ['There is no role Nobody']],
      ['LIST_USER_ROLES', 'SUCCEEDED', { dynamic: {}, static: { input: { nameContains: 'Adm' } } }, []],
      ['LIST_USERS', 'SUCCEEDED', { dynamic: {}, static: {} }, []],
    ].toSorted(),
  );
  for (const { actor, sourceIP, userAgent } of records) {
    assert.deepEqual(
      [actor.type, actor.name, sourceIP, userAgent],
      ['TOKEN', 'test', '127.0.0.1', 'lightMyRequest'],
    );
  }
  assert.equal(
    records.find(({ actionName }) => actionName === 'LIST_USERS')?.actionDescription,
    'Lists all users',
  );
});

test('an input that mixes literals and variables is recorded in its two parts', async () => {
  const text = `mutation ($name: String!, $types: [String!] = ["A.B"]) {
    createRole(input: {name: $name, permissions: [UserRead], logTypeAccess: $types, logTypeAccessKind: ALLOW}) { role { id } } }`;
  assert.deepEqual(await outlines(() => api.asToken(text, { name: 'Mixed' })), [
    [
      'CREATE_USER_ROLE',
      'SUCCEEDED',
      {
        dynamic: { input: { name: 'Mixed' } },
        static: { input: { permissions: ['UserRead'], logTypeAccess: ['A.B'], logTypeAccessKind: 'ALLOW' } },
      },
      [],
    ],
  ]);
});

test('mutations run one after another; what is behind a failed one is recorded as not attempted', async () => {
  const text = `mutation {
    ...First
    second: createRole(input: {name: "In order", permissions: []}) { role { id } }
    third: deleteRole(input: {id: "x"}) { id }
  }
  fragment First on Mutation { first: createRole(input: {name: "In order", permissions: []}) { role { id } } }`;
  const records = await api.recordsOf(async () => {
    const answer = await api.asToken(text);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json().errors, [
      {
        message: 'There is already a role named In order',
        locations: [{ line: 3, column: 5 }],
        path: ['second'],
        extensions: { code: 'ALREADY_EXISTS', field: 'input.name' },
      },
    ]);
  });
  assert.deepEqual(
    records.map(({ actionName, actionResult, errors }) => [actionName, actionResult, errors?.[0]?.message]),
    [
      ['CREATE_USER_ROLE', 'SUCCEEDED', undefined],
      ['CREATE_USER_ROLE', 'FAILED', 'There is already a role named In order'],
      ['DELETE_USER_ROLE', 'FAILED', 'Not attempted, because a field before it failed'],
    ],
  );
});

test('an operation that is not valid is recorded under each action it asks for, without the values it holds', async () => {
  const text = `mutation ($email: Email!) {
    inviteUser(input: {email: $email, role: {kind: NAME, value: 42424242}}) { user { nope } }
    deleteRole(input: {id: "r"}) { id } }`;
  const errors = [
    'A value of the wrong type at line 2, column 65',
    'Cannot query field "nope" on type "User". Did you mean "role"?',
  ];
  const answers: number[] = [];
  const records = await outlines(async () => {
    const { statusCode } = await api.asToken(text, { email: 'x@example.com' });
    answers.push(statusCode);
  });
  assert.deepEqual(answers, [400]);
  assert.deepEqual(records, [
    [
      'CREATE_USER',
      'FAILED',
      {
        dynamic: { input: { email: 'x@example.com' } },
        static: { input: { role: { kind: 'NAME', value: 42424242 } } },
      },
      errors,
    ],
    ['DELETE_USER_ROLE', 'FAILED', { dynamic: {}, static: { input: { id: 'r' } } }, errors],
  ]);
});

test('variables that do not fit are told to the caller in full, and to the record without their value', async () => {
  const text =
    'query ($id: ID!, $input: RolesInput) { userById(id: $id) { id } roles(input: $input) { id } }';
  const records = await api.recordsOf(async () => {
    const answer = await api.asToken(text, { id: ['secret'], input: { sortDir: 'sideways' } });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json().errors[0].message, /\$id.*secret/);
    assert.equal(answer.json().errors[0].extensions.code, 'INVALID_INPUT');
  });
  assert.deepEqual(
    records.map(({ actionName, errors }) => [actionName, errors]),
    ['GET_USER', 'LIST_USER_ROLES'].map((name) => [
      name,
      [
        { message: 'The value of $id does not fit its type ID!' },
        { message: 'The value of $input does not fit its type RolesInput' },
      ],
    ]),
  );
});

test('what names no action is a rejected request, recorded by the hash of its body', async () => {
  const bodies: [body: unknown, message: string][] = [
    [{ query: '{ nope }' }, 'Cannot query field "nope" on type "Query".'],
    [{ query: '{ apiTokens { id } }' }, 'Cannot query field "apiTokens" on type "Query".'],
    [{ query: '{ users { id } ' }, 'Syntax error at line 1, column 16'],
    [
      { query: 'query A { users { id } } query B { users { id } }' },
      'operationName: must say which operation to run',
    ],
    [{ query: 'query A { users { id } }', operationName: 'B' }, 'The document has no such operation'],
    [{ query: 'fragment F on Query { users { id } }' }, 'The document has no such operation'],
    [{ query: 'subscription { users { id } }' }, 'This API has no subscriptions'],
    [{ query: '{ users { id } }', variables: [] }, 'variables: must be an object'],
    [{ query: 1 }, 'query: must be the text of a GraphQL document'],
    [{}, 'query: must be the text of a GraphQL document'],
    [[{ query: '{ users { id } }' }], 'Send one operation in a request, not a list of them'],
    ['"{ users }"', 'The body must be a JSON object with a query'],
    ['null', 'The body must be a JSON object with a query'],
    [
      { query: `{ ${Array.from({ length: 21 }, (_, i) => `a${i}: users { id } `).join('')} }` },
      'An operation may have at most 20 fields at its root',
    ],
    [
      { query: `{ users { role ${'{ updatedBy { ... on User { role '.repeat(30)}` },
      'The document is nested deeper than 64 levels',
    ],
  ];
  for (const [body, message] of bodies) {
    const records = await api.recordsOf(async () => {
      const answer = await api.inject({
        method: 'POST',
        url: '/public/graphql',
        headers: { 'x-api-key': api.token, 'content-type': 'application/json' },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
      });
      assert.equal(answer.statusCode, 400, message);
      assert.ok(answer.json().errors.length > 0, message);
    });
    assert.deepEqual(
      records.map(({ actionName, actionResult, errors, actor }) => [
        actionName,
        actionResult,
        errors,
        actor.type,
      ]),
      [['REJECT_API_REQUEST', 'FAILED', [{ message }], 'TOKEN']],
    );
    const { dynamic } = { dynamic: {}, ...records[0]?.actionParams };
    assert.deepEqual(Object.keys(dynamic as object), ['bytes', 'method', 'path', 'sha256']);
  }
});

test('known and unknown root fields in one operation are recorded as what each is', async () => {
  const records = await api.recordsOf(() => api.asToken('{ users { id } nope __schema { x } }'));
  assert.deepEqual(
    records.map(({ actionName, actionResult }) => `${actionName} ${actionResult}`),
    ['LIST_USERS FAILED', 'INTROSPECT_API_SCHEMA FAILED', 'REJECT_API_REQUEST FAILED'],
  );
});

test('asking for the schema is one record, and asks for a caller', async () => {
  const answers: unknown[] = [];
  const records = await outlines(async () => {
    const answer = await api.asToken(getIntrospectionQuery());
    answers.push(answer.json().data.__schema.mutationType.name);
    await api.asToken(
      'query ($n: String!) { user: __type(name: $n) { name } __type(name: "Role") { name } }',
      {
        n: 'User',
      },
    );
    await api.asToken('{ __typename }');
  });
  assert.deepEqual(answers, ['Mutation']);
  const name = ['INTROSPECT_API_SCHEMA', 'SUCCEEDED'];
  assert.deepEqual(records, [
    [...name, { dynamic: { __schema: {} }, static: { __schema: {} } }, []],
    [
      ...name,
      { dynamic: { user: { name: 'User' }, __type: {} }, static: { user: {}, __type: { name: 'Role' } } },
      [],
    ],
    [...name, { dynamic: {}, static: {} }, []],
  ]);
});

test('a refused permission is recorded and told', async () => {
  const records = await api.recordsOf(async () => {
    const answer = await api.asToken('mutation { deleteSource(input: {id: "x"}) { id } }');
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json().errors[0].extensions, { code: 'FORBIDDEN' });
    assert.equal(answer.json().data, null);
  });
  assert.deepEqual(records.map(outline), [
    [
      'DELETE_LOG_SOURCE',
      'FAILED',
      { dynamic: {}, static: { input: { id: 'x' } } },
      ['This needs the permission LogSourceModify'],
    ],
  ]);
});

test('when nothing can be recorded nothing is done, and the answer says when to come back', async () => {
  await using full = await openApi();
  full.refuseWrites();
  const requests: [text: string, status: number][] = [
    [
      'mutation { a: createRole(input: {name: "x", permissions: []}) { role { id } } deleteRole(input: {id: "x"}) { id } }',
      503,
    ],
    ['{ users { id } roles { id } }', 503],
    ['{ __schema { queryType { name } } }', 503],
    ['{ users { nope } }', 503],
    ['{ nope }', 503],
  ];
  for (const [text, status] of requests) {
    const answer = await full.asToken(text);
    assert.equal(answer.statusCode, status, text);
    assert.equal(answer.headers['retry-after'], '5', text);
    for (const error of answer.json().errors) assert.equal(error.extensions.code, 'UNAVAILABLE', text);
  }
  const roles = await full.store.reader.selectFrom('roles').selectAll().where('name', '=', 'x').execute();
  assert.deepEqual(roles, []);
});

test('the public schema has the public root fields and nothing that only others lead to', () => {
  const names = (type: GraphQLObjectType | null | undefined) =>
    Object.keys(type?.getFields() ?? {}).toSorted();
  assert.deepEqual(names(publicSchema.getQueryType()), [
    'alert',
    'alertDestination',
    'alertDestinations',
    'alerts',
    'auditLog',
    'auditLogCounts',
    'auditLogs',
    'dataLakeDatabase',
    'dataLakeDatabaseTable',
    'dataLakeDatabaseTables',
    'dataLakeDatabases',
    'dataLakeQueries',
    'dataLakeQuery',
    'dataLakeRetentionSettings',
    'detectionEntitiesUploadStatus',
    'erasures',
    'featureFlags',
    'generalSettings',
    'generateEnrichedEvent',
    'ledgerStatus',
    'legalHolds',
    'metrics',
    'replay',
    'retentionSettings',
    'roleById',
    'roleByName',
    'roles',
    'rulePythonBody',
    'schemas',
    'source',
    'sources',
    'systemErrors',
    'userByEmail',
    'userById',
    'users',
    'validateBulkUploadStatus',
    'witnessSettings',
  ]);
  assert.deepEqual(names(publicSchema.getMutationType()), [
    'cancelDataLakeQuery',
    'createAlertComment',
    'createAlertDestination',
    'createLegalHold',
    'createRole',
    'deleteAlertDestination',
    'deleteDetections',
    'deleteRole',
    'deleteSavedQueriesByName',
    'deleteSource',
    'deleteUser',
    'eraseDataSubject',
    'executeDataLakeQuery',
    'executeIndicatorSearchQuery',
    'inviteUser',
    'releaseLegalHold',
    'rotateAPIToken',
    'sendTestAlert',
    'stopReplay',
    'testCorrelationRuleYAML',
    'transpileFilters',
    'transpileSimpleDetectionsToPython',
    'updateAlertDestination',
    'updateAlertStatusById',
    'updateAlertsAssigneeByEmail',
    'updateAlertsAssigneeById',
    'updateDataLakeRetentionSettings',
    'updateRetentionSettings',
    'updateRole',
    'updateUser',
    'uploadDetectionEntities',
    'uploadDetectionEntitiesAsync',
    'validateBulkUpload',
  ]);
  for (const name of ['SavedSearch', 'SamlSettings', 'CreateAPITokenInput', 'AlertCount']) {
    assert.equal(publicSchema.getType(name), undefined, name);
  }
});

test('a schema with a root field that runs no action is refused by name', () => {
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: { sneaky: { type: GraphQLString, description: 'x' } },
  });
  assert.throws(
    () => assertEveryFieldHasAnAction(new GraphQLSchema({ query })),
    /Query\.sneaky has no action/,
  );
});
