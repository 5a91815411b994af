import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { zipArchive, zipOf } from '../zip-archive.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const sha256 = (text: string | Buffer) => hash('sha256', text);

/** A rule in TypeScript; `event.a` of its one test decides whether it passes. */
function ruleFiles(id: string, { value = 1, severity = 'HIGH' } = {}) {
  const text = `import { defineRule } from '@pawprint/detections';
export default defineRule({
  id: '${id}', displayName: 'Rule ${id}', logTypes: ['Panther.Audit'], defaultSeverity: '${severity}', tags: ['Own'],
  rule: (event) => event.a === ${value},
  tests: [{ name: 'matches', expectedResult: true, log: { a: 1 } }],
});
`;
  return [{ path: `rules/${id}.ts`, text }];
}

/** The same in YAML, with code in Python, or of another kind. */
const yaml = {
  rule: (id: string, more = '') => ({
    [`rules/${id}.yml`]: `AnalysisType: rule\nRuleID: ${id}\nFilename: ${id}.py\nLogTypes: [Panther.Audit]\nSeverity: Low\n${more}`,
    [`rules/${id}.py`]: 'def rule(event):\n    return event.get("a") == 1\n',
  }),
  policy: (id: string) => ({
    [`policies/${id}.yml`]: `AnalysisType: policy\nPolicyID: ${id}\nFilename: ${id}.py\nSeverity: Low\nResourceTypes: [AWS.S3.Bucket]\n`,
    [`policies/${id}.py`]: 'def policy(resource):\n    return True\n',
  }),
  dataModel: (id: string) => ({
    [`data_models/${id}.yml`]: `AnalysisType: datamodel\nDataModelID: ${id}\nLogTypes: [Custom.${id}]\nMappings:\n  - {Name: ip, Path: a.b}\n`,
  }),
  globalHelper: (id: string) => ({
    [`global_helpers/${id}.yml`]: `AnalysisType: global\nGlobalID: ${id}\nFilename: ${id}.py\n`,
    [`global_helpers/${id}.py`]: 'def one():\n    return 1\n',
  }),
};

const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([path, text]) => ({ path, text }));
const detailsOf = (
  kind: string,
  id: string,
  files: readonly { path: string; text: string }[],
  more: object = {},
) => ({
  kind,
  id,
  displayName: id,
  enabled: true,
  version: 1,
  files: files.map(({ path, text }) => ({ path, sha256: sha256(text) })),
  ...more,
});

const create = (family: string) =>
  `mutation ($input: CreateDetectionInput!) { create${family}(input: $input) { detection { id kind version enabled severity tags sources language testCount } } }`;
const update = (family: string) =>
  `mutation ($input: UpdateDetectionInput!) { update${family}(input: $input) { detection { id version enabled } } }`;
const testOf = (family: string) =>
  `mutation ($input: TestDetectionInput!) { test${family}(input: $input) { problems { path field message level } tests { name passed errored triggerAlert error functions } } }`;
const state = `mutation ($input: UpdateDetectionStateInput!) { updateDetectionState(input: $input) { detections { id enabled version } } }`;
const remove = `mutation ($input: DeleteDetectionsInput!) { deleteDetections(input: $input) { ids savedQueryNames } }`;
const upload = `mutation ($input: UploadDetectionEntitiesInput!) { uploadDetectionEntities(input: $input) { rules { new modified total newIds } globalHelpers { total } packs { total } } }`;
const uploadLater = `mutation ($input: UploadDetectionEntitiesAsyncInput!) { uploadDetectionEntitiesAsync(input: $input) { receiptId } }`;
const uploadStatus = `query ($id: ID!) { detectionEntitiesUploadStatus(receiptId: $id) { status error result { rules { new modified total } } } }`;
const validate = `mutation ($input: ValidateBulkUploadInput!) { validateBulkUpload(input: $input) { receiptId } }`;
const validateStatus = `query ($id: ID!) { validateBulkUploadStatus(receiptId: $id) { status error result { issues { path errorMessage } } } }`;
const list = `query ($input: DetectionsInput) { detections(input: $input) { edges { node { id kind enabled managed severity } } pageInfo { hasNextPage } } }`;
const get = `query ($id: ID!) { rule(id: $id) { id version enabled files { path text } versions { version files { text } } } }`;

