import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kind, parse } from 'graphql';
import { rootFields } from './root-fields.ts';

function names(text: string, variables: Record<string, unknown> = {}): readonly string[] {
  const { definitions } = parse(text);
  const operation = definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  assert(operation !== undefined);
  const found = rootFields(operation, new Map(fragments.map((node) => [node.name.value, node])), variables);
  return found.map(({ responseName, node }) => `${responseName}:${node.name.value}`);
}

test('root fields come in order, through fragments, under their response names, once each', () => {
  const text = `
    mutation { ...A b: two ... on Mutation { c: three ...A } one a: one { inner } }
    fragment A on Mutation { one ...B }
    fragment B on Mutation { four }`;
  assert.deepEqual(names(text), ['one:one', 'four:four', 'b:two', 'c:three', 'a:one']);
});

test('skipped fields are not asked for', () => {
  const text = `query ($yes: Boolean!, $no: Boolean = false) {
    a @skip(if: true) b @include(if: false) c @skip(if: $yes) d @include(if: $no) e @skip(if: $no)
    ... @include(if: $no) { f } ...F @skip(if: $yes) g @include(if: $yes) }
    fragment F on Query { h }`;
  assert.deepEqual(names(text, { yes: true }), ['e:e', 'g:g']);
});

test('an operation that is not valid is understood as far as it goes', () => {
  assert.deepEqual(names('{ a ...Loop ...Missing b @skip(if: "x") } fragment Loop on Query { c ...Loop }'), [
    'a:a',
    'c:c',
    'b:b',
  ]);
});
