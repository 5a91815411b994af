import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  alertsOf,
  type BacktestHistory,
  type Detection,
  type EventGroup,
  type GroupSelection,
  knownEvent,
  type PlaceValues,
  type Read,
  runBacktest,
} from '@pawprint/detections';
import fastCheck from 'fast-check';
import { type Language, ruleOf } from './detections.ts';
import { testEngine } from './test-engine.ts';

type Event = Readonly<Record<string, unknown>>;

const epochMs = Date.parse('2026-01-01T00:00:00Z');

/** Events a minute apart, of few kinds, some of them rare or odd. */
function eventsOf(seed: number, count: number): readonly Event[] {
  const [choices = []] = fastCheck.sample(
    fastCheck.array(fastCheck.integer({ min: 0, max: 9_999 }), {
      minLength: count,
      maxLength: count,
      size: 'max',
    }),
    { seed, numRuns: 1 },
  );
  return choices.map((choice, index) => ({
    name: ['read', 'read', 'read', 'write', 'delete'][choice % 5],
    result: choice % 31 === 0 ? 'FAILED' : 'SUCCEEDED',
    ...(choice % 7 !== 0 && {
      actor: { id: `u${choice % 13}`, ...(choice % 3 === 0 && { email: 'a@example.com' }) },
    }),
    ...(choice % 97 === 0 && { params: { ids: [choice % 4, 'x'], note: null } }),
    index,
  }));
}

/** The past held in memory. Ids and positions are those of events; `wholes` counts those that were read whole. */
function memoryHistory(events: readonly Event[], wholes = { count: 0 }): BacktestHistory {
  const held = (event: Event, { path, whole }: Read) => {
    let at: unknown = event;
    for (const key of path) at = (at as Event | undefined)?.[key];
    const isObject = typeof at === 'object' && at !== null && !Array.isArray(at);
    return isObject && !whole ? '{' : (JSON.stringify(at) ?? null);
  };
  const heldAt = (event: Event, places: readonly Read[]) => places.map((read) => held(event, read));
  const keyOf = (values: PlaceValues) => JSON.stringify(values);
  const isIn = ({ by, groups }: GroupSelection) => {
    const keys = new Set(groups.map(keyOf));
    return (event: Event) => keys.has(keyOf(heldAt(event, by)));
  };
  const chosen = (selections: readonly GroupSelection[] | undefined) => {
    const areIn = selections?.map(isIn);
    return [...events.entries()].filter(([, event]) => {
      const times = areIn?.filter((is) => is(event)).length;
      assert.ok(times === undefined || times < 2, 'an event is in two selections');
      return times !== 0;
    });
  };
  const whole = (event: Event | undefined) => {
    wholes.count += 1;
    return JSON.stringify(event);
  };
  return {
    count: async () => events.length,
    async groups(within, by, max) {
      const groups = new Map<string, EventGroup>();
      for (const event of events.filter(isIn(within))) {
        const values = heldAt(event, by);
        groups.set(keyOf(values), { values, count: (groups.get(keyOf(values))?.count ?? 0) + 1 });
        if (groups.size > max) return undefined;
      }
      return [...groups.values()];
    },
    tells: ({ path }) => path.length > 0,
    async some(selections, max) {
      return chosen(selections)
        .slice(0, max)
        .map(([, event]) => whole(event));
    },
    async whole(past) {
      return past.map(({ position }) => whole(events[position]));
    },
    idsOf: async (past) => past.map(({ position }) => `e${position}`),
    async *events(selections, count, { places, named }) {
      const all = chosen(selections);
      assert.equal(all.length, count);
      for (let start = 0; start < all.length; start += 500) {
        const known = places && [...places];
        const page = all.slice(start, start + 500).map(([index, event]) => ({
          ...{ id: named ? `e${index}` : undefined, position: index, atMs: epochMs + index * 60_000 },
          json: known === undefined ? whole(event) : knownEvent(known, heldAt(event, known)),
        }));
        yield { events: page, places: known };
      }
    },
  };
}

const rules: readonly (readonly [Language, string])[] = [
  ['typescript', 'return false'],
  ['typescript', 'return event.name === "delete" && event.result === "FAILED"'],
  ['typescript', 'if (event.result !== "FAILED") return false; return event.actor.id === "u3"'],
  ['typescript', 'return event.actor?.email !== undefined && event.name !== "read"'],
  ['typescript', 'return (event.params?.ids ?? []).includes(2)'],
  ['typescript', 'return "note" in (event.params ?? {})'],
  ['typescript', 'return Object.keys(event.actor ?? {}).length === 2'],
  ['typescript', 'return JSON.stringify(event).includes("u11")'],
  ['typescript', 'return event.index % 2000 === 5'],
  ['typescript', 'return event.index % 3 === 0 && event.name === "delete"'],
  ['typescript', 'return event.name === "delete" ? event.actor.id === "u1" : false'],
  ['python', 'return event.get("name") == "delete" and event.get("result") == "FAILED"'],
  ['python', 'return event.get("result") == "FAILED" and event.get("actor")["id"] == "u3"'],
  ['python', 'return event.deep_get("actor", "id") == "u3" and "params" in event'],
  ['python', 'return "u11" in str(event)'],
  ['typescript', 'return event.p_enrichment?.people["actor.id"]?.team === "red"'],
  [
    'typescript',
    'return event.result === "FAILED" && library.lookup("people", event.actor?.id)?.team === "red"',
  ],
  ['python', 'return event.deep_get("p_enrichment", "people", "actor.id", "team") == "red"'],
];