let made = 0;
async function createRule(): Promise<string> {
  made += 1;
  const id = `Made.${made}`;
  await admin.ask(create('Rule'), { input: { files: ruleFiles(id) } });
  return id;
}

const zip = (files: Readonly<Record<string, string>>) => zipOf(files).toString('base64');
const redacted = (input: object) => ({ input: { ...input, data: '(redacted)' } });

const families = [
  ['Rule', 'rule', 'CREATE_RULE', 'UPDATE_RULE', 'GET_RULE', 'TEST_RULE', 'Rule', 'rule', yaml.rule],
  [
    'Policy',
    'policy',
    'CREATE_POLICY',
    'UPDATE_POLICY',
    'GET_POLICY',
    'TEST_POLICY',
    'Policy',
    'policy',
    yaml.policy,
  ],
  [
    'DataModel',
    'data model',
    'CREATE_DATA_MODEL',
    'UPDATE_DATA_MODEL',
    'GET_DATA_MODEL',
    'TEST_RULE',
    'Rule',
    'datamodel',
    yaml.dataModel,
  ],
  [
    'GlobalHelper',
    'global helper',
    'CREATE_GLOBAL_HELPER',
    'UPDATE_GLOBAL_HELPER',
    'GET_GLOBAL_HELPER',
    'TEST_RULE',
    'Rule',
    'global',
    yaml.globalHelper,
  ],
] as const;

for (const [family, name, creates, updates, gets, tests, permission, kind, write] of families) {
  const field = `${family[0]?.toLowerCase()}${family.slice(1)}`;
  const id = `Of${family}`;
  const files = filesOf(write(id));
  const changed = files.map(({ path, text }) => ({ path, text: `${text}\n# changed\n` }));
  const [described] = files;
  assert(described);
  testActions(instance, [
    {
      operation: create(family),
      action: creates,
      description: `Adds a ${name}`,
      permission: `${permission}Modify`,
      given: () => ({ input: { files } }),
      details: () => ({ after: detailsOf(kind, id, files) }),
      refusals: [
        {
          variables: { input: { files: [] } },
          field: 'input.files',
          message: 'input.files: must hold the file that describes the detection',
        },
        {
          variables: { input: { files: [{ path: '../x.yml', text: '' }] } },
          field: 'input.files.0.path',
          message: 'input.files.0.path: must be a relative path of a file',
        },
        {
          variables: { input: { files } },
          code: 'ALREADY_EXISTS',
          field: 'input.files',
          message: `There is already a ${kind} ${id}`,
        },
      ],
    },
    {
      operation: update(family),
      action: updates,
      description: `Updates a ${name}`,
      permission: `${permission}Modify`,
      given: () => ({ input: { id, files: changed } }),
      details: () => ({
        before: detailsOf(kind, id, files),
        after: detailsOf(kind, id, changed, { version: 2 }),
      }),
      refusals: [
        {
          variables: { input: { id: 'Nothing', files } },
          code: 'NOT_FOUND',
          field: 'input.id',
          message: `There is no ${kind} Nothing`,
        },
        {
          variables: { input: { id, files: filesOf(write('Other')) } },
          field: 'input.files',
          message: `input.files: these are of the ${kind} Other, not of the ${kind} ${id}`,
        },
      ],
    },
    {
      operation: `query ($id: ID!) { ${field}(id: $id) { id } }`,
      action: gets,
      description: `Fetches the ${name} with an id`,
      permission: `${permission}Read`,
      given: () => ({ id }),
      refusals: [
        {
          variables: { id: 'Nothing' },
          code: 'NOT_FOUND',
          field: 'id',
          message: `There is no ${kind} Nothing`,
        },
      ],
    },
    {
      operation: testOf(family),
      action: tests,
      description: `Checks the files of a ${name} and runs its tests`,
      permission: `${permission}Read`,
      given: () => ({ input: { files } }),
      refusals: [
        {
          variables: { input: { files: [described, described, described] } },
          field: 'input.files',
          message: 'input.files: Too big: expected array to have <=2 items',
        },
      ],
    },
  ]);
}

