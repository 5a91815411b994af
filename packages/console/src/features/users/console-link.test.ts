import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consoleLink } from './console-link.ts';

test('a link leads to where the console was reached, and keeps its path and token', () => {
  const link = 'http://127.0.0.1:8080/invitation#token=pawprint_link_abc';
  assert.equal(
    consoleLink(link, 'https://paw.example'),
    'https://paw.example/invitation#token=pawprint_link_abc',
  );
});
