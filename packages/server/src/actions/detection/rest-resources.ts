import {
  type AnalysisType,
  type ContentFile,
  type ContentSummary,
  idKeys,
  readYaml,
  severities,
  writeYaml,
} from '@pawprint/detections';
import * as z from 'zod';
import { ActionError } from '../action-error.ts';
import type { DetectionEntity } from './detection.ts';
import type { Family } from './detection-kinds.ts';

const texts = z.array(z.string().max(1_024)).max(1_000).nullish();
const text = z
  .string()
  .max(512 * 1_024)
  .nullish();

/** A field of the API that stands in YAML under another name; as text that is YAML itself where the API has it so. */
interface Field {
  readonly yaml: string;
  readonly schema: z.ZodType;
  readonly isYaml?: boolean;
}

const described: Readonly<Record<string, Field>> = {
  displayName: { yaml: 'DisplayName', schema: text },
  description: { yaml: 'Description', schema: text },
  enabled: { yaml: 'Enabled', schema: z.boolean().nullish() },
};
const alerting: Readonly<Record<string, Field>> = {
  ...described,
  severity: { yaml: 'Severity', schema: z.enum(severities) },
  runbook: { yaml: 'Runbook', schema: text },
  reference: { yaml: 'Reference', schema: text },
  tags: { yaml: 'Tags', schema: texts },
  reports: { yaml: 'Reports', schema: z.record(z.string(), z.array(z.string())).nullish() },
  outputIDs: { yaml: 'OutputIds', schema: texts },
  summaryAttributes: { yaml: 'SummaryAttributes', schema: texts },
  dedupPeriodMinutes: { yaml: 'DedupPeriodMinutes', schema: z.int().min(1).nullish() },
  threshold: { yaml: 'Threshold', schema: z.int().min(1).nullish() },
  createAlert: { yaml: 'CreateAlert', schema: z.boolean().nullish() },
  inlineFilters: { yaml: 'InlineFilters', schema: text, isYaml: true },
};
const simple: Readonly<Record<string, Field>> = {
  detection: { yaml: 'Detection', schema: z.string().max(512 * 1_024), isYaml: true },
  alertTitle: { yaml: 'AlertTitle', schema: text, isYaml: true },
  alertContext: { yaml: 'AlertContext', schema: text, isYaml: true },
  groupBy: { yaml: 'GroupBy', schema: text, isYaml: true },
  dynamicSeverities: { yaml: 'DynamicSeverities', schema: text, isYaml: true },
};
const logTypes: Field = { yaml: 'LogTypes', schema: texts };
const code = z.string().max(512 * 1_024);

/** A kind of detection as the REST API of Panther has it. */
export interface RestResource {
  readonly path: string;
  readonly name: string;
  readonly kind: AnalysisType;
  readonly family: Family;
  readonly fields: Readonly<Record<string, Field>>;
  /** Whether it has code: it must, may or can't. */
  readonly body: z.ZodType | undefined;
  /** Of kinds that share a table: whether this is one of these. */
  isOne?(detection: Pick<ContentSummary, 'language'>): boolean;
  /** The list's parameter that narrows by what it is for. */
  readonly sourceParameter?: string;
}

export const restResources: readonly RestResource[] = [
  {
    path: 'rules',
    name: 'rule',
    kind: 'rule',
    family: 'rule',
    fields: { ...alerting, logTypes },
    body: code,
    isOne: ({ language }) => language !== 'yaml',
    sourceParameter: 'log-type',
  },
  {
    path: 'simple-rules',
    name: 'simple rule',
    kind: 'rule',
    family: 'rule',
    fields: { ...alerting, ...simple, logTypes },
    body: undefined,
    isOne: ({ language }) => language === 'yaml',
    sourceParameter: 'log-type',
  },
  {
    path: 'scheduled-rules',
    name: 'scheduled rule',
    kind: 'scheduled_rule',
    family: 'rule',
    fields: { ...alerting, scheduledQueries: { yaml: 'ScheduledQueries', schema: texts } },
    body: code,
    sourceParameter: 'scheduled-query',
  },
  {
    path: 'correlation-rules',
    name: 'correlation rule',
    kind: 'correlation_rule',
    family: 'rule',
    fields: { ...alerting, detection: { yaml: 'Detection', schema: code, isYaml: true } },
    body: undefined,
  },
  {
    path: 'policies',
    name: 'policy',
    kind: 'policy',
    family: 'policy',
    fields: {
      ...alerting,
      resourceTypes: { yaml: 'ResourceTypes', schema: texts },
      suppressions: { yaml: 'Suppressions', schema: texts },
    },
    body: code,
    sourceParameter: 'resource-type',
  },
  {
    path: 'data-models',
    name: 'data model',
    kind: 'datamodel',
    family: 'dataModel',
    fields: { ...described, logTypes },
    body: code.nullish(),
  },
  {
    path: 'globals',
    name: 'global helper',
    kind: 'global',
    family: 'globalHelper',
    fields: { description: { yaml: 'Description', schema: text }, tags: { yaml: 'Tags', schema: texts } },
    body: code,
  },
];

const unitTest = z.strictObject({
  name: z.string().max(1_024),
  expectedResult: z.boolean(),
  /** An object, or its JSON. */
  log: z.unknown().optional(),
  resource: z.string().optional(),
  mocks: z.array(z.record(z.string(), z.unknown())).nullish(),
});
const mapping = z.strictObject({
  name: z.string(),
  path: z.string().nullish(),
  method: z.string().nullish(),
});

