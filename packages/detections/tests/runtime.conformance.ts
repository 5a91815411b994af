import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createMemoryCache, type Detection, DetectionError, type Outcome } from '@pawprint/detections';
import { type Language, ruleOf, sourceOf, unitTest } from './detections.ts';
import { testEngine } from './test-engine.ts';

/** How the same things are written in the language. */
export interface Words {
  readonly language: Language;
  readonly yes: string;
  readonly no: string;
  readonly null: string;
  /** Fails with a text that holds `boom`. */
  readonly fail: string;
  readonly field: (name: string) => string;
  readonly repeat: (text: string, times: number) => string;
  /** A source whose rule never ends. */
  readonly endless: string;
  /** A source whose rule takes all memory it can get. */
  readonly greedy: string;
  readonly endlessAtLoad: string;
  readonly types: {
    readonly bool: string;
    readonly str: string;
    readonly int: string;
    readonly none: string;
    readonly list: string;
    readonly object: string;
  };
  readonly deepGet: (...keys: readonly string[]) => string;
  readonly deepWalk: (...keys: readonly string[]) => string;
  readonly udm: (name: string) => string;
  readonly lookup: (table: string, key: string) => string;
  readonly increment: (key: string) => string;
  /** Tries to change the event. */
  readonly mutate: string;
}

