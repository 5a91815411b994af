import * as z from 'zod';
import { DetectionError } from '../detection-error.ts';
import { parseKeyPath } from '../expressions/key-path.ts';
import { type DataModel, type Detection, detectionDefaults } from './detection.ts';
import { fieldPath } from './problem.ts';
import { schemas, severities } from './schemas.ts';

const { shape } = schemas.rule;

/** What a rule in TypeScript says about itself, with the limits that hold for Panther's YAML. */
const definition = z.object({
  id: shape.RuleID,
  logTypes: shape.LogTypes.unwrap(),
  defaultSeverity: z.enum(severities),
  displayName: shape.DisplayName,
  enabled: z.boolean().default(true),
  defaultDescription: z.string().default(''),
  defaultReference: z.string().default(''),
  defaultRunbook: z.string().default(''),
  defaultDestinations: shape.OutputIds,
  tags: shape.Tags,
  reports: shape.Reports,
  summaryAttributes: shape.SummaryAttributes,
  threshold: shape.Threshold,
  dedupPeriodMinutes: shape.DedupPeriodMinutes,
  createAlert: shape.CreateAlert,
  tests: z
    .array(
      z.object({
        name: z.string().min(1),
        expectedResult: z.boolean(),
        log: z.record(z.string(), z.unknown()),
        mocks: z.array(z.object({ objectName: z.string(), returnValue: z.unknown().optional() })).default([]),
      }),
    )
    .default([]),
});

/**
 * A detection of a rule's file.
 * @param described what the runtime read from the file, as JSON.
 * @throws DetectionError `invalid_content` naming file and field.
 */
export function detectionOf(fileName: string, source: string, described: string): Detection {
  const rule = read(fileName, definition, described);
  return {
    kind: 'rule',
    id: rule.id,
    body: { language: 'typescript', fileName, source },
    enabled: rule.enabled,
    sources: rule.logTypes,
    severity: rule.defaultSeverity,
    ...(rule.displayName !== undefined && { displayName: rule.displayName }),
    description: rule.defaultDescription,
    reference: rule.defaultReference,
    runbook: rule.defaultRunbook,
    tags: rule.tags ?? [],
    reports: rule.reports ?? {},
    outputIds: rule.defaultDestinations ?? [],
    summaryAttributes: rule.summaryAttributes ?? [],
    threshold: rule.threshold ?? detectionDefaults.threshold,
    dedupPeriodMinutes: Math.max(
      rule.dedupPeriodMinutes ?? detectionDefaults.dedupPeriodMinutes,
      detectionDefaults.dedupPeriodMinutesMin,
    ),
    createAlert: rule.createAlert ?? true,
    tests: rule.tests.map(({ name, expectedResult, log, mocks }) => ({
      name,
      expectedResult,
      event: log,
      mocks,
    })),
  };
}

const modelDefinition = z.object({
  id: z.string().min(1),
  logTypes: z.tuple([z.string().min(1)]),
  mappings: z.record(
    z.string(),
    z.union([
      z.literal(true),
      z.string().refine((path) => parseKeyPath(path) !== undefined, 'is not a path like a.b[*].c'),
    ]),
  ),
});

/**
 * A data model of its file in TypeScript.
 * @param described what the runtime read from the file, as JSON.
 * @throws DetectionError `invalid_content` naming file and field.
 */
export function dataModelOf(fileName: string, source: string, described: string): DataModel {
  const { id, logTypes, mappings } = read(fileName, modelDefinition, described);
  return {
    id,
    logType: logTypes[0],
    enabled: true,
    mappings: Object.entries(mappings).map(([name, path]) =>
      path === true ? { name, method: name } : { name, path },
    ),
    code: { language: 'typescript', source },
  };
}

function read<Shape>(fileName: string, schema: z.ZodType<Shape>, described: string): Shape {
  const parsed = schema.safeParse(JSON.parse(described));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = fieldPath(issue?.path ?? []);
  throw new DetectionError('invalid_content', `${fileName}: ${field} ${issue?.message}`, { field });
}