/** What may come in the body of a request for a resource. */
export function bodySchema({ fields, body, kind }: RestResource) {
  const isTested = kind !== 'datamodel' && kind !== 'global';
  return z.strictObject({
    ...Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema])),
    ...(body !== undefined && { body }),
    ...(isTested && { tests: z.array(unitTest).max(1_000).nullish(), managed: z.literal(false).nullish() }),
    ...(kind === 'datamodel' && { mappings: z.array(mapping).max(1_000).nullish() }),
  });
}

type Values = Readonly<Record<string, unknown>>;

/** What a request says, as the files that it would be written in. @throws ActionError INVALID_INPUT for text that is no YAML */
export function filesOfBody(resource: RestResource, id: string, body: Values): readonly ContentFile[] {
  const name = id.replace(/[^\p{L}\p{N}_.-]+/gu, '_');
  const hasCode = typeof body.body === 'string' && body.body !== '';
  const tests = body.tests as readonly z.output<typeof unitTest>[] | null | undefined;
  const mappings = body.mappings as readonly z.output<typeof mapping>[] | null | undefined;
  const spec = {
    AnalysisType: resource.kind,
    [idKeys[resource.kind]]: id,
    ...(hasCode && { Filename: `${name}.py` }),
    ...Object.fromEntries(
      Object.entries(resource.fields).flatMap(([field, { yaml, isYaml }]) => {
        const value = body[field];
        if (value === undefined || value === null || value === '') return [];
        return [[yaml, isYaml ? yamlOf(field, String(value)) : value]];
      }),
    ),
    ...(mappings && {
      Mappings: mappings.map(({ name, path, method }) => ({
        Name: name,
        ...(path && { Path: path }),
        ...(method && { Method: method }),
      })),
    }),
    ...(tests && {
      Tests: tests.map((test, at) => ({
        Name: test.name,
        ExpectedResult: test.expectedResult,
        ...testEvent(resource, test, at),
        ...(test.mocks && { Mocks: test.mocks }),
      })),
    }),
  };
  return [
    { path: `${name}.yml`, text: writeYaml(spec) },
    ...(hasCode ? [{ path: `${name}.py`, text: String(body.body) }] : []),
  ];
}

function testEvent({ kind }: RestResource, { log, resource }: z.output<typeof unitTest>, at: number) {
  if (kind === 'correlation_rule') return { RuleOutputs: log ?? jsonOf(`tests.${at}.resource`, resource) };
  const event =
    log === undefined || typeof log === 'string' ? jsonOf(`tests.${at}.log`, log ?? resource) : log;
  return kind === 'policy' ? { Resource: event } : { Log: event };
}

function jsonOf(field: string, value: string | undefined): unknown {
  try {
    return JSON.parse(value ?? '');
  } catch (cause) {
    throw new ActionError('INVALID_INPUT', `${field}: must be an event, or the JSON of one`, {
      field,
      cause,
    });
  }
}

function yamlOf(field: string, value: string): unknown {
  try {
    return readYaml(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ActionError('INVALID_INPUT', `${field}: is not YAML: ${why}`, { field, cause });
  }
}

/** A detection as the REST API shows it. What is written in TypeScript has that as its body. */
export function bodyOfDetection(resource: RestResource, detection: DetectionEntity): Values {
  const { files, language, createdBy, updatedBy } = detection;
  const [described, code] = files;
  const isYaml = language !== 'typescript';
  const spec = isYaml ? (readYaml(described?.text ?? '') as Values) : {};
  const body = isYaml ? code?.text : described?.text;
  const tests = spec.Tests as readonly Values[] | undefined;
  const mappings = spec.Mappings as readonly Values[] | undefined;
  return {
    ...(!isYaml && {
      severity: detection.severity,
      logTypes: detection.sources,
      tags: detection.tags,
      description: detection.description,
    }),
    ...Object.fromEntries(
      Object.entries(resource.fields).flatMap(([field, { yaml, isYaml: asText }]) => {
        const value = spec[yaml];
        return value === undefined ? [] : [[field, asText ? writeYaml(value) : value]];
      }),
    ),
    ...(typeof spec.Severity === 'string' && { severity: spec.Severity.toUpperCase() }),
    ...(mappings && {
      mappings: mappings.map(({ Name, Path, Method }) => ({ name: Name, path: Path, method: Method })),
    }),
    ...(tests && {
      tests: tests.map(({ Name, ExpectedResult, Log, Resource, RuleOutputs, Mocks }) => ({
        name: Name,
        expectedResult: ExpectedResult,
        log: Log ?? Resource ?? RuleOutputs,
        resource: JSON.stringify(Log ?? Resource ?? RuleOutputs),
        ...(Mocks !== undefined && { mocks: Mocks }),
      })),
    }),
    ...(body !== undefined && { body }),
    id: detection.id,
    displayName: detection.displayName === detection.id ? undefined : detection.displayName,
    enabled: detection.enabled,
    managed: detection.managed,
    createdAt: detection.createdAt,
    createdBy: actorOf(createdBy),
    lastModified: detection.updatedAt,
    lastModifiedBy: actorOf(updatedBy),
  };
}

function actorOf(actor: DetectionEntity['createdBy']) {
  if (actor === null) return { id: '00000000-0000-4000-8000-000000000000', type: 'system' };
  return { id: actor.id, type: actor.__typename === 'User' ? 'user' : 'api-token' };
}
