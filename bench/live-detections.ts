import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestInstance } from '@pawprint/testing';
import {
  pythonRule,
  type TestRule,
  typescriptRule,
  watchLog,
} from '../packages/server/tests/detections/watched-log.ts';
import { median, quantile, report, shown } from './report.ts';

/**
 * Events per second from the ledger to matches in the store, in TypeScript with 1, 20, 100 and 800 rules and in Python with 1 and 20, and
 * the memory of the process that runs them; then the time from the answer to an action until its alert is there, with the managed rules.
 * One event in a hundred matches each rule. `node bench/live-detections.ts [events] [actions]`
 */
const [events = '5000', actions = '100'] = process.argv.slice(2);
const names = ['SIGN_IN', 'LIST_ALERTS', 'GET_ALERT', 'UPDATE_USER', 'DELETE_DETECTION'];

const condition = "event.actionResult === 'FAILED' && event.actor.attributes?.roleName !== 'Guest'";
const rules: Readonly<Record<string, (index: number) => TestRule>> = {
  typescript: (index) =>
    typescriptRule(`rule-${index}`, `rule: (event) => ${condition}, title: (event) => event.actor.id`),
  python: (index) =>
    pythonRule(
      `rule-${index}`,
      `def rule(event):
    return event.get("actionResult") == "FAILED" and event.deep_get("actor", "attributes", "roleName") != "Guest"
def title(event):
    return event.deep_get("actor", "id")
`,
    ),
};

function recordOf(index: number) {
  const id = `user-${index % 500}`;
  return {
    actionName: names[index % names.length] ?? '',
    actionDescription: 'Something that somebody did, described as the API describes it',
    actionResult: index % 100 === 0 ? ('FAILED' as const) : ('SUCCEEDED' as const),
    actionParams: {
      dynamic: { input: { id: `id-${index}`, sql: `SELECT * FROM t WHERE x = ${index} `.repeat(6) } },
      static: {},
    },
    actor: {
      ...{ id, type: 'USER' as const, name: `${id}@example.com` },
      attributes: { email: `${id}@example.com`, emailVerified: true, roleId: 'r1', roleName: 'Analyst' },
    },
    sourceIP: `198.51.100.${index % 250}`,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0',
  };
}

/** Megabytes of memory of the processes that this one has started. */
function childMegabytes(): number {
  const statuses = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/status`, 'utf8')];
      } catch {
        return [];
      }
    });
  return statuses
    .filter((status) => status.includes(`PPid:\t${process.pid}\n`))
    .reduce((sum, status) => sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024, 0);
}

async function throughput(language: string, count: number) {
  await using log = await watchLog();
  const ruleOf = rules[language] ?? rules.typescript;
  await log.putRules(Array.from({ length: count }, (_, index) => ruleOf?.(index) ?? typescriptRule('x', '')));
  const loading = performance.now();
  await log.add([recordOf(1)]);
  const loadedMs = performance.now() - loading;
  const batch = Array.from({ length: Number(events) }, (_, index) => recordOf(index));
  await log.add(batch.slice(0, 1000));
  const start = performance.now();
  await log.add(batch);
  const eventsPerSecond = (batch.length / (performance.now() - start)) * 1000;
  const megabytes = childMegabytes();
  console.log(
    [language, count, shown(eventsPerSecond), `${shown(loadedMs)} ms`, `${shown(megabytes)} MB`].join('  '),
  );
  return { eventsPerSecond, loadedMs, megabytes };
}

/** Milliseconds from the answer to an action until its alert is in the database. */
async function latencies(): Promise<readonly number[]> {
  await using instance = await startTestInstance();
  const { admin } = instance;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const database = new DatabaseSync(join(instance.dataDirectory, 'pawprint.db'), { readOnly: true });
  const alert = database.prepare('select 1 from alerts where title like ?');
  const found: number[] = [];
  for (let index = -3; index < Number(actions); index += 1) {
    const name = `Role ${index} of the bench`;
    await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
      input: { name, permissions: ['UserModify'] },
    });
    const answered = performance.now();
    while (alert.get(`%${name}%`) === undefined) await delay(2);
    // The first ones start the processes.
    if (index >= 0) found.push(performance.now() - answered);
    await delay(Math.random() * 200);
  }
  database.close();
  return found;
}

const results: Record<string, unknown> = {};
console.log('language  rules  events/s  loaded in  memory');
for (const count of [1, 20, 100, 800]) {
  results[`typescript${count}`] = await throughput('typescript', count);
  if (count <= 20) results[`python${count}`] = await throughput('python', count);
}
const times = await latencies();
const latencyMs = { p50: median(times), p99: quantile(times, 0.99) };
console.log(`action to alert: p50 ${shown(latencyMs.p50)} ms, p99 ${shown(latencyMs.p99)} ms`);
report('live-detections', { ...results, latencyMs });