const holder = async (...permissions: Parameters<typeof instance.userWith>[0]) => {
  const client = await instance.userWith(permissions);
  return { client, actor: await actorOf(client) };
};

/** The records of `work`, each cut down to what is said of it here. */
const outlined = async (work: () => Promise<unknown>) =>
  (await recordsOf(instance, work)).map(({ actionName, actionResult, actionDetails, errors }) => ({
    actionName,
    actionResult,
    ...(actionDetails !== undefined && { actionDetails }),
    ...(errors != null && { errors: errors.map(({ message }) => message) }),
  }));

test('an upload is taken in whole, and its record has the hash of the archive in place of its bytes', async () => {
  const { client, actor } = await holder('BulkUpload');
  const nobody = await holder('RuleModify');
  const archive = zipOf({
    ...yaml.rule('Up.One'),
    ...yaml.rule('Up.Two', 'Enabled: false\n'),
    ...yaml.globalHelper('up_helper'),
    'packs/mine.yml': 'AnalysisType: pack\nPackID: Mine\nPackDefinition: {IDs: [Up.One, Up.Two]}\n',
    'README.md': 'not content',
  });
  const input = { data: archive.toString('base64'), patVersion: '1.7.0' };
  const record = {
    action: 'UPLOAD_DETECTION_ENTITIES',
    description: 'Takes in an archive of detections',
  } as const;
  const message = 'This needs the permission BulkUpload';
  let results: unknown[] = [];
  const records = await recordsOf(instance, async () => {
    await assertRefused(nobody.client, upload, { input }, { code: 'FORBIDDEN', message });
    results = [await client.ask(upload, { input }), await client.ask(upload, { input })];
  });
  const details = { archive: { bytes: archive.length, sha256: sha256(archive) } };
  assert.deepEqual(records, [
    expectedRecord({ ...record, actor: nobody.actor, dynamic: redacted(input), errors: [message] }),
    expectedRecord({
      ...record,
      actor,
      dynamic: redacted(input),
      details: {
        ...details,
        uploaded: {
          rules: { new: ['Up.One', 'Up.Two'], modified: [] },
          globalHelpers: { new: ['up_helper'], modified: [] },
          packs: { new: ['Mine'], modified: [] },
        },
      },
    }),
    expectedRecord({ ...record, actor, dynamic: redacted(input), details: { ...details, uploaded: {} } }),
  ]);
  const rules = { new: 2, modified: 0, total: 2, newIds: ['Up.One', 'Up.Two'] };
  assert.deepEqual(results, [
    { uploadDetectionEntities: { rules, globalHelpers: { total: 1 }, packs: { total: 1 } } },
    {
      uploadDetectionEntities: {
        rules: { ...rules, new: 0, newIds: [] },
        globalHelpers: { total: 1 },
        packs: { total: 1 },
      },
    },
  ]);
  assert.deepEqual(await listed({ nameContains: 'up.' }), [
    ['Up.One', true],
    ['Up.Two', false],
  ]);
});

async function listed(input: object): Promise<readonly (readonly [string, boolean])[]> {
  type List = { detections: { edges: { node: { id: string; enabled: boolean } }[] } };
  const { detections } = await admin.ask<List>(list, { input });
  return detections.edges.map(({ node: { id, enabled } }) => [id, enabled] as const);
}

