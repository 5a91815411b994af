import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestInstance } from '@pawprint/testing';
import { assertRefused, testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { zipOf } from '../zip-archive.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const sha256 = (text: string | Buffer) => hash('sha256', text);
const table = (rows: string) => ({
  'lookup_tables/people.yml': `AnalysisType: lookup_table
LookupName: people
Schema: Custom.People
Filename: people.csv
LogTypeMap: {PrimaryKey: id, AssociatedLogTypes: [{LogType: Panther.Audit, Selectors: [actor.id]}]}
`,
  'lookup_tables/people.csv': `id,team\n${rows}`,
});
const zip = (files: Readonly<Record<string, string>>) => zipOf(files).toString('base64');

const upload =
  'mutation ($input: UploadDetectionEntitiesInput!) { uploadDetectionEntities(input: $input) { lookupTables { newIds modifiedIds } } }';
const enrich =
  'query ($input: GenerateEnrichedEventInput!) { generateEnrichedEvent(input: $input) { enrichedEvent } }';
const remove = 'mutation ($input: DeleteDetectionsInput!) { deleteDetections(input: $input) { ids } }';
const testRule =
  'mutation ($input: TestDetectionInput!) { testRule(input: $input) { problems { message } tests { passed } } }';

const event = { p_log_type: 'Panther.Audit', actor: { id: 'u1' } };
const enriched = async (given: object = event) => {
  type Answer = { generateEnrichedEvent: { enrichedEvent: Record<string, unknown> } };
  const { generateEnrichedEvent } = await admin.ask<Answer>(enrich, { input: { event: given } });
  return generateEnrichedEvent.enrichedEvent;
};
const rowOf = (team: string) => ({ people: { 'actor.id': { id: 'u1', team, p_match: 'u1' } } });

testActions(instance, [
  {
    operation: enrich,
    action: 'GENERATE_ENRICHED_EVENT',
    description: 'Adds what lookup tables know to an event',
    permission: 'RuleRead',
    given: () => ({ input: { event } }),
  },
]);

test('what is no event is refused, and not kept in the record', async () => {
  const message = 'input.event: Invalid input: expected record, received array';
  const refused = { code: 'INVALID_INPUT', field: 'input.event', message };
  const [record] = await recordsOf(instance, () =>
    assertRefused(admin, enrich, { input: { event: [] } }, refused),
  );
  assert.deepEqual(
    [record?.actionResult, record?.actionParams],
    ['FAILED', { dynamic: { input: { event: '(not recorded: not an object)' } }, static: {} }],
  );
});

test('a table is uploaded, replaced and deleted; events are enriched from it as it is', async () => {
  const client = await instance.userWith(['BulkUpload']);
  const actor = await actorOf(client);
  const archive = zipOf(table('u1,red\n'));
  const input = { data: archive.toString('base64') };
  const records = await recordsOf(instance, async () => {
    assert.deepEqual(await client.ask(upload, { input }), {
      uploadDetectionEntities: { lookupTables: { newIds: ['people'], modifiedIds: [] } },
    });
  });
  assert.deepEqual(records, [
    expectedRecord({
      action: 'UPLOAD_DETECTION_ENTITIES',
      description: 'Takes in an archive of detections',
      actor,
      dynamic: { input: { data: '(redacted)' } },
      details: {
        archive: { bytes: archive.length, sha256: sha256(archive) },
        uploaded: { lookupTables: { new: ['people'], modified: [] } },
      },
    }),
  ]);
  assert.deepEqual(await enriched(), { ...event, p_enrichment: rowOf('red') });
  await client.ask(upload, { input: { data: zip(table('u1,blue\n')) } });
  const old = { ...event, p_enrichment: { ...rowOf('red'), geo: { ip: 1 } } };
  assert.deepEqual(await enriched(old), { ...event, p_enrichment: { ...rowOf('blue'), geo: { ip: 1 } } });
  const other = { ...event, p_log_type: 'Other' };
  assert.deepEqual(await enriched(other), other);
  assert.deepEqual(await enriched({ actor: { id: 'u1' } }), { actor: { id: 'u1' } });

  const modifier = await instance.userWith(['RuleModify']);
  await assertRefused(
    modifier,
    remove,
    { input: { ids: ['people'] } },
    { code: 'FORBIDDEN', field: 'input.ids', message: 'people needs the permission LookupModify' },
  );
  await admin.ask(remove, { input: { ids: ['people'] } });
  assert.deepEqual(await enriched(), event);
});

test('a table with a bad row is refused whole, with the file and the line', async () => {
  await assertRefused(admin, upload, { input: { data: zip(table('u1,red\nu1,blue\n')) } }, {
    code: 'INVALID_INPUT',
    field: 'input.data',
    message: 'lookup_tables/people.yml: Filename lookup_tables/people.csv: line 3: id u1 has a row already',
    problems: [
      {
        path: 'lookup_tables/people.yml',
        field: 'Filename',
        message: 'lookup_tables/people.csv: line 3: id u1 has a row already',
        level: 'error',
      },
    ],
  } as Parameters<typeof assertRefused>[3]);
  assert.deepEqual(await enriched(), event);
});

test('unit tests and backtests of a rule look up in the tables that are kept', async () => {
  const me = (await actorOf(admin)).id;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await admin.ask(upload, { input: { data: zip(table(`${me},red\n`)) } });
  const rule = (id: string, condition: string) => ({
    path: `${id}.ts`,
    text: `import { deepGet, defineRule, lookup } from '@pawprint/detections';
export default defineRule({
  id: '${id}', logTypes: ['Panther.Audit'], defaultSeverity: 'LOW',
  rule: (event) => event.actionName === 'UPLOAD_DETECTION_ENTITIES' && ${condition},
  tests: [{ name: 'looks up', expectedResult: true, log: { actionName: 'UPLOAD_DETECTION_ENTITIES', actor: { id: '${me}' } } }],
});`,
  });
  const looksUp = rule('LooksUp', "deepGet(lookup('people', event.actor.id), 'team') === 'red'");
  assert.deepEqual(await admin.ask(testRule, { input: { files: [looksUp] } }), {
    testRule: { problems: [], tests: [{ passed: true }] },
  });
  const uploads = (await instance.records()).filter(
    ({ actionName, actor }) => actionName === 'UPLOAD_DETECTION_ENTITIES' && actor.id === me,
  ).length;
  const isEnriched = rule(
    'IsEnriched',
    "deepGet(event, 'p_enrichment', 'people', 'actor.id', 'team') === 'red'",
  );
  for (const file of [looksUp, isEnriched]) {
    assert.deepEqual(await backtest(file), { state: 'DONE', matches: uploads, errors: 0 }, file.path);
  }
});

async function backtest(file: { readonly path: string; readonly text: string }) {
  const { createReplay } = await admin.ask<{ createReplay: { replay: { id: string } } }>(
    'mutation ($input: CreateReplayInput!) { createReplay(input: $input) { replay { id } } }',
    { input: { startsAt: '2026-01-01T00:00:00.000Z', files: [file] } },
  );
  for (;;) {
    type Answer = { replay: { state: string; summary: { ruleMatchCount: number; ruleErrorCount: number } } };
    const { replay } = await admin.ask<Answer>(
      'query ($id: ID!) { replay(id: $id) { state summary { ruleMatchCount ruleErrorCount } } }',
      { id: createReplay.replay.id },
    );
    const { state, summary } = replay;
    if (state !== 'EVALUATION_IN_PROGRESS') {
      return { state, matches: summary.ruleMatchCount, errors: summary.ruleErrorCount };
    }
    await delay(100);
  }
}
