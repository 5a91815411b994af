import { deleteDetections } from '../../../actions/detection/delete-detections.ts';
import type { DetectionEntity, DetectionVersion } from '../../../actions/detection/detection.ts';
import { detectionActions } from '../../../actions/detection/detection-actions.ts';
import type { Family } from '../../../actions/detection/detection-kinds.ts';
import {
  generateEnrichedEvent,
  getFeatureFlags,
  getRulePythonBody,
  testCorrelationRule,
  transpileFilters,
  transpileSimpleDetections,
} from '../../../actions/detection/detection-tools.ts';
import { listDetections } from '../../../actions/detection/list-detections.ts';
import type { TestedDetection } from '../../../actions/detection/test-result.ts';
import { updateDetectionState } from '../../../actions/detection/update-detection-state.ts';
import type { UploadResult, UploadStatistics } from '../../../actions/detection/upload-archive.ts';
import {
  getUploadStatus,
  uploadDetections,
  uploadDetectionsLater,
} from '../../../actions/detection/upload-detections.ts';
import { getValidateUploadStatus, validateUpload } from '../../../actions/detection/validate-upload.ts';
import {
  type DetectionPack,
  listDetectionPacks,
  updateDetectionPackState,
} from '../../../actions/detection-pack/detection-packs.ts';
import { builder, mutationField, type Output, queryField } from '../schema-builder.ts';
import { severityEnum } from './alerts.ts';
import { connection } from './page.ts';
import { input, optionalInput, payload } from './payload.ts';
import { actorRef } from './references.ts';

const fileRef = builder.objectRef<DetectionEntity['files'][number]>('DetectionFile').implement({
  description: 'A file that a detection is written in',
  fields: (t) => ({ path: t.exposeString('path'), text: t.exposeString('text') }),
});