/** What every runtime must do, whatever its language. */
export function runtimeConformance(words: Words): void {
  const { language, yes, no, types } = words;
  const cache = createMemoryCache(() => 0);
  const engine = testEngine({
    answerCall: cache.answer,
    batchMs: 3000,
  });
  const rule = (id: string, functions: Readonly<Record<string, string>>, more?: Partial<Detection>) =>
    ruleOf(language, id, sourceOf(language, functions), more);
  const put = async (...detections: readonly Detection[]) =>
    assert.deepEqual(await engine.put(detections), new Map());

  before(() =>
    engine.setContent({
      lookupTables: [{ id: 't', selectors: [], rows: [['k', { table: 't', key: 'k' }]] }],
      dataModels: [
        {
          id: 'model',
          logType: 'Test',
          enabled: true,
          mappings: [
            { name: 'who', path: '$.actor.name' },
            { name: 'first', path: 'many[*].id' },
          ],
        },
      ],
    }),
  );
  after(() => engine.close());

  /** What a rule of these functions says about one event. */
  async function say(
    functions: Readonly<Record<string, string>>,
    event: unknown = {},
    more?: Partial<Detection>,
  ): Promise<readonly Outcome[]> {
    await put(rule('one', functions, more));
    return engine.evaluateOne('one', { source: 'Test', events: [JSON.stringify(event)] });
  }
  async function verdict(
    functions: Readonly<Record<string, string>>,
    event?: unknown,
    more?: Partial<Detection>,
  ) {
    const [outcome] = await say({ rule: yes, ...functions }, event, more);
    assert(outcome?.kind === 'match', JSON.stringify(outcome));
    return outcome;
  }
  async function error(functions: Readonly<Record<string, string>>): Promise<string> {
    const [outcome] = await say(functions);
    assert(outcome?.kind === 'error', JSON.stringify(outcome));
    return outcome.message;
  }

  describe(`detections in ${language}`, () => {
    test('a match without further functions has every default', async () => {
      assert.deepEqual(await say({ rule: yes }, {}, { displayName: 'A name' }), [
        {
          kind: 'match',
          event: 0,
          detectionId: 'one',
          title: 'A name',
          dedup: 'defaultDedupString:one',
          severity: 'HIGH',
          description: 'The description',
          reference: 'The reference',
          runbook: 'The runbook',
          destinations: null,
          alertContext: {},
          unique: null,
          functionErrors: {},
        },
      ]);
      assert.deepEqual(await say({ rule: no }), []);
    });

    test('what the functions give is taken', async () => {
      const given = await verdict({
        title: '"A title"',
        dedup: '"a key"',
        severity: '"low"',
        description: '"d"',
        reference: '"r"',
        runbook: '"b"',
        destinations: '["slack"]',
        alert_context: '{"a": [1, {"b": "ü"}]}',
        unique: '"u"',
      });
      assert.deepEqual(given, {
        kind: 'match',
        event: 0,
        detectionId: 'one',
        title: 'A title',
        dedup: 'a key',
        severity: 'LOW',
        description: 'd',
        reference: 'r',
        runbook: 'b',
        destinations: ['slack'],
        alertContext: { a: [1, { b: 'ü' }] },
        unique: 'u',
        functionErrors: {},
      });
    });

    test('the title is the dedup text unless there is a function for it', async () => {
      assert.equal((await verdict({ title: '"T"' })).dedup, 'T');
      assert.equal((await verdict({ title: '""' })).dedup, 'defaultDedupString:one');
      assert.equal((await verdict({ title: words.fail })).dedup, 'one');
      assert.equal((await verdict({ title: '"T"', dedup: '""' })).dedup, 'defaultDedupString:one');
      assert.equal((await verdict({ title: '"T"', dedup: words.fail })).dedup, 'defaultDedupString:one');
      assert.equal((await verdict({ title: '"T"', dedup: '7' })).dedup, 'defaultDedupString:one');
    });

    test('long texts are cut at 1,000 characters and say so', async () => {
      const { title, dedup, description } = await verdict({
        title: words.repeat('x', 1500),
        description: words.repeat('y', 1000),
      });
      assert.equal(title, `${'x'.repeat(985)}... (truncated)`);
      assert.equal(title.length, 1000);
      assert.equal(dedup, title);
      assert.equal(description, 'y'.repeat(1000));
    });

    test('a severity that is none, or DEFAULT, leaves the standing one', async () => {
      assert.equal((await verdict({ severity: '"Critical"' })).severity, 'CRITICAL');
      assert.equal((await verdict({ severity: '"default"' })).severity, 'HIGH');
      const { severity, functionErrors } = await verdict({ severity: '"urgent"' });
      assert.equal(severity, 'HIGH');
      assert.match(functionErrors.severity ?? '', /URGENT is none of/);
    });

    test('a failing function never keeps an alert from being raised', async () => {
      const failed = await verdict({
        title: words.fail,
        description: words.fail,
        severity: words.fail,
        destinations: words.fail,
        alert_context: words.fail,
        unique: words.fail,
      });
      assert.equal(failed.title, 'one');
      assert.equal(failed.description, '');
      assert.equal(failed.severity, 'HIGH');
      assert.equal(failed.destinations, null);
      assert.match(String(failed.alertContext._error), /boom/);
      assert.equal(failed.unique, null);
      for (const message of Object.values(failed.functionErrors)) assert.match(message, /boom/);
      assert.equal(Object.keys(failed.functionErrors).length, 6);
    });

    test('destinations: none, nowhere, unknown, too many', async () => {
      assert.equal((await verdict({ destinations: words.null })).destinations, null);
      assert.deepEqual((await verdict({ destinations: '[]' })).destinations, []);
      assert.deepEqual((await verdict({ destinations: '["SKIP"]' })).destinations, []);
      assert.equal(
        (await verdict({ destinations: '["1","2","3","4","5","6","7","8","9","10","11"]' })).destinations,
        null,
      );
      const [outcome] = await engine.evaluateOne(
        'one',
        { source: 'Test', events: ['{}'] },
        { destinations: new Set(['slack']) },
      );
      assert(outcome?.kind === 'match');
      assert.equal(outcome.destinations, null);
    });

    test('an alert context is an object of JSON, and not too large', async () => {
      assert.deepEqual((await verdict({ alert_context: '[1]' })).alertContext, {
        _error: `detection [one] function [alert_context] returned [${types.list}], expected [${types.object}]`,
      });
      assert.deepEqual(
        (await verdict({ alert_context: `{"a": ${words.repeat('x', 204_800)}}` })).alertContext,
        {
          _error: `alert_context size is [${language === 'python' ? 204_809 : 204_808}] characters, bigger than maximum of [204800] characters`,
        },
      );
    });

    test('a rule must say yes or no, and its errors name the place', async () => {
      const wrong = (type: string) =>
        `detection [one] function [rule] returned [${type}], expected [${types.bool}]`;
      assert.equal(await error({ rule: '1' }), wrong(types.int));
      assert.equal(await error({ rule: '"yes"' }), wrong(types.str));
      assert.equal(await error({ rule: words.null }), wrong(types.none));
      const message = await error({ rule: words.fail });
      assert.match(message, /boom/);
      assert.match(message, language === 'python' ? /one\.py, line 2, in rule/ : /one\.ts, line 3/);
    });

    test('auxiliary functions run for matches alone', async () => {
      assert.deepEqual(await say({ rule: no, title: words.fail }), []);
    });

    test('events are read, walked and standardised, and cannot be changed', async () => {
      const event = {
        actor: { name: 'ada' },
        many: [{ id: 1 }, { id: 2 }, { id: null }],
        big: 12345678901234,
        text: 'ünï😀',
      };
      const { alertContext } = await verdict(
        {
          alert_context: `{
            "got": ${words.deepGet('actor', 'name')}, "missing": ${words.deepGet('actor', 'x', 'y')} == ${words.null},
            "walked": ${words.deepWalk('many', 'id')}, "who": ${words.udm('who')}, "own": ${words.udm('big')},
            "text": ${words.field('text')}, "row": ${words.lookup('t', 'k')}}`,
        },
        event,
      );
      assert.deepEqual(alertContext, {
        got: 'ada',
        missing: true,
        walked: [1, 2],
        who: 'ada',
        own: 12345678901234,
        text: 'ünï😀',
        row: { table: 't', key: 'k' },
      });
      const { functionErrors } = await verdict({ title: words.udm('first') }, event);
      assert.match(functionErrors.title ?? '', /values|multiple/);
      await put(rule('changes', { rule: words.mutate }), rule('sees', { rule: words.field('a') }));
      const outcomes = await engine.evaluate({ source: 'Test', events: ['{"a": true}'] });
      assert.deepEqual(
        outcomes
          .map(({ kind, detectionId }) => `${detectionId} ${kind}`)
          .filter((line) => !line.startsWith('one')),
        ['changes error', 'sees match'],
      );
      await engine.remove(['changes', 'sees']);
    });

    test('counters are kept outside, across batches and rules', async () => {
      const counts = async () =>
        (await verdict({ alert_context: `{"n": ${words.increment('c')}}` })).alertContext.n;
      assert.deepEqual([await counts(), await counts()], [1, 2]);
    });

    test('rules are chosen by log type and switch; adding, replacing and removing need no restart', async () => {
      await engine.remove(['one']);
      await put(
        rule('a', { rule: yes }),
        rule('other', { rule: yes }, { sources: ['Other'] }),
        rule('off', { rule: yes }, { enabled: false }),
      );
      const ids = async () =>
        (await engine.evaluate({ source: 'Test', events: ['{}', '{}'] })).map(
          ({ detectionId, event }) => `${event} ${detectionId}`,
        );
      assert.deepEqual(await ids(), ['0 a', '1 a']);
      await put(rule('b', { rule: yes }), rule('a', { rule: no }));
      assert.deepEqual(await ids(), ['0 b', '1 b']);
      await engine.remove(['a', 'b', 'other', 'off']);
      assert.deepEqual(await ids(), []);
    });

    test('inline filters hold events back', async () => {
      const functions = { rule: yes };
      const inlineFilters = [{ KeyPath: 'a.b', Condition: 'Equals', Value: 1 }];
      await put(rule('filtered', functions, { inlineFilters }));
      const outcomes = await engine.evaluate({
        source: 'Test',
        events: ['{}', '{"a":{"b":1}}', '{"a":{"b":2}}'],
      });
      assert.deepEqual(
        outcomes.map(({ event }) => event),
        [1],
      );
      await engine.remove(['filtered']);
    });

    test('what cannot be loaded is told and leaves the others', async () => {
      const problems = await engine.put([
        ruleOf(language, 'broken', 'def ) {'),
        ruleOf(language, 'empty', language === 'python' ? '' : 'export default {}'),
        rule('sound', { rule: yes }),
      ]);
      assert.deepEqual([...problems.keys()], ['broken', 'empty']);
      assert.match(problems.get('empty') ?? '', /no function rule/);
      assert.equal((await engine.evaluate({ source: 'Test', events: ['{}'] })).length, 1);
      await engine.remove(['sound']);
    });

    test('an event that is not JSON is named', async () => {
      await put(rule('a', { rule: yes }));
      await assert.rejects(
        engine.evaluate({ source: 'Test', events: ['{}', '{"a":'] }),
        new DetectionError('invalid_event', 'event 1 is not JSON'),
      );
      await assert.rejects(
        engine.evaluate({ source: 'Test', events: ['{}, {}'] }),
        new DetectionError('invalid_event', 'event 0 is not JSON'),
      );
    });

    test('unit tests: expectations, mocks, failing functions', async () => {
      await put(
        rule(
          'tested',
          { rule: words.field('a'), title: words.fail },
          {
            tests: [
              unitTest('no', false, { a: false }),
              unitTest('yes', true, { a: true }),
              unitTest('wrong', true, { a: false }),
            ],
          },
        ),
      );
      const results = await engine.test('tested');
      assert.deepEqual(
        results.map(({ name, passed, triggersAlert }) => ({ name, passed, triggersAlert })),
        [
          { name: 'no', passed: true, triggersAlert: false },
          { name: 'yes', passed: false, triggersAlert: true },
          { name: 'wrong', passed: false, triggersAlert: false },
        ],
      );
      assert.match(results[1]?.reasons.join() ?? '', /^title: .*boom/);
      assert.match(results[2]?.reasons.join() ?? '', /^expected true, got false/);
      await engine.remove(['tested']);
    });

    test('a rule that runs away is stopped and named, and the others go on', async () => {
      await put(
        rule('before', { rule: yes }),
        ruleOf(language, 'endless', words.endless),
        rule('between', { rule: yes }),
        ruleOf(language, 'greedy', words.greedy),
        rule('after', { rule: yes }),
      );
      const outcomes = await engine.evaluate({ source: 'Test', events: ['{}'] });
      const lines = outcomes.map((outcome) =>
        outcome.kind === 'error' ? `${outcome.detectionId}: ${outcome.message}` : outcome.detectionId,
      );
      assert.deepEqual(
        lines.filter((line) => !line.includes(':')),
        ['a', 'before', 'between', 'after'],
      );
      const errors = lines.filter((line) => line.includes(':')).toSorted();
      assert.equal(errors.length, 2);
      assert.match(errors[0] ?? '', /^endless: .*did not end within 3000 ms/);
      assert.match(errors[1] ?? '', /^greedy: .*(memory|MemoryError|did not end)/);
      await engine.remove(['endless', 'greedy']);
      assert.equal((await engine.evaluate({ source: 'Test', events: ['{}'] })).length, 4);
      const problems = await engine.put([
        ruleOf(language, 'at-load', words.endlessAtLoad),
        rule('z', { rule: yes }),
      ]);
      assert.deepEqual([...problems.keys()], ['at-load']);
      assert.match(problems.get('at-load') ?? '', /did not end/);
      assert.equal((await engine.evaluate({ source: 'Test', events: ['{}'] })).length, 5);
    });
  });
}