test('an upload with anything wrong in it takes in nothing, and says what is wrong where', async () => {
  const files = {
    ...yaml.rule('Good'),
    'bad/one.yml': 'AnalysisType: rule\nRuleID: Bad.One\n',
    ...yaml.rule('Bad.Two'),
    'rules/Bad.Two.py': 'def rule(event)\n',
  };
  const { errors } = await admin.graphql(upload, { input: { data: zip(files) } });
  assert.deepEqual(
    errors.map(({ message, extensions }) => ({ message, ...extensions })),
    [
      {
        message: 'bad/one.yml: Severity is required (and 1 more)',
        code: 'INVALID_INPUT',
        field: 'input.data',
        problems: [
          { path: 'bad/one.yml', field: 'Severity', message: 'is required', level: 'error' },
          {
            path: 'rules/Bad.Two.py',
            field: '',
            message: "can not be loaded: expected ':' (Bad.Two.py, line 1)",
            level: 'error',
          },
        ],
      },
    ],
  );
  assert.deepEqual(await listed({ nameContains: 'good' }), []);
});

test('what is no archive, or one that harms, is refused with its name', async () => {
  const bomb = zipArchive([{ name: 'bomb.yml', content: Buffer.alloc(3_000_000) }]);
  for (const [data, message] of [
    ['?', 'input.data: must be a zip archive in base64'],
    ['aGVsbG8=', /^The data is no zip archive that can be read: /],
    [bomb.toString('base64'), 'bomb.yml is larger than 2097152 bytes'],
  ] as const) {
    const { errors } = await admin.graphql(upload, { input: { data } });
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.deepEqual(error?.extensions, { code: 'INVALID_INPUT', field: 'input.data' });
    if (typeof message === 'string') assert.equal(error?.message, message);
    else assert.match(error?.message ?? '', message);
  }
});

/** Asks until the job behind a receipt has ended. */
async function ended(client: Client, query: string, id: string) {
  for (;;) {
    const [job = {}] = Object.values(
      await client.ask<Record<string, Record<string, unknown>>>(query, { id }),
    );
    if (job.status !== 'NOT_PROCESSED') return job;
    await delay(20);
  }
}

test('an accepted archive is taken in afterwards by an action of its own, in the name of its sender', async () => {
  const { client, actor } = await holder('BulkUpload');
  const archive = zipOf(yaml.rule('Later'));
  const input = { data: archive.toString('base64') };
  let receiptId = '';
  const records = await recordsOf(instance, async () => {
    const answer = await client.ask<{ uploadDetectionEntitiesAsync: { receiptId: string } }>(uploadLater, {
      input,
    });
    ({ receiptId } = answer.uploadDetectionEntitiesAsync);
    const [error] = (await client.graphql(uploadLater, { input })).errors;
    // Panther's tool knows by these words that it may try again.
    assert.match(error?.message ?? '', /another upload/);
    assert.deepEqual(await ended(client, uploadStatus, receiptId), {
      status: 'COMPLETED',
      error: null,
      result: { rules: { new: 1, modified: 0, total: 1 } },
    });
  });
  const archived = { receiptId, archive: { bytes: archive.length, sha256: sha256(archive) } };
  const record = { action: 'UPLOAD_DETECTION_ENTITIES', actor, dynamic: redacted(input) } as const;
  const [accepted, refused, ...others] = records;
  assert.deepEqual(
    [accepted, refused],
    [
      expectedRecord({
        ...record,
        description: 'Accepts an archive of detections, which is taken in afterwards',
        details: archived,
      }),
      expectedRecord({
        ...record,
        description: 'Accepts an archive of detections, which is taken in afterwards',
        errors: ['There is another upload in progress: try again when it has ended'],
      }),
    ],
  );
  const work = others.filter(({ actionName }) => actionName === 'UPLOAD_DETECTION_ENTITIES');
  assert.deepEqual(work, [
    expectedRecord({
      ...record,
      description: 'Takes in an archive of detections that was accepted before',
      details: { ...archived, uploaded: { rules: { new: ['Later'], modified: [] } } },
    }),
  ]);
  const asked = others.filter(({ actionName }) => actionName === 'GET_DETECTION_ENTITIES_UPLOAD_STATUS');
  assert(asked.length > 0);
  for (const each of asked) {
    assert.deepEqual(
      each,
      expectedRecord({
        action: 'GET_DETECTION_ENTITIES_UPLOAD_STATUS',
        description: 'Tells how far an uploaded archive has been taken in',
        actor,
        dynamic: { receiptId },
      }),
    );
  }
  const message = `This upload does not exist: there is no receipt ${receiptId}`;
  await assertRefused(
    admin,
    uploadStatus,
    { id: receiptId },
    { code: 'NOT_FOUND', field: 'receiptId', message },
  );
});

