import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseList } from './parse-list.ts';

test('one entry a line or between commas, blanks and repeats dropped', () => {
  assert.deepEqual(parseList(' 10.0.0.0/8\n\n192.168.1.10/32, 10.0.0.0/8 ,'), [
    '10.0.0.0/8',
    '192.168.1.10/32',
  ]);
});

test('nothing is an empty list', () => {
  assert.deepEqual(parseList(' \n , '), []);
});
