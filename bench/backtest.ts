import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createEngine, type Detection, runBacktest } from '@pawprint/detections';
import { openLake, tableKey } from '@pawprint/lake';
import { MemoryCatalogue } from '../packages/lake/src/testing/temporary-lake.ts';
import { lakeHistory } from '../packages/server/src/backtests/lake-history.ts';
import { auditLog, logEnd, logStart } from './lake/audit-log.ts';
import { buildLog, builtBefore } from './lake/build.ts';
import { median, report, shown } from './report.ts';

/**
 * Backtests over five years of audit records: a simple rule, one with a threshold and one in Python that can be told by where
 * they look, and one that has to be asked about every event; with the same rules asked about every event of one month beside
 * them. `node bench/backtest.ts [records] [rounds] [folder] [rule…]`; a folder that is named is kept, and may be one of bench/lake.ts.
 */
const [records = '1000000', rounds = '3', folder, ...names] = process.argv.slice(2);
const directory = resolve(folder ?? 'bench-backtest');
await mkdir(directory, { recursive: true });
const log = auditLog(Number(records), 1);
const table = 'panther_logs.panther_audit';
const month = { from: '2026-09-01T00:00:00Z', to: '2026-10-01T00:00:00Z' };
const all = { from: new Date(logStart).toISOString(), to: new Date(logEnd + 1).toISOString() };

const typescript = (body: string) => `export default { rule(event) { ${body} } };`;
const { actorId } = log.probe(7);
const rules: Readonly<Record<string, Partial<Detection> & { readonly body: Detection['body'] }>> = {
  simple: {
    body: {
      ...{ language: 'typescript', fileName: 'simple.ts' },
      source: typescript('return event.actionName === "DELETE_USER" && event.actionResult === "FAILED"'),
    },
  },
  threshold: {
    threshold: 10,
    body: {
      ...{ language: 'typescript', fileName: 'threshold.ts' },
      source: typescript(`return event.actionResult === "FAILED" && event.actor.id === "${actorId}"`),
    },
  },
  python: {
    body: {
      ...{ language: 'python', fileName: 'python.py' },
      source:
        'def rule(event):\n    return event.get("actionResult") == "FAILED" and event.get("actionName") == "DELETE_USER"\n',
    },
  },
  'asked about all': {
    body: {
      ...{ language: 'typescript', fileName: 'all.ts' },
      source: typescript('return JSON.stringify(event.actionParams).includes("nothing like it")'),
    },
  },
};

try {
  const { files, directory: lakeDirectory } =
    (await builtBefore(log, directory)) ?? (await buildLog(log, directory));
  const catalogue = new MemoryCatalogue();
  await catalogue.commit({ table, add: files, remove: [], operation: 'LOAD', fromCursor: 0, toCursor: 1 });
  const lake = await openLake({
    ...{ directory: lakeDirectory, catalogue, resultsDirectory: join(directory, 'results') },
    clock: () => new Date(),
    onBackgroundError: (error) => console.error(error),
  });
  const definition = lake.tables().find((each) => tableKey(each) === table);
  if (definition === undefined) throw new Error(`there is no ${table}`);
  const engine = createEngine({ snapshotDirectory: join(tmpdir(), 'pawprint-bench-snapshots') });
  let queries = 0;

  for (const [name, more] of Object.entries(rules)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const rule: Detection = {
      ...{ kind: 'rule', id: 'rule', enabled: true, sources: ['Panther.Audit'], severity: 'LOW' },
      ...{ description: '', reference: '', runbook: '', tags: [], reports: {}, outputIds: [], tests: [] },
      ...{ summaryAttributes: [], threshold: 1, dedupPeriodMinutes: 60, createAlert: true, ...more },
    };
    await engine.put([rule]);
    const run = async (asked: Pick<typeof engine, 'trace'>, { from, to }: typeof all) => {
      const { signal } = new AbortController();
      const newId = () => `backtest-${queries++}`;
      const history = lakeHistory({ lake, table: definition, from, to, newId, signal });
      const startedAt = performance.now();
      const { trace } = asked;
      const evaluateOne = engine.evaluateOne.bind(engine);
      const result = await runBacktest({ evaluateOne, trace }, rule, 'Panther.Audit', history, {
        signal,
        onProgress: () => undefined,
      });
      return { ...result, ms: performance.now() - startedAt };
    };
    const plain = await run({ trace: async (_, { events }) => events.map(() => undefined) }, month);
    const whole = [];
    for (let round = 0; round < Number(rounds); round += 1) {
      whole.push(await run({ trace: engine.trace.bind(engine) }, all));
    }
    const ms = median(whole.map((each) => each.ms));
    const [first = plain] = whole;
    const perSecond = log.size / (ms / 1_000);
    const plainPerSecond = plain.evaluated / (plain.ms / 1_000);
    console.log(
      `${name}: ${shown(ms)} ms for ${log.size} events (${shown(perSecond)}/s; asked about each ${shown(plainPerSecond)}/s), ` +
        `${first.evaluated} asked about, ${first.matchCount} matches, ${first.alertCount} alerts`,
    );
    report('backtest', {
      ...{ records: log.size, rule: name, ms, perSecond, plainPerSecond, ratio: perSecond / plainPerSecond },
      ...{ evaluated: first.evaluated, matches: first.matchCount, alerts: first.alertCount },
      memoryMb: Math.round(process.resourceUsage().maxRSS / 1_000),
    });
  }
  await engine.close();
  await lake.close();
} finally {
  if (folder === undefined) await rm(directory, { recursive: true });
}
