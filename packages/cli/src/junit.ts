import type { ContentProblem, TestResult } from '@pawprint/detections';

/** Results in the form of JUnit's XML that build servers read: a suite for each detection, and one for files that can't be used. */
export function junitXml(tests: readonly TestResult[], problems: readonly ContentProblem[]): string {
  const suites = new Map<string, TestResult[]>();
  for (const result of tests) {
    suites.set(result.detectionId, [...(suites.get(result.detectionId) ?? []), result]);
  }
  const failed = tests.filter(({ passed }) => !passed).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${tests.length + problems.length}" failures="${failed}" errors="${problems.length}">`,
    ...[...suites].flatMap(([id, results]) => [
      `  <testsuite name="${escaped(id)}" tests="${results.length}" failures="${results.filter(({ passed }) => !passed).length}" errors="0">`,
      ...results.map(testCase),
      '  </testsuite>',
    ]),
    ...(problems.length === 0
      ? []
      : [
          `  <testsuite name="content" tests="${problems.length}" failures="0" errors="${problems.length}">`,
          ...problems.map(
            ({ path, field, message }) =>
              `    <testcase classname="content" name="${escaped(path)}"><error message="${escaped(`${field} ${message}`.trim())}"/></testcase>`,
          ),
          '  </testsuite>',
        ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ detectionId, name, passed, reasons }: TestResult): string {
  const start = `    <testcase classname="${escaped(detectionId)}" name="${escaped(name)}"`;
  return passed ? `${start}/>` : `${start}><failure message="${escaped(reasons.join('; '))}"/></testcase>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no way to write most control characters. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"]/g, (character) => entities[character] ?? '')
    .replace(/[\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/\p{Cc}/gu, '\ufffd')
    .toWellFormed();
}