test('an accepted archive with something wrong in it tells each problem as JSON', async () => {
  const input = { data: zip({ 'a.yml': 'AnalysisType: rule' }) };
  const { uploadDetectionEntitiesAsync } = await admin.ask<{
    uploadDetectionEntitiesAsync: { receiptId: string };
  }>(uploadLater, { input });
  const job = await ended(admin, uploadStatus, uploadDetectionEntitiesAsync.receiptId);
  assert.deepEqual(JSON.parse(String(job.error)), {
    error: 'Nothing was taken in, because of problems',
    issues: [{ path: 'a.yml', errorMessage: 'RuleID is required' }],
  });
});

test('an archive can be checked without being taken in', async () => {
  const { client, actor } = await holder('BulkUploadValidate');
  const archive = zipOf({ ...yaml.rule('Checked'), 'a.yml': 'AnalysisType: spell' });
  const input = { data: archive.toString('base64') };
  let receiptId = '';
  const [record] = await recordsOf(instance, async () => {
    const answer = await client.ask<{ validateBulkUpload: { receiptId: string } }>(validate, { input });
    ({ receiptId } = answer.validateBulkUpload);
  });
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'VALIDATE_BULK_UPLOAD',
      description: 'Checks an archive of detections without taking it in',
      actor,
      dynamic: redacted(input),
      details: { receiptId, archive: { bytes: archive.length, sha256: sha256(archive) } },
    }),
  );
  assert.deepEqual(await ended(client, validateStatus, receiptId), {
    status: 'COMPLETED',
    error: null,
    result: {
      issues: [
        {
          path: 'a.yml',
          errorMessage:
            'AnalysisType spell is none of rule, scheduled_rule, policy, correlation_rule, datamodel, global, pack, lookup_table, saved_query, scheduled_query, scheduled_prompt',
        },
      ],
    },
  });
  assert.deepEqual(await listed({ nameContains: 'checked' }), []);
});

test('a rule is tested before it is kept: its problems, its tests and what its functions give', async () => {
  const [good, failing] = [ruleFiles('Try'), ruleFiles('Try', { value: 2 })];
  const answer = await admin.ask<{ testRule: { problems: unknown[]; tests: Record<string, unknown>[] } }>(
    testOf('Rule'),
    { input: { files: good } },
  );
  assert.deepEqual(answer.testRule.problems, []);
  assert.deepEqual(
    answer.testRule.tests.map(({ functions, ...rest }) => [
      rest,
      (functions as Record<string, unknown>).title,
    ]),
    [
      [
        { name: 'matches', passed: true, errored: false, triggerAlert: true, error: null },
        { output: 'Rule Try', error: null },
      ],
    ],
  );
  const failed = await admin.ask<typeof answer>(testOf('Rule'), { input: { files: failing } });
  assert.equal(failed.testRule.tests[0]?.error, 'expected true, got false');
  const broken = await admin.ask<typeof answer>(testOf('Rule'), {
    input: { files: [{ path: 'a.ts', text: 'export function;' }] },
  });
  assert.deepEqual(broken.testRule, {
    problems: [{ path: 'a.ts', field: '', message: 'Expected ident', level: 'error' }],
    tests: [],
  });
});

