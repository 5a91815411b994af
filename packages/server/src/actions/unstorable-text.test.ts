import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unstorableText } from './unstorable-text.ts';

test('NUL and broken Unicode are found wherever they stand', () => {
  assert.deepEqual(unstorableText('a\0'), []);
  assert.deepEqual(unstorableText({ input: { names: ['fine', 'half \ud83d'] } }), ['input', 'names', '1']);
});

test('any other text, and what is no text, is kept', () => {
  for (const value of ['', 'caf\u00e9 \u{1f43e}\n\u202e', 7, true, null, undefined, { a: [{ b: 'c' }] }]) {
    assert.equal(unstorableText(value), undefined);
  }
});
