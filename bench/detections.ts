import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Detection } from '@pawprint/detections';
import { median, report, shown } from './report.ts';

/**
 * Evaluations per second (events times rules) of 1, 20, 100 and 800 rules over batches of 1,000 records of about 1 KB, as JSON text in and
 * outcomes out, in TypeScript and in Python; beside it the same Python, rules and surroundings on CPython (`python3`) without a sandbox.
 * One process works at a time, so this is one core, apart from what the caller does meanwhile. `node bench/detections.ts [rounds]`
 */
const [rounds = '5'] = process.argv.slice(2);
const batchSize = 1000;
const counts = [1, 20, 100, 800];
const actions = [
  'SIGN_IN',
  'LIST_ALERTS',
  'GET_ALERT',
  'EXECUTE_DATA_LAKE_QUERY',
  'UPDATE_USER',
  'DELETE_DETECTION',
];

function event(index: number): string {
  const name = actions[index % actions.length] ?? '';
  return JSON.stringify({
    actionName: name,
    actionDescription: 'Something that somebody did, described as the API describes it',
    actionResult: index % 31 === 0 ? 'FAILED' : 'SUCCEEDED',
    actionParams: {
      dynamic: {
        input: { id: `id-${index}`, status: 'OPEN', sql: `SELECT * FROM t WHERE x = ${index} `.repeat(6) },
      },
      static: {},
    },
    actionDetails: { before: { name: `before ${index}` }, after: { name: `after ${index}` } },
    actor: {
      id: `user-${index % 500}`,
      type: 'USER',
      name: `user-${index % 500}@example.com`,
      attributes: {
        email: `user-${index % 500}@example.com`,
        emailVerified: true,
        roleId: 'r1',
        roleName: index % 7 === 0 ? 'Admin' : 'Analyst',
      },
    },
    errors: null,
    sourceIP: `198.51.100.${index % 250}`,
    XForwardedFor: [`198.51.100.${index % 250}`, '192.0.2.1'],
    userAgent:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36',
    timestamp: '2026-11-25 12:00:00.123456789',
    pantherVersion: '1.0.0',
    p_log_type: 'Panther.Audit',
    p_any_ip_addresses: [`198.51.100.${index % 250}`, '192.0.2.1'],
  });
}

/** Rules of about ten lines; roughly one event in a hundred matches one. */
function rule(language: 'typescript' | 'python', index: number): Detection {
  const name = actions[index % actions.length];
  const python = `def rule(event):
    if event.get("actionName") != "${name}":
        return False
    if event.get("actionResult") != "FAILED":
        return False
    role = event.deep_get("actor", "attributes", "roleName", default="")
    ip = event.get("sourceIP") or ""
    return role != "Guest${index}" and ip.startswith("198.51.")

def title(event):
    return f"Rule ${index} for {event.deep_get('actor', 'attributes', 'email')}"
`;
  const typescript = `import { deepGet, defineRule } from '@pawprint/detections';
export default defineRule({
  id: 'rule-${index}', logTypes: ['Panther.Audit'], defaultSeverity: 'LOW',
  rule(event) {
    if (event.actionName !== '${name}') return false;
    if (event.actionResult !== 'FAILED') return false;
    const role = deepGet(event, 'actor', 'attributes', 'roleName') ?? '';
    const ip = event.sourceIP ?? '';
    return role !== 'Guest${index}' && ip.startsWith('198.51.');
  },
  title: (event) => \`Rule ${index} for \${deepGet(event, 'actor', 'attributes', 'email')}\`,
});`;
  return {
    kind: 'rule',
    id: `rule-${index}`,
    body: {
      language,
      fileName: `rule_${index}.${language === 'python' ? 'py' : 'ts'}`,
      source: language === 'python' ? python : typescript,
    },
    enabled: true,
    sources: ['Panther.Audit'],
    severity: 'LOW',
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
    tests: [],
  };
}

const folder = await mkdtemp(join(tmpdir(), 'pawprint-bench-'));
const events = Array.from({ length: batchSize }, (_, index) => event(index));

/** Seconds for a batch, of the rules of one language. */
async function inSandbox(language: 'typescript' | 'python', count: number): Promise<readonly number[]> {
  const engine = createEngine({ snapshotDirectory: folder });
  try {
    const problems = await engine.put(Array.from({ length: count }, (_, index) => rule(language, index)));
    if (problems.size > 0) throw new Error([...problems].join());
    const seconds: number[] = [];
    for (
      let round = -3;
      round < Number(rounds) * (count > 100 && language === 'python' ? 1 : 4);
      round += 1
    ) {
      const start = performance.now();
      const outcomes = await engine.evaluate({ source: 'Panther.Audit', events });
      if (outcomes.length === 0 || outcomes.some(({ kind }) => kind !== 'match'))
        throw new Error('not what was to be measured');
      // The first rounds warm up.
      if (round >= 0) seconds.push((performance.now() - start) / 1000);
    }
    return seconds;
  } finally {
    await engine.close();
  }
}

async function onCpython(count: number): Promise<readonly number[]> {
  const input = join(folder, `rules-${count}.json`);
  const sources = Array.from({ length: count }, (_, index) => rule('python', index).body).flatMap((body) =>
    'source' in body ? [body.source] : [],
  );
  await writeFile(input, JSON.stringify({ events: `[${events.join()}]`, sources, rounds: Number(rounds) }));
  const runtime = join(import.meta.dirname, '../packages/detections/src/runtime/python');
  const { stdout, stderr, status } = spawnSync(
    'python3',
    [join(import.meta.dirname, 'detections_cpython.py'), runtime, input],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const results: Record<string, unknown> = {};
console.log('rules  TypeScript/s  Python/s  CPython/s  Python of CPython');
try {
  for (const count of counts) {
    const perSecond = (seconds: readonly number[]) => (batchSize * count) / median(seconds);
    const typescript = perSecond(await inSandbox('typescript', count));
    const python = perSecond(await inSandbox('python', count));
    const cpython = perSecond(await onCpython(count));
    console.log(
      [count, shown(typescript), shown(python), shown(cpython), shown(python / cpython)].join('  '),
    );
    results[`rules${count}`] = { typescript, python, cpython };
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
report('detections', results);
