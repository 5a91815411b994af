import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  createEngine,
  createMemoryCache,
  type DataModel,
  type Detection,
  type LibraryFile,
} from '@pawprint/detections';

/**
 * The public package of Panther's rules, installed for the test alone, with its own unit tests through our Python runtime.
 * The counts are kept in docs/panther-content.md.
 */
const packages = [
  'pypanther==0.1.1a62',
  'policyuniverse==1.5.1.20231109',
  'pycountry==24.6.1',
  'python-dateutil==2.9.0.post0',
  'six==1.16.0',
];

interface Exported {
  readonly rules: readonly {
    readonly id: string;
    readonly fileName: string;
    readonly source: string;
    readonly logTypes: readonly string[];
    readonly severity: Detection['severity'];
    readonly tests: readonly (Detection['tests'][number] & {
      readonly replaced: Readonly<Record<string, string>>;
    })[];
  }[];
  readonly models: readonly DataModel[];
  readonly problems: readonly { readonly id: string; readonly test?: string; readonly reason: string }[];
}

let folder: string;
let exported: Exported;
let why: string | undefined;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawprint-pypanther-'));
  const python = (...args: readonly string[]) =>
    spawnSync('python3', args, {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    });
  const installed = python(
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--ignore-requires-python',
    '--target',
    folder,
    ...packages,
  );
  if (installed.status !== 0) {
    why = `the package could not be installed: ${installed.stderr?.trim().split('\n').at(-1) ?? installed.error}`;
    return;
  }
  const here = join(import.meta.dirname, 'pypanther');
  const runtime = join(import.meta.dirname, '../packages/detections/src/runtime/python');
  await cp(join(here, 'stand_in.py'), join(folder, 'pypanther/__init__.py'));
  for (const name of ['base.py', 'unit_tests.py', 'registry.py']) {
    await writeFile(
      join(folder, 'pypanther', name),
      'from pypanther import *\nfrom pypanther import SEVERITY_DEFAULT\n',
    );
  }
  // To Python itself, the runtime's modules stand for those that only the sandbox has.
  const modules = await mkdtemp(join(folder, 'modules-'));
  for (const name of ['events', 'caching']) {
    await cp(join(runtime, `${name}.py`), join(modules, `pawprint_${name}.py`));
  }
  await mkdir(join(modules, 'panther_core'));
  await mkdir(join(modules, 'panther_detection_helpers'));
  for (const name of ['__init__', 'enriched_event', 'immutable']) {
    await writeFile(join(modules, `panther_core/${name}.py`), 'from pawprint_events import *\n');
  }
  await writeFile(join(modules, 'panther_detection_helpers/__init__.py'), '');
  await writeFile(join(modules, 'panther_detection_helpers/caching.py'), 'from pawprint_caching import *\n');
  const read = spawnSync('python3', [join(here, 'export.py'), folder], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { PATH: process.env.PATH ?? '', PYTHONPATH: modules },
  });
  assert.equal(read.status, 0, read.stderr);
  exported = JSON.parse(read.stdout);
});
after(() => rm(folder, { recursive: true, force: true }));

/** The files that rules import, as text. */
async function libraries(): Promise<readonly LibraryFile[]> {
  const files: LibraryFile[] = [];
  const patterns = [
    '{pypanther,policyuniverse,dateutil}/**/*.{py,json}',
    'pycountry/**/*.{py,json}',
    '*.dist-info/METADATA',
    'six.py',
  ];
  for await (const path of glob(patterns, { cwd: folder })) {
    files.push({ path, text: await readFile(join(folder, path), 'utf8') });
  }
  return files;
}

test('the public rules pass their own tests', async (context) => {
  if (why !== undefined) return context.skip(why);
  const engine = createEngine({
    snapshotDirectory: join(tmpdir(), `pawprint-test-snapshots-${process.getuid?.() ?? 0}`),
    answerCall: createMemoryCache(() => Date.now() / 1000).answer,
  });
  const failures: { readonly id: string; readonly test?: string; readonly reason: string }[] = [
    ...exported.problems,
  ];
  let passed = 0;
  const perfect = new Set(exported.rules.map(({ id }) => id));
  try {
    await engine.setContent({ dataModels: exported.models, libraries: await libraries() });
    const detections = exported.rules.flatMap(detectionsOf);
    const problems = await engine.put(detections.map(({ detection }) => detection));
    for (const { rule, detection } of detections) {
      const problem = problems.get(detection.id);
      if (problem !== undefined) {
        perfect.delete(rule);
        for (const { name } of detection.tests)
          failures.push({ id: rule, test: name, reason: `does not load: ${problem}` });
        continue;
      }
      for (const result of await engine.test(detection.id)) {
        if (result.passed) passed += 1;
        else {
          perfect.delete(rule);
          failures.push({ id: rule, test: result.name, reason: result.reasons.join('; ') });
        }
      }
    }
  } finally {
    await engine.close();
  }
  const all = passed + failures.length;
  const share = ((100 * passed) / all).toFixed(2);
  console.log(
    `${exported.rules.length} rules, ${perfect.size} of them perfect; ${passed} of ${all} tests pass (${share} %)`,
  );
  for (const { id, test: name = '', reason } of failures) console.log(`  ${id}: ${name}: ${reason}`);
  assert(exported.rules.length > 500 && all > 1500, 'the package was read');
  assert(passed / all >= 0.99, `${share} %`);
  const audit = exported.rules
    .filter(({ logTypes }) => logTypes.includes('Panther.Audit'))
    .map(({ id }) => id);
  assert.equal(audit.length, 4);
  assert.deepEqual(
    audit.filter((id) => !perfect.has(id)),
    [],
    'the rules for audit records',
  );
});

/** One detection for the tests that can share it, and one for each test that replaces names of the module. */
function detectionsOf(
  rule: Exported['rules'][number],
): readonly { readonly rule: string; readonly detection: Detection }[] {
  const make = (id: string, source: string, tests: Detection['tests']) => ({
    rule: rule.id,
    detection: {
      kind: 'rule',
      id,
      body: { language: 'python', fileName: rule.fileName, source },
      enabled: true,
      sources: rule.logTypes,
      severity: rule.severity,
      description: '',
      reference: '',
      runbook: '',
      tags: [],
      reports: {},
      outputIds: [],
      summaryAttributes: [],
      threshold: 1,
      dedupPeriodMinutes: 60,
      createAlert: true,
      tests,
    } satisfies Detection as Detection,
  });
  const replaces = ({ replaced }: { readonly replaced: object }) => Object.keys(replaced).length > 0;
  return [
    make(
      rule.id,
      rule.source,
      rule.tests.filter((each) => !replaces(each)),
    ),
    ...rule.tests.filter(replaces).map((each, index) => {
      const lines = Object.entries(each.replaced).map(([name, value]) => `${name} = ${value}`);
      return make(`${rule.id}#${index}`, `${rule.source}\n${lines.join('\n')}\n`, [each]);
    }),
  ];
}