const versionRef = builder.objectRef<DetectionVersion>('DetectionVersion').implement({
  description: 'What a detection said at a time; none is ever changed',
  fields: (t) => ({
    version: t.exposeInt('version'),
    files: t.field({ type: [fileRef], resolve: ({ files }) => files }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
  }),
});

const entityRef = builder
  .objectRef<DetectionEntity & { readonly versions?: readonly DetectionVersion[] }>('DetectionEntity')
  .implement({
    description: 'A detection, or what detections share',
    fields: (t) => ({
      kind: t.exposeString('kind', { description: 'As AnalysisType in YAML, such as scheduled_rule' }),
      id: t.exposeID('id'),
      displayName: t.exposeString('displayName'),
      description: t.exposeString('description'),
      language: t.exposeString('language', { description: 'python, typescript or yaml' }),
      enabled: t.exposeBoolean('enabled'),
      managed: t.exposeBoolean('managed', {
        description: 'Ships with the product: only on and off can be changed',
      }),
      severity: t.field({ type: severityEnum, nullable: true, resolve: ({ severity }) => severity }),
      sources: t.exposeStringList('sources', {
        description: 'Log types of a rule, resource types of a policy, queries of a scheduled rule',
      }),
      tags: t.exposeStringList('tags'),
      testCount: t.exposeInt('tests'),
      version: t.exposeInt('version'),
      files: t.field({ type: [fileRef], resolve: ({ files }) => files }),
      versions: t.field({
        type: [versionRef],
        description: 'The newest first; only of a detection that is asked for by its id',
        resolve: ({ versions }) => versions ?? [],
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      createdBy: t.field({ type: actorRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
      updatedBy: t.field({ type: actorRef, nullable: true, resolve: ({ updatedBy }) => updatedBy }),
    }),
  });

queryField('detections', {
  action: listDetections,
  type: connection('DetectionEntity', entityRef),
  args: optionalInput(
    builder.inputType('DetectionsInput', {
      fields: (t) => ({
        nameContains: t.string(),
        kinds: t.stringList(),
        severities: t.field({ type: [severityEnum] }),
        sources: t.stringList(),
        tags: t.stringList(),
        enabled: t.boolean(),
        managed: t.boolean(),
        pageSize: t.int({ defaultValue: 25 }),
        cursor: t.string(),
      }),
    }),
  ),
  description: 'Lists the detections',
  audience: 'internal',
});

mutationField('updateDetectionState', {
  action: updateDetectionState,
  type: builder
    .objectRef<Output<typeof updateDetectionState>>('UpdateDetectionStateOutput')
    .implement({ fields: (t) => ({ detections: t.expose('detections', { type: [entityRef] }) }) }),
  args: input(
    builder.inputType('UpdateDetectionStateInput', {
      fields: (t) => ({ ids: t.idList({ required: true }), enabled: t.boolean({ required: true }) }),
    }),
  ),
  description: 'Turns detections on or off',
  audience: 'internal',
});

mutationField('deleteDetections', {
  action: deleteDetections,
  type: builder.objectRef<Output<typeof deleteDetections>>('DeleteDetectionsOutput').implement({
    fields: (t) => ({ ids: t.exposeIDList('ids'), savedQueryNames: t.exposeStringList('savedQueryNames') }),
  }),
  args: input(
    builder.inputType('DeleteDetectionsInput', {
      fields: (t) => ({
        ids: t.idList({ required: true }),
        dryRun: t.boolean({ defaultValue: false }),
        includeSavedQueries: t.boolean({ defaultValue: false }),
      }),
    }),
  ),
  description: 'Deletes detections',
  audience: 'public',
});

// What is written as files: four families with the same fields.

const fileInput = builder.inputType('DetectionFileInput', {
  fields: (t) => ({ path: t.string({ required: true }), text: t.string({ required: true }) }),
});
const createInput = builder.inputType('CreateDetectionInput', {
  fields: (t) => ({ files: t.field({ type: [fileInput], required: true }), enabled: t.boolean() }),
});
const updateInput = builder.inputType('UpdateDetectionInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    files: t.field({ type: [fileInput], required: true }),
    enabled: t.boolean(),
  }),
});
const testInput = builder.inputType('TestDetectionInput', {
  fields: (t) => ({ files: t.field({ type: [fileInput], required: true }) }),
});
const detectionOutput = builder
  .objectRef<{ readonly detection: DetectionEntity | undefined }>('DetectionOutput')
  // GraphQL itself refuses undefined, which no action returns.
  .implement({
    fields: (t) => ({ detection: t.field({ type: entityRef, resolve: (it) => it.detection as never }) }),
  });

const testResultRef = builder.objectRef<TestedDetection>('DetectionTestResult').implement({
  description: 'How a unit test went',
  fields: (t) => ({
    name: t.exposeString('name'),
    passed: t.exposeBoolean('passed'),
    errored: t.exposeBoolean('errored'),
    triggerAlert: t.exposeBoolean('triggerAlert', { nullable: true }),
    error: t.string({ nullable: true, resolve: ({ error }) => error?.message }),
    functions: t.expose('functions', {
      type: 'JSON',
      description: 'By name, the output of each function or the error it failed with',
    }),
  }),
});
type Tested = Output<(typeof detectionActions.rule)['test']>;
const problemRef = builder.objectRef<Tested['problems'][number]>('DetectionProblem').implement({
  description: 'What is wrong with a file',
  fields: (t) => ({
    path: t.exposeString('path'),
    field: t.exposeString('field'),
    message: t.exposeString('message'),
    level: t.exposeString('level', { description: 'error or warning' }),
  }),
});
const testOutput = builder.objectRef<Tested>('TestDetectionOutput').implement({
  fields: (t) => ({
    problems: t.expose('problems', { type: [problemRef] }),
    tests: t.expose('tests', { type: [testResultRef] }),
  }),
});

const familyNames = {
  rule: 'rule',
  policy: 'policy',
  dataModel: 'data model',
  globalHelper: 'global helper',
} as const satisfies Record<Family, string>;

for (const [family, name] of Object.entries(familyNames) as [Family, string][]) {
  const { get, test, create, update } = detectionActions[family];
  const Name = `${family[0]?.toUpperCase()}${family.slice(1)}`;
  queryField(family, {
    action: get,
    type: entityRef,
    args: builder.args((t) => ({ id: t.id({ required: true }) })),
    description: `Fetches the ${name} with an id`,
    audience: 'internal',
  });
  mutationField(`create${Name}`, {
    action: create,
    type: detectionOutput,
    args: input(createInput),
    description: `Adds a ${name}`,
    audience: 'internal',
  });
  mutationField(`update${Name}`, {
    action: update,
    type: detectionOutput,
    args: input(updateInput),
    description: `Updates a ${name}`,
    audience: 'internal',
  });
  mutationField(`test${Name}`, {
    action: test,
    type: testOutput,
    args: input(testInput),
    description: `Checks the files of a ${name} and runs its tests`,
    audience: 'internal',
  });
}

// What Panther's tool asks for, with its names.

const statisticsRef = builder.objectRef<UploadStatistics>('UploadStatistics').implement({
  fields: (t) => ({
    new: t.exposeInt('new'),
    modified: t.exposeInt('modified'),
    total: t.exposeInt('total'),
    deleted: t.exposeInt('deleted'),
    newIds: t.exposeIDList('newIds'),
    modifiedIds: t.exposeIDList('modifiedIds'),
    totalIds: t.exposeIDList('totalIds'),
    deletedIds: t.exposeIDList('deletedIds'),
  }),
});
const uploadOutput = builder.objectRef<UploadResult>('UploadDetectionEntitiesOutput').implement({
  fields: (t) => ({
    rules: t.expose('rules', { type: statisticsRef }),
    policies: t.expose('policies', { type: statisticsRef }),
    dataModels: t.expose('dataModels', { type: statisticsRef }),
    globalHelpers: t.expose('globalHelpers', { type: statisticsRef }),
    lookupTables: t.expose('lookupTables', { type: statisticsRef }),
    queries: t.expose('queries', { type: statisticsRef }),
    correlationRules: t.expose('correlationRules', { type: statisticsRef }),
    scheduledPrompts: t.expose('scheduledPrompts', { type: statisticsRef }),
    packs: t.expose('packs', { type: statisticsRef }),
  }),
});
const uploadMode = builder.enumType('UploadDetectionEntitiesMode', { values: ['CLASSIC_ZIP', 'V2_ZIP'] });
const uploadStatus = builder.enumType('UploadStatus', { values: ['NOT_PROCESSED', 'COMPLETED', 'FAILED'] });

mutationField('uploadDetectionEntities', {
  action: uploadDetections,
  type: uploadOutput,
  args: input(
    builder.inputType('UploadDetectionEntitiesInput', {
      fields: (t) => ({
        data: t.string({ required: true, description: 'A zip archive in base64' }),
        mode: t.field({ type: uploadMode, defaultValue: 'CLASSIC_ZIP' }),
        dryRun: t.boolean({ defaultValue: false }),
        patVersion: t.string(),
        pypantherVersion: t.string(),
      }),
    }),
  ),
  description: 'Takes in an archive of detections',
  audience: 'public',
});

const receiptRef = (name: string) =>
  builder
    .objectRef<{ readonly receiptId: string }>(name)
    .implement({ fields: (t) => ({ receiptId: t.exposeID('receiptId') }) });

mutationField('uploadDetectionEntitiesAsync', {
  action: uploadDetectionsLater,
  type: receiptRef('UploadDetectionEntitiesAsyncOutput'),
  args: input(
    builder.inputType('UploadDetectionEntitiesAsyncInput', {
      fields: (t) => ({
        data: t.string({ required: true, description: 'A zip archive in base64' }),
        mode: t.field({ type: uploadMode, defaultValue: 'CLASSIC_ZIP' }),
        dryRun: t.boolean({ defaultValue: false }),
        patVersion: t.string(),
        pypantherVersion: t.string(),
      }),
    }),
  ),
  description: 'Accepts an archive of detections, which is taken in afterwards',
  audience: 'public',
});

queryField('detectionEntitiesUploadStatus', {
  action: getUploadStatus,
  type: builder.objectRef<Output<typeof getUploadStatus>>('DetectionEntitiesUploadStatusOutput').implement({
    fields: (t) => ({
      status: t.field({ type: uploadStatus, resolve: ({ status }) => status }),
      error: t.string({
        nullable: true,
        description: 'Text, or JSON with error and issues (path, errorMessage) where files are at fault',
        resolve: ({ error }) => error && uploadError(error),
      }),
      result: t.field({ type: uploadOutput, nullable: true, resolve: ({ result }) => result }),
      mode: t.field({ type: uploadMode, resolve: () => 'CLASSIC_ZIP' as const }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    }),
  }),
  args: builder.args((t) => ({ receiptId: t.id({ required: true }) })),
  description: 'Tells how far an uploaded archive has been taken in',
  audience: 'public',
});

/** A failure as Panther's tool prints it best. */
function uploadError({ message, members }: NonNullable<Output<typeof getUploadStatus>['error']>): string {
  const problems = members?.problems as Tested['problems'] | undefined;
  return problems === undefined
    ? message
    : JSON.stringify({ error: 'Nothing was taken in, because of problems', issues: problems.map(issueOf) });
}

function issueOf({ path, field, message }: Tested['problems'][number]) {
  return { path, errorMessage: field === '' ? message : `${field} ${message}` };
}

mutationField('validateBulkUpload', {
  action: validateUpload,
  type: receiptRef('ValidateBulkUploadOutput'),
  args: input(
    builder.inputType('ValidateBulkUploadInput', {
      fields: (t) => ({ data: t.string({ required: true }), patVersion: t.string() }),
    }),
  ),
  description: 'Checks an archive of detections without taking it in',
  audience: 'public',
});

const issueRef = builder.objectRef<ReturnType<typeof issueOf>>('ValidateBulkUploadIssue').implement({
  fields: (t) => ({ path: t.exposeString('path'), errorMessage: t.exposeString('errorMessage') }),
});
const validateResult = builder.objectRef<Tested['problems']>('ValidateBulkUploadResult').implement({
  fields: (t) => ({ issues: t.field({ type: [issueRef], resolve: (problems) => problems.map(issueOf) }) }),
});

queryField('validateBulkUploadStatus', {
  action: getValidateUploadStatus,
  type: builder
    .objectRef<Output<typeof getValidateUploadStatus>>('ValidateBulkUploadStatusOutput')
    .implement({
      fields: (t) => ({
        status: t.field({ type: uploadStatus, resolve: ({ status }) => status }),
        error: t.string({ nullable: true, resolve: ({ error }) => error?.message }),
        result: t.field({ type: validateResult, nullable: true, resolve: ({ result }) => result }),
      }),
    }),
  args: builder.args((t) => ({ receiptId: t.id({ required: true }) })),
  description: 'Tells how far the check of an archive has come',
  audience: 'public',
});

const flagRef = builder
  .objectRef<{ readonly flag: string; readonly treatment: boolean }>('FeatureFlag')
  .implement({ fields: (t) => ({ flag: t.exposeString('flag'), treatment: t.exposeBoolean('treatment') }) });

queryField('featureFlags', {
  action: getFeatureFlags,
  type: builder
    .objectRef<Output<typeof getFeatureFlags>>('GetFeatureFlagsOutput')
    .implement({ fields: (t) => ({ flags: t.expose('flags', { type: [flagRef] }) }) }),
  args: input(
    builder.inputType('GetFeatureFlagsInput', {
      fields: (t) => ({
        flags: t.field({
          type: [
            builder.inputType('FeatureFlagInput', {
              fields: (f) => ({ flag: f.string({ required: true }), defaultTreatment: f.boolean() }),
            }),
          ],
          required: true,
        }),
      }),
    }),
  ),
  description: 'Tells which features there are',
  audience: 'public',
});

const mockRef = builder
  .objectRef<{ readonly objectName: string; readonly returnValue: string }>('RuleTestMock')
  .implement({
    fields: (t) => ({ objectName: t.exposeString('objectName'), returnValue: t.exposeString('returnValue') }),
  });
type RuleBody = Output<typeof getRulePythonBody>;
const ruleTestRef = builder.objectRef<RuleBody['tests'][number]>('RuleTest').implement({
  fields: (t) => ({
    name: t.exposeString('name'),
    expectedResult: t.exposeBoolean('expectedResult'),
    resource: t.exposeString('resource', { description: 'JSON' }),
    mocks: t.expose('mocks', { type: [mockRef] }),
  }),
});

queryField('rulePythonBody', {
  action: getRulePythonBody,
  type: builder.objectRef<RuleBody>('RulePythonBodyOutput').implement({
    fields: (t) => ({
      pythonBody: t.exposeString('pythonBody'),
      tests: t.expose('tests', { type: [ruleTestRef] }),
    }),
  }),
  args: builder.args((t) => ({ input: t.id({ required: true }) })),
  description: 'Fetches the code and the tests of a rule in Python',
  audience: 'public',
});

mutationField('transpileSimpleDetectionsToPython', {
  action: transpileSimpleDetections,
  type: builder
    .objectRef<Output<typeof transpileSimpleDetections>>('TranspileSimpleDetectionsToPythonOutput')
    .implement({ fields: (t) => ({ transpiledPython: t.exposeStringList('transpiledPython') }) }),
  args: input(
    builder.inputType('TranspileSimpleDetectionsToPythonInput', {
      fields: (t) => ({ data: t.stringList({ required: true }) }),
    }),
  ),
  description: 'Translates simple detections into Python',
  audience: 'public',
});

mutationField('transpileFilters', {
  action: transpileFilters,
  type: builder
    .objectRef<Output<typeof transpileFilters>>('TranspileFiltersOutput')
    .implement({ fields: (t) => ({ transpiledFilters: t.exposeStringList('transpiledFilters') }) }),
  args: input(
    builder.inputType('TranspileFiltersInput', {
      fields: (t) => ({ data: t.stringList({ required: true }), patVersion: t.string() }),
    }),
  ),
  description: 'Translates inline filters',
  audience: 'public',
});

type CorrelationTests = Output<typeof testCorrelationRule>;
const correlationResultRef = builder
  .objectRef<CorrelationTests['results'][number]>('CorrelationRuleTestResult')
  .implement({
    fields: (t) => ({
      name: t.exposeString('name'),
      passed: t.exposeBoolean('passed'),
      error: t.exposeString('error', { nullable: true }),
    }),
  });

mutationField('testCorrelationRuleYAML', {
  action: testCorrelationRule,
  type: builder
    .objectRef<CorrelationTests>('TestCorrelationRuleYAMLOutput')
    .implement({ fields: (t) => ({ results: t.expose('results', { type: [correlationResultRef] }) }) }),
  args: input(
    builder.inputType('TestCorrelationRuleYAMLInput', {
      fields: (t) => ({ yaml: t.string({ required: true }) }),
    }),
  ),
  description: 'Runs the tests of a correlation rule',
  audience: 'public',
});

queryField('generateEnrichedEvent', {
  action: generateEnrichedEvent,
  type: builder
    .objectRef<Output<typeof generateEnrichedEvent>>('GenerateEnrichedEventOutput')
    .implement({ fields: (t) => ({ enrichedEvent: t.expose('enrichedEvent', { type: 'JSON' }) }) }),
  args: input(
    builder.inputType('GenerateEnrichedEventInput', {
      fields: (t) => ({ event: t.field({ type: 'JSON', required: true }) }),
    }),
  ),
  description: 'Adds what lookup tables know to an event',
  audience: 'public',
});

// Packs.

const packRef = builder.objectRef<DetectionPack>('DetectionPack').implement({
  description: 'Detections that are turned on and off together',
  fields: (t) => ({
    id: t.exposeID('id'),
    displayName: t.exposeString('displayName'),
    description: t.exposeString('description'),
    managed: t.exposeBoolean('managed', { description: 'Ships with the product' }),
    detections: t.expose('detections', { type: [entityRef] }),
  }),
});

queryField('detectionPacks', {
  action: listDetectionPacks,
  type: [packRef],
  description: 'Lists the packs of detections',
  audience: 'internal',
});

mutationField('updateDetectionPackState', {
  action: updateDetectionPackState,
  type: payload('UpdateDetectionPackStateOutput', 'pack', packRef),
  args: input(
    builder.inputType('UpdateDetectionPackStateInput', {
      fields: (t) => ({ id: t.id({ required: true }), enabled: t.boolean({ required: true }) }),
    }),
  ),
  description: 'Turns all detections of a pack on or off',
  audience: 'internal',
});
