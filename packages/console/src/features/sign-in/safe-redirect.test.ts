import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeRedirect } from './safe-redirect.ts';

test('a path of the console is kept with its query and hash', () => {
  assert.equal(safeRedirect('/audit-log?actor=homer#x'), '/audit-log?actor=homer#x');
});

for (const path of [
  '//evil.example',
  '/\\evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '',
  undefined,
  7,
]) {
  test(`${JSON.stringify(path)} leads to the start page`, () => {
    assert.equal(safeRedirect(path), '/');
  });
}
