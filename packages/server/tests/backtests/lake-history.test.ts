import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  alertsOf,
  type BacktestResult,
  createEngine,
  createMemoryCache,
  type Detection,
  runBacktest,
} from '@pawprint/detections';
import { type Lake, openLake, pantherAuditEvent, tableKey } from '@pawprint/lake';
import { type AuditRecord, decodeOpenedEntry, encodeEntry, formatTimestamp } from '@pawprint/record';
import { lakeHistory } from '../../src/backtests/lake-history.ts';
import { LakeCatalogue } from '../../src/lake/catalogue.ts';
import { auditLogTable } from '../../src/lake/lake-loader.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const startNs = 1_767_225_600_000_000_000n;
const dayNs = 86_400_000_000_000n;
const count = 5_400;

const idOf = (index: number) => index.toString(16).padStart(32, '0');

/** Records of three months, of few kinds, some of them odd. */
function recordOf(index: number): AuditRecord {
  const kind = (index * 7_919) % 1_009;
  return {
    actionName: ['GET_USER', 'LIST_ALERTS', 'UPDATE_USER', 'DELETE_DETECTION'][kind % 4] ?? '',
    actionResult: kind % 31 === 0 ? 'FAILED' : 'SUCCEEDED',
    ...(kind % 5 !== 0 && {
      actionParams: {
        dynamic: {
          input: { ids: [`id-${kind % 6}`, null], size: kind % 3, "odd 'key'": { deep: kind % 2 === 0 } },
        },
        static: {},
      },
    }),
    actor: {
      ...{ id: `user-${kind % 17}`, type: 'USER', name: `User ${kind % 17}` },
      ...(kind % 3 !== 0 && {
        attributes: { email: `user-${kind % 17}@example.com`, emailVerified: kind % 2 === 0 },
      }),
    },
    ...(kind % 31 === 0 && { errors: [{ message: "It didn't work" }] }),
    ...(kind % 2 === 0 && { sourceIP: `198.51.100.${kind % 50}` }),
    timestamp: formatTimestamp(startNs + (90n * dayNs * BigInt(index)) / BigInt(count)),
    pantherVersion: '0.1.0',
  };
}

const typescript = (body: string, functions = 'dedup: (event: any) => event.actor.id') =>
  `import { deepGet, incrementCounter } from '@pawprint/detections';
export default { rule(event: any) { ${body} }, ${functions} };`;
const python = (body: string, functions = 'def dedup(event):\n    return event.deep_get("actor", "id")') =>
  `def rule(event):\n    ${body}\n${functions}\n`;

/** A rule, and whether it need be asked about few of the events only. */
const rules: readonly (readonly [keyof typeof sources, string, 'few' | 'all'])[] = [
  ['typescript', 'return event.actionName === "DELETE_DETECTION" && event.actionResult === "FAILED"', 'few'],
  ['typescript', 'return event.actionResult === "FAILED" && event.errors[0].message.includes("work")', 'few'],
  ['typescript', 'return deepGet(event, "actor", "attributes", "email") === "user-4@example.com"', 'few'],
  ['typescript', 'return event.actor.attributes === undefined && event.actor.name === "User 3"', 'few'],
  [
    'typescript',
    'return event.actionParams?.dynamic.input.size === 2 && event.actionName === "GET_USER"',
    'few',
  ],
  [
    'typescript',
    `return deepGet(event, "actionParams", "dynamic", "input", "odd 'key'", "deep") === true`,
    'all',
  ],
  ['typescript', 'return (event.actionParams?.dynamic.input.ids ?? []).includes("id-4")', 'few'],
  ['typescript', 'return "sourceIP" in event && event.sourceIP.endsWith(".7")', 'few'],
  ['typescript', 'return event.XForwardedFor === null', 'few'],
  ['typescript', 'return event.actionname === "GET_USER"', 'all'],
  ['typescript', 'return Object.keys(event).length === 17', 'all'],
  ['typescript', 'return event.actionParams.dynamic.input.size === 2', 'few'],
  ['typescript', 'return incrementCounter(event.actor.id) % 5 === 0', 'all'],
  [
    'python',
    'return event.get("actionResult") == "FAILED" and event.deep_get("actor", "id") == "user-4"',
    'few',
  ],
  ['python', 'return event.get("ACTIONRESULT") == "FAILED"', 'all'],
];
const entryOf = (index: number) => encodeEntry({ v: 1, id: idOf(index), record: recordOf(index) });

const sources = { typescript, python };

const isRare = 'event.sourceIP === "198.51.100.7"';

