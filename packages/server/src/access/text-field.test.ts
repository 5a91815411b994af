import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redact } from '@pawprint/record';
import * as fc from 'fast-check';
import { nameSchema, optionalNameSchema } from './text-field.ts';

function problemOf(name: unknown): string | undefined {
  return nameSchema.safeParse(name).error?.issues[0]?.message;
}

test('a name is trimmed and composed', () => {
  assert.equal(nameSchema.parse('  Zoe\u0308 \n'), 'Zo\u00eb');
});

test('names in any script, with emoji and joiners, are kept as they are', () => {
  for (const name of ['Łukasz', '山田 太郎', 'नमस्ते', '👩‍💻 on call', "O'Neil & Söhne <b>"]) {
    assert.equal(nameSchema.parse(name), name);
  }
});

test('what is wrong with a name is said', () => {
  assert.equal(problemOf(' \t '), 'must not be empty');
  assert.equal(problemOf('x'.repeat(257)), 'must have at most 256 characters');
  assert.equal(problemOf(7), 'must be text');
  for (const character of ['\0', '\n', '\u001b', '\u007f', '\u2028', '\u202e', '\ud800', '\udc00']) {
    assert.equal(problemOf(`a${character}b`), 'must not contain control characters or broken Unicode');
  }
});

test('an optional name may be null, empty or left out, and is checked like any other', () => {
  assert.equal(optionalNameSchema.parse(' Ada '), 'Ada');
  assert.equal(optionalNameSchema.parse(' '), null);
  assert.equal(optionalNameSchema.parse(null), null);
  assert.equal(optionalNameSchema.parse(undefined), undefined);
  assert.equal(
    optionalNameSchema.safeParse('a\0').error?.issues[0]?.message,
    'must not contain control characters or broken Unicode',
  );
  assert.deepEqual(redact(optionalNameSchema, 'Ada'), 'Ada');
});

test('an accepted name is its own normal form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const parsed = nameSchema.safeParse(text);
      if (parsed.success) assert.equal(nameSchema.parse(parsed.data), parsed.data);
    }),
  );
});
