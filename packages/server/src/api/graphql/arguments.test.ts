import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FieldNode, Kind, type OperationDefinitionNode, parse, valueFromASTUntyped } from 'graphql';
import { splitArguments } from './arguments.ts';

function firstField(text: string): { field: FieldNode; operation: OperationDefinitionNode } {
  const operation = parse(text).definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const field = operation?.selectionSet.selections[0];
  assert(operation !== undefined && field?.kind === Kind.FIELD);
  return { field, operation };
}

function split(text: string, variables: Record<string, unknown> = {}) {
  const { field, operation } = firstField(text);
  return splitArguments(field, operation, variables);
}

const cases: [
  what: string,
  text: string,
  variables: Record<string, unknown>,
  dynamic: object,
  literal: object,
][] = [
  ['no arguments', '{ f }', {}, {}, {}],
  ['a literal', '{ f(id: "1") }', {}, {}, { id: '1' }],
  ['a variable', 'query ($id: ID!) { f(id: $id) }', { id: '1' }, { id: '1' }, {}],
  [
    'a whole input in a variable',
    'query ($i: I) { f(input: $i) }',
    { i: { a: [1] } },
    { input: { a: [1] } },
    {},
  ],
  [
    'an input that mixes both, at every depth',
    'query ($n: String, $v: String) { f(input: {name: $n, role: {kind: NAME, value: $v}, list: [A]}) }',
    { n: 'x', v: 'Admin' },
    { input: { name: 'x', role: { value: 'Admin' } } },
    { input: { role: { kind: 'NAME' }, list: ['A'] } },
  ],
  ['an empty object and an empty list', '{ f(a: {}, b: []) }', {}, {}, { a: {}, b: [] }],
  ['null given either way', 'query ($n: Int) { f(a: null, b: $n) }', { n: null }, { b: null }, { a: null }],
  [
    'a default of the operation',
    'query ($n: Int = 7) { f(a: $n, b: {c: $n}) }',
    {},
    {},
    { a: 7, b: { c: 7 } },
  ],
  ['a default that is not used', 'query ($n: Int = 7) { f(a: $n) }', { n: 8 }, { a: 8 }, {}],
  ['null instead of a default', 'query ($n: Int = 7) { f(a: $n) }', { n: null }, { a: null }, {}],
  ['a variable that is not given', 'query ($n: Int) { f(a: $n, b: {c: $n, d: 1}) }', {}, {}, { b: { d: 1 } }],
  ['an object of nothing but that', 'query ($n: Int) { f(b: {c: $n}) }', {}, {}, { b: {} }],
  [
    'a list that mixes both keeps positions',
    'query ($b: ID!, $gone: ID) { f(ids: ["a", $b, $gone]) }',
    { b: 'b' },
    { ids: [null, 'b', null] },
    { ids: ['a', null, null] },
  ],
  ['a list of variables only', 'query ($a: ID!) { f(ids: [$a, $a]) }', { a: 'x' }, { ids: ['x', 'x'] }, {}],
  ['a list of nothing given', 'query ($a: ID) { f(ids: [$a]) }', {}, {}, { ids: [null] }],
  [
    'aliases and directives',
    'query ($i: Boolean!) { x: f(id: "1") @include(if: $i) }',
    { i: true },
    {},
    { id: '1' },
  ],
  [
    'booleans, numbers, enums, block strings',
    '{ f(a: true, b: -1.5e2, c: RED, d: """x""") }',
    {},
    {},
    { a: true, b: -150, c: 'RED', d: 'x' },
  ],
  [
    'numbers JavaScript cannot hold',
    '{ f(a: 9007199254740993, b: 1e999) }',
    {},
    {},
    { a: '9007199254740993', b: '1e999' },
  ],
  [
    'a variable named like an inherited property',
    'query ($toString: String) { f(a: $toString) }',
    {},
    {},
    {},
  ],
];

for (const [what, text, variables, dynamic, literal] of cases) {
  test(`arguments: ${what}`, () => {
    assert.deepEqual(split(text, variables), { dynamic, static: literal });
  });
}

test('a key named __proto__ stays a key', () => {
  const { static: literal } = split('{ f(a: {__proto__: {x: 1}}) }');
  assert.equal(JSON.stringify(literal), '{"a":{"__proto__":{"x":1}}}');
});

/** A literal, or a variable by its number, as GraphQL text. */
const valueText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('1', '"literal"', 'true', 'null', 'ENUM', '2.5', '$v0', '$v1', '$v2'),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
    fc
      .dictionary(fc.stringMatching(/^[a-c]{1,2}$/), tie('value'), { maxKeys: 4 })
      .map((members) => `{${Object.entries(members).map(([name, text]) => `${name}: ${text}`)}}`),
  ),
})).value;

/** Puts the two parts back together: what is not in one is in the other. */
function merge(dynamic: unknown, literal: unknown): unknown {
  if (Array.isArray(dynamic) && Array.isArray(literal))
    return dynamic.map((item, i) => merge(item, literal[i]));
  if (isObject(dynamic) && isObject(literal)) {
    const names = new Set([...Object.keys(literal), ...Object.keys(dynamic)]);
    return Object.fromEntries(
      [...names].map((name) => [
        name,
        name in dynamic && name in literal
          ? merge(dynamic[name], literal[name])
          : (dynamic[name] ?? literal[name] ?? null),
      ]),
    );
  }
  return dynamic ?? literal;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

test('the parts together are the arguments, and no variable value is in the static part', () => {
  const variables = fc.record(
    { v0: fc.constantFrom('dynamic', null, 17), v1: fc.constant('dynamic'), v2: fc.constant('dynamic') },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(valueText, variables, (text, given) => {
      const { field, operation } = firstField(`query ($v0: X, $v1: X, $v2: X) { f(a: ${text}) }`);
      const parts = splitArguments(field, operation, given);
      const [argument] = field.arguments ?? [];
      assert(argument !== undefined);
      const expected = valueFromASTUntyped(argument.value, given);
      assert.deepEqual(
        JSON.parse(JSON.stringify(merge(parts.dynamic, parts.static))),
        JSON.parse(JSON.stringify(expected === undefined ? {} : { a: expected })),
      );
      assert.doesNotMatch(JSON.stringify(parts.static), /dynamic|17/);
      assert.doesNotMatch(JSON.stringify(parts.dynamic), /"literal"|ENUM|true|2\.5/);
    }),
  );
});