test('each change of the text is a version; turning off and on is none, and an earlier text can come back', async () => {
  const id = await createRule();
  await admin.ask(state, { input: { ids: [id], enabled: false } });
  await admin.ask(update('Rule'), { input: { id, files: ruleFiles(id, { value: 2 }) } });
  await admin.ask(update('Rule'), { input: { id, files: ruleFiles(id), enabled: true } });
  type Got = {
    rule: { version: number; enabled: boolean; versions: { version: number; files: { text: string }[] }[] };
  };
  const { rule } = await admin.ask<Got>(get, { id });
  assert.deepEqual([rule.version, rule.enabled], [3, true]);
  assert.deepEqual(
    rule.versions.map(({ version, files: [file] }) => [version, file?.text.includes('=== 2')]),
    [
      [3, false],
      [2, true],
      [1, false],
    ],
  );
  // Deleted and made again, it goes on counting: what was raised by version 3 stays told apart.
  await admin.ask(remove, { input: { ids: [id] } });
  const again = await admin.ask<{ createRule: { detection: { version: number } } }>(create('Rule'), {
    input: { files: ruleFiles(id) },
  });
  assert.equal(again.createRule.detection.version, 4);
});

test('turning on and off: what can not be is told in a record of partial failure', async () => {
  const [one, two] = [await createRule(), await createRule()];
  assert.deepEqual(
    await outlined(() => admin.ask(state, { input: { ids: [one, two, 'Nothing'], enabled: false } })),
    [
      {
        actionName: 'UPDATE_DETECTION_STATE',
        actionResult: 'PARTIALLY_FAILED',
        actionDetails: { enabled: false, changed: [one, two] },
        errors: ['There is no detection Nothing'],
      },
    ],
  );
  const { client } = await holder('PolicyModify');
  const [refused] = await outlined(() => client.graphql(state, { input: { ids: [one], enabled: true } }));
  assert.deepEqual(refused, {
    actionName: 'UPDATE_DETECTION_STATE',
    actionResult: 'FAILED',
    errors: [`You may not change ${one}`],
  });
  const stranger = await holder('RuleRead');
  const message = 'This needs the permission RuleModify or PolicyModify';
  await assertRefused(
    stranger.client,
    state,
    { input: { ids: [one], enabled: true } },
    { code: 'FORBIDDEN', message },
  );
});

test('deleting tells first what would go, then what went, and what was not there', async () => {
  const id = await createRule();
  const files = ruleFiles(id);
  const token = await instance.tokenWith(['RuleModify']);
  assert.deepEqual(
    await token.ask(remove, { input: { ids: [id, 'Nothing'], dryRun: true, includeSavedQueries: true } }),
    { deleteDetections: { ids: [id], savedQueryNames: [] } },
  );
  assert.deepEqual(await outlined(() => token.ask(remove, { input: { ids: [id, 'Nothing'] } })), [
    {
      actionName: 'DELETE_DETECTION',
      actionResult: 'PARTIALLY_FAILED',
      actionDetails: {
        before: [detailsOf('rule', id, files, { displayName: `Rule ${id}` })],
        savedQueries: [],
      },
      errors: ['There is no detection Nothing'],
    },
  ]);
  assert.deepEqual(await listed({ nameContains: id }), []);
  await admin.ask(create('Policy'), { input: { files: filesOf(yaml.policy('Kept.Policy')) } });
  const refused = {
    code: 'FORBIDDEN',
    field: 'input.ids',
    message: 'Kept.Policy needs the permission PolicyModify',
  };
  await assertRefused(token, remove, { input: { ids: ['Kept.Policy'] } }, refused);
  await assertRefused(
    admin,
    remove,
    { input: { ids: [] } },
    {
      code: 'INVALID_INPUT',
      field: 'input.ids',
      message: 'input.ids: Too small: expected array to have >=1 items',
    },
  );
});