/** Functions that look at other places, or in another way, at some of the events than at most of those that match. */
const functions: readonly (readonly [keyof typeof sources, string])[] = [
  [
    'typescript',
    `title: (event: any) => (${isRare} ? event.actor.attributes?.email : event.actor.name) ?? "nobody"`,
  ],
  [
    'typescript',
    `title: (event: any) => event.actionName, dedup: (event: any) => String(${isRare} ? deepGet(event, "actionParams", "dynamic", "input", "ids") : event.sourceIP)`,
  ],
  ['typescript', `dedup: (event: any) => ${isRare} ? JSON.stringify(event.actor) : "others"`],
  ['typescript', `dedup: (event: any) => ${isRare} ? String(Object.keys(event).length) : "others"`],
  ['typescript', 'dedup: (event: any) => Object.keys(event).toSorted().join()'],
  ['typescript', 'dedup: (event: any) => event.sourceIP.slice(-2)'],
  ['typescript', 'dedup: (event: any) => event.actionParams.dynamic.input.ids[0]'],
  ['typescript', `title: (event: any) => { if (${isRare}) event.title = "new"; return event.actionName; }`],
  ['typescript', `title: (event: any) => ${isRare} ? String(Date.now() > 0) : event.actionName`],
  ['typescript', `title: (event: any) => event.actionName + (${isRare} ? incrementCounter("rare") : "")`],
  ['typescript', 'title: (event: any) => event.actionName + incrementCounter(event.actor.id)'],
  ['typescript', `severity: (event: any) => ${isRare} && event.errors ? "CRITICAL" : "low"`],
  ['typescript', 'unique: (event: any) => event.actionParams?.dynamic.input.ids[0] ?? "none"'],
  ['typescript', `alertContext: (event: any) => ${isRare} ? event : { actor: event.actor.id }`],
  [
    'typescript',
    'title: (event: any) => event.timestamp + event.p_event_time + event.p_any_usernames + event.p_ledger_index',
  ],
  ['python', 'def title(event):\n    return event.get("actor")["name"] + str(event.get("sourceIP"))'],
  ['python', 'def title(event):\n    return event["sourceIP"] + str(event.get("actionParams"))'],
  [
    'python',
    'def title(event):\n    if event.get("sourceIP") == "198.51.100.7":\n        return str(event.get("XForwardedFor")) + event.deep_get("actor", "attributes", "email", default="")\n    return event.get("actionName")',
  ],
  ['python', 'def alert_context(event):\n    return event.to_dict()'],
];

