import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch, stringifySearch } from './search-params.ts';

test('a repeated name is a list and survives the round trip', () => {
  const text = '?action=DELETE_USER&action=CREATE_USER&actor=homer+%26+co';
  assert.deepEqual(parseSearch(text), { action: ['DELETE_USER', 'CREATE_USER'], actor: 'homer & co' });
  assert.equal(stringifySearch(parseSearch(text)), text);
});

test('empty and absent values leave no trace', () => {
  assert.equal(stringifySearch({ actor: '', ip: undefined, action: [] }), '');
});

test('a value that looks like JSON stays text', () => {
  assert.deepEqual(parseSearch('?actor=123&ip=%7B%7D'), { actor: '123', ip: '{}' });
});