describe('a backtest says what live matching would have said', () => {
  const engine = testEngine();
  const people = {
    id: 'people',
    selectors: [{ logType: 'Test', selector: 'actor.id' }],
    rows: [['u3', { team: 'red' }] as const],
  };
  before(() => engine.setContent({ dataModels: [], lookupTables: [people] }));
  after(() => engine.close());
  const options = { signal: new AbortController().signal, onProgress: () => undefined };

  const source = (language: Language, body: string) =>
    language === 'python'
      ? `def rule(event):\n    ${body}\ndef dedup(event):\n    return str(event.deep_get("actor", "id"))\n`
      : `import * as library from '@pawprint/detections';
export default { rule(event: any) { ${body} }, dedup: (event: any) => String(event.actor?.id) };`;

  for (const [language, body] of rules) {
    for (const seed of [1, 2]) {
      test(`${language}: ${body}, history ${seed}`, async () => {
        const rule = ruleOf(language, 'rule', source(language, body), {
          threshold: 2,
          dedupPeriodMinutes: 30,
        });
        assert.deepEqual(await engine.put([rule]), new Map());
        const events = eventsOf(seed, 12_000);
        const live = await liveResult(rule, events);
        const result = await runBacktest(engine, rule, 'Test', memoryHistory(events), options);
        assert.deepEqual(
          {
            matches: result.matchCount,
            errors: result.errorCount,
            alerts: result.alertCount,
            first: result.matches.slice(0, 50).map(({ eventId }) => eventId),
            alert: result.alerts.slice(0, 20),
          },
          live,
        );
        assert.equal(result.evaluated + result.skipped, events.length);
      });
    }
  }

  async function liveResult(rule: Detection, events: readonly Event[]) {
    const outcomes = await engine.evaluateOne('rule', {
      source: 'Test',
      events: events.map((event) => JSON.stringify(event)),
    });
    const matches = outcomes.flatMap((outcome) =>
      outcome.kind === 'match' ? [{ verdict: outcome, atMs: epochMs + outcome.event * 60_000 }] : [],
    );
    const alerts = alertsOf(rule, matches);
    return {
      matches: matches.length,
      errors: outcomes.filter(({ kind }) => kind === 'error').length,
      alerts: alerts.length,
      first: matches.slice(0, 50).map(({ verdict }) => `e${verdict.event}`),
      alert: alerts.slice(0, 20).map(({ detectionId: _, ...alert }) => alert),
    };
  }

  test('a rule that looks at one place is asked about few events', async () => {
    const rule = ruleOf('typescript', 'rule', source('typescript', rules[1]?.[1] ?? ''));
    await engine.put([rule]);
    const { evaluated } = await runBacktest(
      engine,
      rule,
      'Test',
      memoryHistory(eventsOf(3, 12_000)),
      options,
    );
    assert.ok(evaluated < 4_000, `${evaluated} events`);
  });

  test('events are read whole only where a function looks at more than it does mostly', async () => {
    const events = eventsOf(4, 12_000);
    const functions = `title: (event: any) => event.index === 7_000 || event.index === 9_000
      ? JSON.stringify(event.actor ?? null) : event.result`;
    const body = `export default { rule: (event: any) => event.name !== "delete", ${functions} };`;
    const rule = ruleOf('typescript', 'rule', body);
    await engine.put([rule]);
    const wholes = { count: 0 };
    const { matchCount } = await runBacktest(engine, rule, 'Test', memoryHistory(events, wholes), options);
    assert.ok(matchCount > 8_000);
    assert.ok(wholes.count < 100, `${wholes.count} whole events`);
  });

  test('it stops when it is told to', async () => {
    const rule = ruleOf('typescript', 'rule', source('typescript', 'return true'));
    await engine.put([rule]);
    const stop = new AbortController();
    const onProgress = ({ evaluated }: { evaluated: number }) => {
      if (evaluated === 500) stop.abort(new Error('enough'));
    };
    const run = runBacktest(engine, rule, 'Test', memoryHistory(eventsOf(3, 6_000)), {
      signal: stop.signal,
      onProgress,
    });
    await assert.rejects(run, /enough/);
  });
});
