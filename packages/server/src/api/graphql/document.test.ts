import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, getIntrospectionQuery } from 'graphql';
import { createDocumentReader, documentLimits } from './document.ts';

const schema = buildSchema('type Query { a(x: [[Int]], y: String): Query  b: Int }');
const read = createDocumentReader(schema);

function problem(text: string): string | undefined {
  const document = read(text);
  if (document.kind === 'unreadable') return document.error.message;
  return document.kind === 'invalid' ? document.errors[0]?.message : undefined;
}

/** Fields inside each other, `depth` in all. */
function nested(depth: number): string {
  return `${'{ a '.repeat(depth - 1)}{ b }${' }'.repeat(depth - 1)}`;
}

test('the standard introspection query passes with all its options', () => {
  const text = getIntrospectionQuery({
    inputValueDeprecation: true,
    specifiedByUrl: true,
    directiveIsRepeatable: true,
    schemaDescription: true,
    oneOf: true,
  });
  assert.equal(problem(text), undefined);
});

test('depth is counted through fragments', () => {
  const { depth } = documentLimits;
  assert.equal(problem(nested(depth)), undefined);
  assert.equal(problem(nested(depth + 1)), `The operation is deeper than ${depth} fields`);
  const half = nested(depth - 2);
  assert.equal(
    problem(`{ a { a { a { ...F } } } } fragment F on Query ${half}`),
    `The operation is deeper than ${depth} fields`,
  );
});

test('fields are counted with fragments spelled out, however often they double', () => {
  const fragments = Array.from(
    { length: 12 },
    (_, i) => `fragment F${i} on Query { x: a { ...F${i + 1} } y: a { ...F${i + 1} } }`,
  );
  const text = `{ ...F0 } ${fragments.join(' ')} fragment F12 on Query { b }`;
  assert.equal(problem(text), `The operation asks for more than ${documentLimits.fields} fields`);
});

test('text that is too much is refused before it costs anything', () => {
  const { bytes, tokens, nesting, writtenFields } = documentLimits;
  assert.equal(problem(`{ b } #${'é'.repeat(bytes / 2)}`), `The document is longer than ${bytes} bytes`);
  assert.equal(problem(`{ ${'b '.repeat(tokens)} }`), `The document has more than ${tokens} tokens`);
  assert.equal(
    problem(`{ ${'b '.repeat(writtenFields + 1)} }`),
    `The document has more than ${writtenFields} fields`,
  );
  for (const open of ['{ a ', '{ a(x: [', '{ a(x: {y: ']) {
    assert.equal(problem(open.repeat(5_000)), `The document is nested deeper than ${nesting} levels`);
  }
  assert.equal(
    problem(`{ a(x: ${'['.repeat(5_000)}) { b } }`),
    `The document is nested deeper than ${nesting} levels`,
  );
});

test('fragments that refer to themselves are refused', () => {
  assert.match(
    problem('{ ...F } fragment F on Query { b ...F }') ?? '',
    /Cannot spread fragment "F" within itself/,
  );
});

test('text that is no GraphQL is unreadable', () => {
  for (const text of ['', '{', '{ a(', 'query', '\u0000', '{ a(y: "\ud800") ', '"'.repeat(100), '}{']) {
    assert.equal(read(text).kind, 'unreadable', JSON.stringify(text));
  }
});
