import {
  describeProblem,
  Lookups,
  ownEnrichment,
  readContent,
  readYaml,
  testCorrelationRule as runCorrelationTests,
} from '@pawprint/detections';
import * as z from 'zod';
import type { Rows } from '../../store/store.ts';
import { defineRead } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { filesOf, requireDetection } from './detection.ts';

const flagName = z.string().max(256);

/** What clients ask whether it is there. */
const features: Readonly<Record<string, boolean>> = { EnableCorrelationRules: true };

export const getFeatureFlags = defineRead({
  name: 'GET_FEATURE_FLAGS',
  requires: 'known_caller',
  input: z.strictObject({
    input: z.strictObject({
      flags: z.array(z.strictObject({ flag: flagName, defaultTreatment: z.boolean().nullish() })).max(100),
    }),
  }),
  run: async (_, { input }) => ({
    flags: input.flags.map(({ flag, defaultTreatment }) => ({
      flag,
      treatment: features[flag] ?? defaultTreatment ?? false,
    })),
  }),
});

/** The part of a rule's YAML that whoever derives from it needs. */
const tested = z.object({
  Tests: z
    .array(
      z.object({
        Name: z.string(),
        ExpectedResult: z.boolean(),
        Log: z.unknown(),
        Mocks: z.array(z.object({ objectName: z.string(), returnValue: z.unknown() })).optional(),
      }),
    )
    .optional(),
});

/** The code and the tests of a rule in Python, for rules that derive from it. */
export const getRulePythonBody = defineRead({
  name: 'GET_RULE',
  requires: 'RuleRead',
  input: z.strictObject({ input: z.string().max(512) }),
  async run({ reader }, { input: id }) {
    const [yaml, code] = filesOf(await requireDetection(reader, ['rule', 'scheduled_rule'], id, 'input'));
    if (yaml === undefined || code === undefined) {
      throw new ActionError('INVALID_INPUT', `${id} is not written in Python`, { field: 'input' });
    }
    const { Tests = [] } = tested.parse(readYaml(yaml.text));
    return {
      pythonBody: code.text,
      tests: Tests.map(({ Name, ExpectedResult, Log, Mocks = [] }) => ({
        name: Name,
        expectedResult: ExpectedResult,
        resource: JSON.stringify(Log),
        mocks: Mocks.map(({ objectName, returnValue }) => ({
          objectName,
          returnValue: typeof returnValue === 'string' ? returnValue : JSON.stringify(returnValue),
        })),
      })),
    };
  },
});

/** Texts that a tool sends to have them translated. */
const data = z.array(z.string().max(1024 * 1024)).max(1_000);

export const transpileSimpleDetections = defineRead({
  name: 'TRANSPILE_SIMPLE_DETECTIONS',
  requires: 'RuleRead',
  input: z.strictObject({ input: z.strictObject({ data }) }),
  async run(): Promise<{ transpiledPython: readonly string[] }> {
    throw notTranslated('Simple detections');
  },
});

export const transpileFilters = defineRead({
  name: 'TRANSPILE_FILTERS',
  requires: 'RuleRead',
  input: z.strictObject({ input: z.strictObject({ data, patVersion: z.string().max(64).nullish() }) }),
  async run(): Promise<{ transpiledFilters: readonly string[] }> {
    throw notTranslated('Inline filters');
  },
});

function notTranslated(what: string): ActionError {
  return new ActionError(
    'INVALID_INPUT',
    `${what} run here as they are, not as Python: their unit tests run in the console and with "pawprint test"`,
  );
}

/** Adds to an event what the lookup tables that are on know of it; what it says of other tables stays. */
export const generateEnrichedEvent = defineRead({
  name: 'GENERATE_ENRICHED_EVENT',
  requires: 'RuleRead',
  input: z.strictObject({ input: z.strictObject({ event: z.record(z.string(), z.unknown()) }) }),
  async run({ reader }, { input: { event } }) {
    const logType = String(event.p_log_type);
    const enrichment = (await lookupsFor(reader, logType)).enrichmentOf(event, logType);
    return {
      enrichedEvent:
        enrichment === undefined
          ? event
          : { ...event, p_enrichment: { ...ownEnrichment(event), ...enrichment } },
    };
  },
});

async function lookupsFor(rows: Rows, logType: string): Promise<Lookups> {
  const found = await rows
    .selectFrom('detection_content')
    .select('files')
    .where('kind', '=', 'lookup_table')
    .where('enabled', '=', 1)
    .execute();
  // Reading the rows of a table takes a while: those that can't be associated are left out.
  const tables = found.map(filesOf).filter(([yaml]) => yaml?.text.includes(logType));
  return new Lookups(tables.flatMap((files) => readContent(files).lookupTables));
}

export const testCorrelationRule = defineRead({
  name: 'TEST_RULE',
  requires: 'RuleRead',
  input: z.strictObject({ input: z.strictObject({ yaml: z.string().max(1024 * 1024) }) }),
  async run(_, { input: { yaml } }) {
    const { others, problems } = readContent([{ path: 'rule.yml', text: yaml }]);
    const problem = problems.find(({ level }) => level === 'error');
    const invalid = (message: string) => new ActionError('INVALID_INPUT', message, { field: 'input.yaml' });
    if (problem !== undefined) throw invalid(describeProblem(problem));
    const rule = others.find(({ spec }) => spec.AnalysisType === 'correlation_rule')?.spec;
    if (rule?.AnalysisType !== 'correlation_rule') throw invalid('This is no correlation rule');
    return { results: runCorrelationTests(rule) };
  },
});
