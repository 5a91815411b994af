import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Read, Traced } from '@pawprint/detections';
import { type Language, ruleOf } from './detections.ts';
import { testEngine } from './test-engine.ts';

const shown = (told: Traced | undefined) =>
  told?.reads.map(({ path, whole }) => `${path.join('.')}${whole ? '.*' : ''}`);

describe('where a rule looks', () => {
  const engine = testEngine({ answerCall: () => 7 });
  const say = async (body: string, event: unknown, more: Parameters<typeof ruleOf>[3] = {}) => {
    const source = `import * as library from '@pawprint/detections';\nexport default { rule(event: any) { ${body} } };`;
    assert.deepEqual(await engine.put([ruleOf('typescript', 'rule', source, more)]), new Map());
    const [told] = await engine.trace('rule', { source: 'Test', events: [JSON.stringify(event)] });
    return shown(told);
  };
  const lookupTables = [
    { id: 't', selectors: [{ logType: 'Test', selector: 'actor.id' }], rows: [['k', {}] as const] },
  ];
  before(() => engine.setContent({ dataModels: [], lookupTables }));
  after(() => engine.close());

  const event = { name: 'a', actor: { id: 'u', roles: ['r1', { deep: 1 }] }, n: null };
  const looks: readonly (readonly [string, readonly string[]])[] = [
    ['return false', []],
    ['return event.name === "b"', ['name']],
    ['return event.name === "b" && event.actor.id === "u"', ['name']],
    ['return event.actor.id === "x" || event.name === "b"', ['actor', 'actor.id', 'name']],
    ['return event.actor?.missing?.deeper === 1', ['actor', 'actor.missing']],
    ['return "missing" in event', ['missing']],
    ['return Object.hasOwn(event.actor, "x")', ['actor', 'actor.x']],
    ['return library.deepGet(event, "actor", "id") === "x"', ['actor', 'actor.id']],
    ['return library.deepWalk(event, "actor", "roles", "deep").includes(2)', ['actor', 'actor.roles']],
    ['return event.actor.roles.includes("r2")', ['actor', 'actor.roles']],
    ['return Object.keys(event.actor).length === 9', ['actor', 'actor.*']],
    ['return JSON.stringify(event.actor) === ""', ['actor', 'actor.toJSON', 'actor.*']],
    ['const { name, ...rest } = event; return rest.x === 1', ['name', '*']],
    ['return event.actor === event.actor && event.n === 1', ['actor', 'n']],
    ['return event.p_enrichment?.t === 1', ['p_enrichment.*', 'actor.id.*']],
    ['return new Date(event.name).getTime() === 0', ['name']],
  ];
  for (const [body, expected] of looks) {
    test(body, async () => {
      const reads = await say(body, event);
      assert.deepEqual(
        reads?.map((each) => (each === '.*' ? '*' : each)),
        expected,
      );
    });
  }

  for (const body of [
    'return event.missing.deeper === 1',
    'return 1',
    'event.name = "b"; return false',
    'event.actor.roles.push("r"); return false',
    'return Math.random() < 0',
    'return Date.now() < 0',
    'return new Date().getTime() < 0',
    'return new Intl.DateTimeFormat().format() === ""',
    'return Object.isFrozen(event) === false && event.name === "b"',
    'return library.getCounter("c") === 0',
    'try { library.incrementCounter("c") } catch {} return false',
    'return library.lookup("t", "k") === 0',
  ]) {
    test(`nothing is told of: ${body}`, async () => assert.equal(await say(body, event), undefined));
  }

  test('what an inline filter looks at counts', async () => {
    const inlineFilters = [{ KeyPath: 'name', Condition: 'Equals', Value: 'a' }];
    assert.deepEqual(await say('return event.n === 1', event, { inlineFilters }), ['name', 'n']);
    assert.deepEqual(await say('return true', { ...event, name: 'b' }, { inlineFilters }), ['name']);
  });

  test('simple detections', async () => {
    const detection = [
      { Key: 'name', Condition: 'Equals', Value: 'b' },
      { DeepKey: ['actor', 'id'], Condition: 'Equals', Value: 'u' },
    ];
    const body = { language: 'expressions', detection } as const;
    assert.deepEqual(await engine.put([{ ...ruleOf('typescript', 'simple', ''), body }]), new Map());
    const events = [JSON.stringify(event), JSON.stringify({ ...event, name: 'b' })];
    const [no, yes] = await engine.trace('simple', { source: 'Test', events });
    assert.deepEqual([shown(no), no?.matched], [['name'], false]);
    assert.deepEqual([shown(yes), yes?.matched], [['name', 'actor', 'actor.id'], true]);
  });

  const sayPython = async (lines: string, more: Parameters<typeof ruleOf>[3] = {}) => {
    assert.deepEqual(await engine.put([ruleOf('python', 'python', lines, more)]), new Map());
    const [told] = await engine.trace('python', { source: 'Test', events: [JSON.stringify(event)] });
    return shown(told);
  };
  const pythonLooks: readonly (readonly [string, readonly string[]])[] = [
    ['return False', []],
    ['return event.get("name") == "b" and event.get("n")', ['name.*']],
    ['return event["name"] == "b" or event.deep_get("actor", "id") == "x"', ['name.*', 'actor.*']],
    ['return "missing" in event', ['missing.*']],
    ['return event.deep_walk("actor", "roles", "deep") == 2', ['actor.*']],
    ['return event.udm("name") == "b"', ['p_udm.*', 'name.*']],
    ['import re\n    return bool(re.match("b", event.get("name")))', ['name.*']],
  ];
  for (const [body, expected] of pythonLooks) {
    test(`Python: ${body}`, async () =>
      assert.deepEqual(await sayPython(`def rule(event):\n    ${body}\n`), expected));
  }
  for (const body of [
    'return event["missing"] == 1',
    'return dict(event) == {}',
    'return len(event) == 99',
    'return any(key == "x" for key in event)',
    'same = event\n    return same.get("name") == "b"',
    'return event.to_dict() == {}',
    'return event.lookup("t", "k") == 1',
    'import time\n    return time.time() < 0',
    'from datetime import datetime\n    return datetime.now() is None',
    'return other(event)\ndef other(e):\n    return e == 1',
    'return globals().get("x") == 1',
    'return event.get(1) == 1',
  ]) {
    test(`Python: nothing is told of: ${body}`, async () =>
      assert.equal(await sayPython(`def rule(event):\n    ${body}\n`), undefined));
  }

  describe('at an event of which only some is known', () => {
    const known = [
      { path: ['name'], whole: false },
      { path: ['actor'], whole: false },
    ];
    const event = JSON.stringify({ name: 'b', actor: {} });
    const tell = async (language: Language, source: string, more: Parameters<typeof ruleOf>[3] = {}) => {
      assert.deepEqual(await engine.put([ruleOf(language, 'rule', source, more)]), new Map());
      const [told] = await engine.trace('rule', { source: 'Test', events: [event] }, known);
      return told && { reads: shown(told), matched: told.matched, title: told.verdict?.title };
    };
    const typescript = (body: string, title: string) =>
      tell('typescript', `export default { rule(event: any) { ${body} }, title(event: any) { ${title} } };`);

    test('what is known decides', async () => {
      assert.deepEqual(await typescript('return event.name !== "b"', 'return ""'), {
        ...{ reads: ['name'], matched: false, title: undefined },
      });
      assert.deepEqual(await typescript('return event.actor !== undefined', 'return "it is " + event.name'), {
        ...{ reads: ['actor', 'name'], matched: true, title: 'it is b' },
      });
    });
    for (const look of [
      'return event.actor.id === undefined',
      'return !("id" in event.actor)',
      'return !Object.hasOwn(event.actor, "id")',
      'try { event.actor.id; } catch {} return event.result === 1',
    ]) {
      test(`what is not decides nothing: ${look}`, async () => {
        assert.deepEqual(await typescript(look, 'return ""'), {
          ...{ reads: ['actor', 'actor.id'], matched: undefined, title: undefined },
        });
        assert.deepEqual(await typescript('return true', look), {
          ...{ reads: ['actor', 'actor.id'], matched: true, title: undefined },
        });
      });
    }
    for (const look of [
      'Object.keys(event.actor)',
      '({ ...event.actor })',
      '[...Object.entries(event.actor)]',
    ]) {
      test(`what looks at all of an object needs all of it: ${look}`, async () =>
        assert.deepEqual((await typescript(`${look}; return false`, 'return ""'))?.reads, [
          'actor',
          'actor.*',
        ]));
    }
    test('a function that fails is left to the whole event', async () =>
      assert.equal(await typescript('return true', 'return event.name.x.y'), undefined));
    test('a filter and a simple detection', async () => {
      const inlineFilters = [{ KeyPath: 'actor.id', Condition: 'Equals', Value: 'u' }];
      const source = 'export default { rule: () => true };';
      assert.deepEqual(await tell('typescript', source, { inlineFilters }), {
        ...{ reads: ['actor', 'actor.id'], matched: undefined, title: undefined },
      });
      const detection = [{ Key: 'name', Condition: 'Equals', Value: 'b' }];
      const body = { language: 'expressions', detection, alertTitle: 'by {actor.id}' } as const;
      await engine.put([{ ...ruleOf('typescript', 'rule', ''), body }]);
      const [told] = await engine.trace('rule', { source: 'Test', events: [event] }, known);
      assert.deepEqual(
        [shown(told), told?.matched, told?.verdict],
        [['name', 'actor', 'actor.id'], true, undefined],
      );
    });
    test('enrichment is known where all that it is made of is', async () => {
      await engine.put([
        ruleOf(
          'typescript',
          'rule',
          'export default { rule: (event: any) => event.p_enrichment === undefined };',
        ),
      ]);
      const places = [{ path: ['p_enrichment'], whole: true }];
      const says = async (known: readonly Read[], event: object) => {
        const [told] = await engine.trace('rule', { source: 'Test', events: [JSON.stringify(event)] }, known);
        return told?.matched;
      };
      assert.equal(await says(places, {}), undefined);
      const all = [...places, { path: ['actor', 'id'], whole: true }];
      assert.equal(await says(all, {}), true);
      assert.equal(await says(all, { actor: { id: 'k' } }), false);
    });
    test('Python', async () => {
      const python = (body: string, title: string) =>
        tell('python', `def rule(event):\n    ${body}\ndef title(event):\n    ${title}\n`);
      const known = { reads: ['p_udm.*'], matched: undefined, title: undefined };
      assert.deepEqual(await python('return event.udm("name") == "b"', 'return ""'), known);
      for (const look of ['event.get("result")', '"result" in event', 'event.get("RESULT".lower())']) {
        assert.deepEqual(await python(`return bool(${look})`, 'return ""'), {
          ...{ reads: ['result.*'], matched: undefined, title: undefined },
        });
        assert.deepEqual(await python('return True', `return str(${look})`), {
          ...{ reads: ['result.*'], matched: true, title: undefined },
        });
      }
    });
  });
});
