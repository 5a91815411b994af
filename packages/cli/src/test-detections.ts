import { watch, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type CheckedContent,
  checkContent,
  createEngine,
  createMemoryCache,
  type DetectionEngine,
  describeProblem,
} from '@pawprint/detections';
import { CommandError, withFile } from './command-error.ts';
import { readContentFiles } from './content-files.ts';
import { junitXml } from './junit.ts';
import type { Output } from './output.ts';
import { TestsFailed } from './tests-failed.ts';

interface TestOptions {
  readonly paths: readonly string[];
  readonly junit: string | undefined;
  /** What ids of detections or names of tests must contain, in any letter case. */
  readonly filter: string;
  readonly watch: boolean;
}

/**
 * Runs the unit tests of detections in the sandboxes they run in, without an instance.
 * @throws TestsFailed unless everything passes; CommandError where nothing could be tested.
 */
export async function testDetections(args: readonly string[], output: Output): Promise<void> {
  const options = readOptions(args);
  const engine = createEngine({
    // Starting Python from nothing takes seconds.
    snapshotDirectory: join(homedir(), '.cache', 'pawprint', 'python'),
    answerCall: createMemoryCache(() => Date.now() / 1000).answer,
  });
  try {
    if (options.watch) await watchTests(engine, options, output);
    else await runTests(engine, options, output);
  } finally {
    await engine.close();
  }
}

function readOptions(args: readonly string[]): TestOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { watch: { type: 'boolean' }, junit: { type: 'string' }, filter: { type: 'string' } },
    });
    return {
      paths: positionals.length === 0 ? ['.'] : positionals,
      junit: values.junit,
      filter: (values.filter ?? '').toLowerCase(),
      watch: values.watch ?? false,
    };
  } catch (cause) {
    throw new CommandError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function runTests(
  engine: DetectionEngine,
  { paths, junit, filter }: TestOptions,
  output: Output,
): Promise<void> {
  const { files, isChosen } = await readContentFiles(paths, process.cwd());
  const places = new Map<string, string>();
  const contains = (text: string) => text.toLowerCase().includes(filter);
  const checked = await checkContent(engine, files, { tested: () => true });
  for (const { id, files } of checked.items) places.set(id, files[0].path);
  const content = {
    ...checked,
    tests: checked.tests.filter(
      ({ detectionId, name }) =>
        isChosen(places.get(detectionId) ?? '') && (contains(detectionId) || contains(name)),
    ),
    problems: checked.problems.filter(({ path }) => isChosen(path)),
  };
  const errors = content.problems.filter(({ level }) => level === 'error');
  if (junit !== undefined) {
    await withFile(junit, () => writeFile(junit, junitXml(content.tests, errors)));
  }
  report(content, output);
  const failed = content.tests.filter(({ passed }) => !passed).length + errors.length;
  if (failed > 0) throw new TestsFailed(`${failed} failed`);
  if (content.tests.length === 0) throw new CommandError('usage', 'There is no test that was asked for');
}

function report({ tests, problems }: CheckedContent, { say, sayAside }: Output): void {
  for (const problem of problems) sayAside(`${problem.level}: ${describeProblem(problem)}`);
  for (const { detectionId, name, passed, reasons } of tests) {
    say(`${passed ? 'pass' : 'FAIL'} ${detectionId}: ${name}${passed ? '' : ` (${reasons.join('; ')})`}`);
  }
  say(`${tests.filter(({ passed }) => passed).length} of ${tests.length} tests passed`);
}

/** Editors write a file in several steps. */
const quietMs = 150;

/** Runs the tests again whenever a file changes, until the program is ended. */
async function watchTests(engine: DetectionEngine, options: TestOptions, output: Output): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = running.then(() => runOnce(engine, options, output));
    }, quietMs);
  };
  again();
  await Promise.all(
    options.paths.map(async (path) => {
      const isFile = /\.(ya?ml|json|jsonl|csv|py|ts)$/.test(path);
      const at = resolve(isFile ? dirname(path) : path);
      await withFile(path, async () => {
        for await (const _ of watch(at, { recursive: !isFile })) again();
      });
    }),
  );
}

async function runOnce(engine: DetectionEngine, options: TestOptions, output: Output): Promise<void> {
  try {
    await runTests(engine, options, output);
  } catch (error) {
    if (!(error instanceof TestsFailed || error instanceof CommandError)) throw error;
    output.sayAside(error.message);
  }
  output.sayAside('Waiting for changes');
}