describe('a backtest over the lake', () => {
  let folder = '';
  let store: Store;
  let lake: Lake;
  let cache = createMemoryCache(() => 0);
  const engine = createEngine({
    snapshotDirectory: join(tmpdir(), 'pawprint-test-snapshots'),
    answerCall: (...call) => cache.answer(...call),
  });
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pawprint-backtest-'));
    store = await openSqliteStore(join(folder, 'pawprint.db'));
    lake = await openLake({
      ...{ directory: join(folder, 'lake'), resultsDirectory: join(folder, 'results') },
      catalogue: new LakeCatalogue(store),
      clock: () => new Date('2026-04-01T00:00:00Z'),
      onBackgroundError: (error) => assert.fail(String(error)),
    });
    const entries = Array.from({ length: count }, (_, index) => entryOf(index));
    await lake.append({ table: auditLogTable, fromIndex: 0, entries, sourceId: 'source' });
  });
  after(async () => {
    await Promise.all([engine.close(), lake.close()]);
    await store.close();
    await rm(folder, { recursive: true });
  });

  function history(
    from = '2026-01-01T00:00:00Z',
    to = '2027-01-01T00:00:00Z',
    signal = new AbortController().signal,
  ) {
    const table = lake.tables().find((each) => tableKey(each) === auditLogTable);
    assert.ok(table);
    let queries = 0;
    const newId = () => `backtest-${process.hrtime.bigint()}-${queries++}`;
    return lakeHistory({ lake, table, from, to, newId, signal });
  }

  async function put(language: keyof typeof sources, body: string, functions?: string): Promise<Detection> {
    const extension = language === 'python' ? 'py' : 'ts';
    const rule: Detection = {
      ...{ kind: 'rule', id: 'rule', enabled: true, sources: ['Panther.Audit'], severity: 'HIGH' },
      body: { language, fileName: `rule.${extension}`, source: sources[language](body, functions) },
      ...{ description: '', reference: '', runbook: '', tags: [], reports: {}, outputIds: [], tests: [] },
      ...{ summaryAttributes: [], threshold: 2, dedupPeriodMinutes: 1_440, createAlert: true },
    };
    assert.deepEqual(await engine.put([rule]), new Map());
    return rule;
  }
  const quietly = { signal: new AbortController().signal, onProgress: () => undefined };

  /** The event of a record as live detections see it. */
  const liveEvent = (ledgerIndex: number) =>
    pantherAuditEvent(decodeOpenedEntry(entryOf(ledgerIndex)), {
      parseTime: 0n,
      sourceId: 'source',
      ledgerIndex,
    });
  const live = Array.from({ length: count }, (_, ledgerIndex) => JSON.stringify(liveEvent(ledgerIndex)));

  const atMs = (index: number) => Date.parse(`${recordOf(index).timestamp.slice(0, 23).replace(' ', 'T')}Z`);

  /** Asserts that a backtest says what live matching would have said. @returns what it says. */
  async function assertAsLive(rule: Detection): Promise<BacktestResult> {
    cache = createMemoryCache(() => 0);
    const said = await runBacktest(engine, rule, 'Panther.Audit', history(), quietly);
    cache = createMemoryCache(() => 0);
    const outcomes = await engine.evaluateOne('rule', { source: 'Panther.Audit', events: live });
    const matches = outcomes.filter((outcome) => outcome.kind !== 'error');
    const alerts = alertsOf(
      rule,
      matches.map((verdict) => ({ verdict, atMs: atMs(verdict.event) })),
    );
    assert.deepEqual(
      [said.matchCount, said.errorCount, said.alertCount],
      [matches.length, outcomes.filter(({ kind }) => kind === 'error').length, alerts.length],
    );
    assert.deepEqual(
      said.matches,
      matches.slice(0, 1_000).map(({ event, title, dedup, severity }) => ({
        ...{ eventId: idOf(event), atMs: atMs(event), title, dedup, severity },
      })),
    );
    assert.deepEqual(
      said.alerts,
      alerts.slice(0, 1_000).map(({ detectionId: _, ...alert }) => alert),
    );
    assert.equal(said.skipped + said.evaluated, count);
    return said;
  }

  for (const [language, body, share] of rules) {
    test(`${language}: ${body}`, async () => {
      const said = await assertAsLive(await put(language, body));
      assert.equal(said.evaluated < count / 2 ? 'few' : 'all', share);
    });
  }

  for (const [language, own] of functions) {
    test(`functions in ${language}: ${own}`, async () => {
      const body =
        language === 'python'
          ? 'return event.get("actionName") == "LIST_ALERTS"'
          : 'return event.actionName === "LIST_ALERTS"';
      const { matchCount } = await assertAsLive(await put(language, body, own));
      assert.ok(matchCount > 1_000);
    });
  }

  test('an event of the past is the one that live detections saw', async () => {
    const positions = [0, 1, 2, 3, 5, 62, 93, 4_711];
    const at = positions.map((position) => {
      const { timestamp } = recordOf(position);
      return { id: '', position, atMs: Date.parse(`${timestamp.slice(0, 23).replace(' ', 'T')}Z`), json: '' };
    });
    const past = (await history().whole(at)).map((json) => JSON.parse(json));
    for (const [at, ledgerIndex] of positions.entries()) {
      const event = { ...liveEvent(ledgerIndex), p_parse_time: past[at].p_parse_time };
      // In the same order, too: a rule may go by the text of an event.
      assert.equal(JSON.stringify(past[at]), JSON.stringify(event));
    }
  });

  test('of a range of time, events of the range alone', async () => {
    const rule = await put('typescript', 'return true');
    const [from, to] = [60n, 61n].map((days) =>
      formatTimestamp(startNs + days * dayNs)
        .slice(0, 19)
        .replace(' ', 'T'),
    );
    const { matchCount, matches } = await runBacktest(
      engine,
      rule,
      'Panther.Audit',
      history(`${from}Z`, `${to}Z`),
      quietly,
    );
    assert.equal(matchCount, count / 90);
    assert.equal(matches[0]?.atMs, Number((startNs + 60n * dayNs) / 1_000_000n));
    assert.equal(matches[0]?.eventId, idOf(3_600));
  });

  test('of a time in which nothing happened, nothing', async () => {
    const rule = await put('typescript', 'return true');
    const past = history('2020-01-01T00:00:00Z', '2020-02-01T00:00:00Z');
    assert.equal((await runBacktest(engine, rule, 'Panther.Audit', past, quietly)).evaluated, 0);
  });

  test('it stops while it reads, and leaves no result behind', async () => {
    const rule = await put('typescript', 'return true');
    const stop = new AbortController();
    const run = runBacktest(engine, rule, 'Panther.Audit', history(undefined, undefined, stop.signal), {
      signal: stop.signal,
      onProgress: ({ evaluated }) => evaluated > 0 && stop.abort(new Error('enough')),
    });
    await assert.rejects(run, /enough/);
    assert.deepEqual(await lake.keptResults(), []);
  });
});
