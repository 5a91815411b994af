import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actions, isActionName } from './actions.ts';

const entries = Object.entries(actions);

test('all 151 published names are in the catalogue', () => {
  assert.equal(entries.filter(([, { origin }]) => origin === 'published').length, 151);
});

test('every name is upper-case words and every meaning one sentence', () => {
  for (const [name, { meaning }] of entries) {
    assert.match(name, /^[A-Z]+(_[A-Z]+)+$/);
    assert.match(meaning, /^[A-Z][^|\n]+\.$/, name);
  }
});

test('no two actions mean the same', () => {
  assert.equal(new Set(entries.map(([, { meaning }]) => meaning)).size, entries.length);
});

test('only names of the catalogue are action names', () => {
  assert.equal(isActionName('SIGN_IN'), true);
  for (const other of ['sign_in', 'toString', '__proto__', '', 1, null])
    assert.equal(isActionName(other), false);
});