test('the list is narrowed by everything it shows, and shows nobody what they may not see', async () => {
  const id = await createRule();
  await admin.ask(update('Rule'), { input: { id, files: ruleFiles(id, { severity: 'CRITICAL' }) } });
  await admin.ask(state, { input: { ids: [id], enabled: false } });
  for (const input of [
    { kinds: ['rule'], nameContains: id.toUpperCase() },
    { severities: ['CRITICAL'], enabled: false },
    { sources: ['panther.audit'], tags: ['own'], enabled: false, severities: ['CRITICAL'] },
  ]) {
    assert.deepEqual(await listed(input), [[id, false]], JSON.stringify(input));
  }
  assert.deepEqual(await listed({ nameContains: id, managed: true }), []);
  const { client, actor } = await holder('PolicyRead');
  const records = await recordsOf(instance, async () => {
    const { detections } = await client.ask<{ detections: { edges: { node: { kind: string } }[] } }>(list, {
      input: { pageSize: 1000 },
    });
    assert.deepEqual(new Set(detections.edges.map(({ node }) => node.kind)), new Set(['policy']));
  });
  assert.deepEqual(records, [
    expectedRecord({
      action: 'LIST_DETECTIONS',
      description: 'Lists the detections',
      actor,
      dynamic: { input: { pageSize: 1000 } },
    }),
  ]);
  await assertRefused(
    admin,
    list,
    { input: { kinds: ['spell'] } },
    {
      code: 'INVALID_INPUT',
      field: 'input.kinds.0',
      message:
        'input.kinds.0: Invalid option: expected one of "rule"|"scheduled_rule"|"correlation_rule"|"policy"|"datamodel"|"global"|"pack"|"lookup_table"|"saved_query"|"scheduled_query"|"scheduled_prompt"',
    },
  );
});

test('a derived rule finds its base among what is kept, and code finds the modules', async () => {
  await admin.ask(create('GlobalHelper'), { input: { files: filesOf(yaml.globalHelper('kept_helper')) } });
  const base = {
    'b.yml': 'AnalysisType: rule\nRuleID: Base\nFilename: b.py\nLogTypes: [Panther.Audit]\nSeverity: Low\n',
    'b.py': 'from kept_helper import one\ndef rule(event):\n    return event.get("a") == one()\n',
  };
  await admin.ask(create('Rule'), { input: { files: filesOf(base) } });
  const derived = {
    'd.yml':
      'AnalysisType: rule\nRuleID: Derived\nBaseDetection: Base\nSeverity: High\nTests:\n  - {Name: a, ExpectedResult: true, Log: {a: 1}}\n',
  };
  const answer = await admin.ask<{ testRule: { problems: unknown[]; tests: { passed: boolean }[] } }>(
    testOf('Rule'),
    {
      input: { files: filesOf(derived) },
    },
  );
  assert.deepEqual(
    [answer.testRule.problems, answer.testRule.tests.map(({ passed }) => passed)],
    [[], [true]],
  );
  const body = await admin.ask(
    'query ($input: ID!) { rulePythonBody(input: $input) { pythonBody tests { name } } }',
    {
      input: 'Base',
    },
  );
  assert.deepEqual(body, { rulePythonBody: { pythonBody: base['b.py'], tests: [] } });
});

