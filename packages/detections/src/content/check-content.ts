import { testCorrelationRule } from '../correlation/correlation-tests.ts';
import type { DetectionEngine } from '../engine.ts';
import type { OutcomeOptions } from '../outcomes/outcome.ts';
import type { TestResult } from '../unit-tests.ts';
import { type Detection, detectionDefaults } from './detection.ts';
import type { ContentProblem } from './problem.ts';
import type { Content, ContentFile } from './read-content.ts';
import { readFiles } from './read-files.ts';
import type { Spec } from './schemas.ts';

/** Content, with what was wrong with it also once it was loaded into its sandbox. */
export interface CheckedContent extends Content {
  /** Of the unit tests asked for, in the order of the detections. */
  readonly tests: readonly TestResult[];
}

export interface CheckOptions extends OutcomeOptions {
  /** Whose unit tests to run, by their id; none unless said. */
  tested?(id: string): boolean;
  /** Names of the tests to run; all unless said. */
  readonly testName?: RegExp;
}

/**
 * Reads content, loads all of its code into the engine (which holds nothing else afterwards), and runs unit tests.
 * What has an error is not loaded; the rest is.
 */
export async function checkContent(
  engine: DetectionEngine,
  files: readonly ContentFile[],
  { tested = () => false, testName = /^/, ...options }: CheckOptions = {},
): Promise<CheckedContent> {
  const content = await readFiles(engine, files);
  const { dataModels, globals, lookupTables, detections } = content;
  const codePaths = new Map(content.items.map(({ id, files }) => [id, (files[1] ?? files[0]).path]));
  // A module that does not load would fail in whatever imports it: it is loaded by itself to be told apart.
  const modules = [
    ...globals,
    ...dataModels.flatMap(({ id, code }) =>
      code?.language === 'python' ? [{ id, source: code.source }] : [],
    ),
  ].map(({ id, source }) => asDetection(id, source));
  const sound = (id: string) => !moduleProblems.has(id);
  await engine.setContent({ dataModels: [], globals });
  const moduleProblems = await engine.put(modules);
  await engine.setContent({
    dataModels: dataModels.filter(({ id }) => sound(id)),
    globals: globals.filter(({ id }) => sound(id)),
    lookupTables,
  });
  await engine.remove(modules.map(({ id }) => id));
  const loaded = detections.map((detection) =>
    testName.source === '^'
      ? detection
      : { ...detection, tests: detection.tests.filter(({ name }) => testName.test(name)) },
  );
  const failures = new Map([...moduleProblems, ...(await engine.put(loaded))]);
  const tests: TestResult[] = [];
  try {
    for (const { id } of loaded) {
      if (tested(id) && !failures.has(id)) tests.push(...(await engine.test(id, options)));
    }
    for (const { id, spec } of content.others) {
      if (tested(id) && spec.AnalysisType === 'correlation_rule')
        tests.push(...correlationTests(id, spec, testName));
    }
  } finally {
    await engine.remove(loaded.map(({ id }) => id));
  }
  return {
    ...content,
    items: content.items.filter(({ id }) => !failures.has(id)),
    problems: [
      ...content.problems,
      ...[...failures].map(
        ([id, message]): ContentProblem => ({
          path: codePaths.get(id) ?? id,
          field: '',
          message: `can not be loaded: ${message}`,
          level: 'error',
        }),
      ),
    ],
    tests,
  };
}

function correlationTests(
  id: string,
  spec: Spec<'correlation_rule'>,
  testName: RegExp,
): readonly TestResult[] {
  return testCorrelationRule(spec)
    .filter(({ name }) => testName.test(name))
    .map(({ name, passed, error }) => ({
      detectionId: id,
      name,
      passed,
      reasons: error === null ? [] : [error],
    }));
}

/** A module of Python as something that can be loaded by itself. */
function asDetection(id: string, source: string): Detection {
  return {
    // Of this kind alone the function `rule` may be missing.
    kind: 'scheduled_rule',
    id,
    body: { language: 'python', fileName: `${id}.py`, source },
    enabled: false,
    sources: [],
    severity: 'INFO',
    description: '',
    reference: '',
    runbook: '',
    tags: [],
    reports: {},
    outputIds: [],
    summaryAttributes: [],
    threshold: detectionDefaults.threshold,
    dedupPeriodMinutes: detectionDefaults.dedupPeriodMinutes,
    createAlert: false,
    tests: [],
  };
}
