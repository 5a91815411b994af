import type { Detection, DetectionTest } from '@pawprint/detections';

export type Language = 'typescript' | 'python';

/** A rule for the log type `Test` with this source, and everything else as it is by default. */
export function ruleOf(
  language: Language,
  id: string,
  source: string,
  more: Partial<Detection> = {},
): Detection {
  return {
    kind: 'rule',
    id,
    body: { language, fileName: language === 'python' ? `${id}.py` : `${id}.ts`, source },
    enabled: true,
    sources: ['Test'],
    severity: 'HIGH',
    description: 'The description',
    reference: 'The reference',
    runbook: 'The runbook',
    tags: [],
    reports: {},
    outputIds: [],
    summaryAttributes: [],
    threshold: 1,
    dedupPeriodMinutes: 60,
    createAlert: true,
    tests: [],
    ...more,
  };
}

/** The source of a rule made of these functions: bodies that are one expression of `event`. */
export function sourceOf(language: Language, functions: Readonly<Record<string, string>>): string {
  if (language === 'python') {
    return Object.entries(functions)
      .map(([name, body]) => `def ${name}(event):\n    return ${body}\n`)
      .join('\n');
  }
  const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return `import * as library from '@pawprint/detections';
export default {
${Object.entries(functions)
  .map(([name, body]) => `  ${camel(name)}: (event: any) => (${body}),`)
  .join('\n')}
};`;
}

export function unitTest(
  name: string,
  expectedResult: boolean,
  event: unknown,
  mocks: DetectionTest['mocks'] = [],
): DetectionTest {
  return { name, expectedResult, event, mocks };
}