test('a pack is turned on and off whole; the rules that ship with the product are one', async () => {
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const packs = 'query { detectionPacks { id managed detections { id enabled } } }';
  const change =
    'mutation ($input: UpdateDetectionPackStateInput!) { updateDetectionPackState(input: $input) { pack { detections { id enabled } } } }';
  type Packs = {
    detectionPacks: { id: string; managed: boolean; detections: { id: string; enabled: boolean }[] }[];
  };
  const { detectionPacks } = await admin.ask<Packs>(packs);
  const [shipped] = detectionPacks;
  assert(shipped?.managed && shipped.detections.length > 10);
  assert(shipped.detections.every(({ enabled }) => enabled));
  const { client, actor } = await holder('RuleModify');
  const ids = shipped.detections.map(({ id }) => id);
  const input = { id: 'Pawprint.Audit', enabled: false };
  const records = await recordsOf(instance, async () => {
    const message = 'This needs the permission RuleRead';
    await assertRefused(client, packs, {}, { code: 'FORBIDDEN', message });
    await client.ask(change, { input });
    const refused = { code: 'NOT_FOUND', field: 'input.id', message: 'There is no pack Nothing' };
    await assertRefused(client, change, { input: { id: 'Nothing', enabled: true } }, refused);
  });
  const record = {
    action: 'UPDATE_DETECTION_PACK_STATE',
    description: 'Turns all detections of a pack on or off',
    actor,
  } as const;
  assert.deepEqual(records, [
    expectedRecord({
      action: 'LIST_DETECTION_PACKS',
      description: 'Lists the packs of detections',
      actor,
      errors: ['This needs the permission RuleRead'],
    }),
    expectedRecord({
      ...record,
      dynamic: { input },
      details: { packId: 'Pawprint.Audit', enabled: false, changed: ids },
    }),
    expectedRecord({
      ...record,
      dynamic: { input: { id: 'Nothing', enabled: true } },
      errors: ['There is no pack Nothing'],
    }),
  ]);
  const managed = 'Pawprint.Audit.SamlChanged';
  const message = `${managed} is managed: it can be turned on or off, or copied under another id`;
  await assertRefused(
    admin,
    remove,
    { input: { ids: [managed] } },
    { code: 'CONFLICT', field: 'input.ids', message },
  );
  await assertRefused(
    admin,
    update('Rule'),
    { input: { id: managed, files: ruleFiles(managed) } },
    { code: 'CONFLICT', field: 'input.id', message },
  );
  await admin.ask(state, { input: { ids: [managed], enabled: true } });
  assert.deepEqual(await listed({ kinds: ['rule'], managed: true, enabled: true }), [[managed, true]]);
});

test('a query that only a deleted scheduled rule judges goes with it, where that is asked for and allowed', async () => {
  const files = {
    'queries/own.yml':
      'AnalysisType: scheduled_query\nQueryName: Own query\nQuery: SELECT 1\nEnabled: true\nSchedule: {RateMinutes: 30, TimeoutMinutes: 5}\n',
    'queries/saved.yml': 'AnalysisType: saved_query\nQueryName: Saved query\nQuery: SELECT 2\n',
    'rules/scheduled.yml':
      'AnalysisType: scheduled_rule\nRuleID: Own.Scheduled\nFilename: scheduled.py\nScheduledQueries: [Own query]\nSeverity: Low\n',
    'rules/scheduled.py': 'def rule(event):\n    return True\n',
  };
  await admin.ask(upload, { input: { data: zip(files) } });
  type Saved = { savedQueries: { edges: { node: { name: string } }[] } };
  const saved = async () => {
    const { savedQueries } = await admin.ask<Saved>('query { savedQueries { edges { node { name } } } }');
    return savedQueries.edges.map(({ node }) => node.name);
  };
  const input = { ids: ['Own.Scheduled'], includeSavedQueries: true };
  const expected = { ids: ['Own.Scheduled'], savedQueryNames: ['Own query'] };
  const trial = { input: { ...input, dryRun: true } };
  assert.deepEqual(await admin.ask(remove, trial), { deleteDetections: expected });
  assert.deepEqual(await saved(), ['Own query', 'Saved query']);
  const token = await instance.tokenWith(['RuleModify']);
  assert.deepEqual(await token.ask(remove, trial), {
    deleteDetections: { ...expected, savedQueryNames: [] },
  });
  assert.deepEqual(await admin.ask(remove, { input }), { deleteDetections: expected });
  assert.deepEqual(await saved(), ['Saved query']);
  assert.deepEqual(await listed({ kinds: ['scheduled_query'] }), []);
});
