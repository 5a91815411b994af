import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellText, columnWidthCh } from './result-columns.ts';

test('nested values are JSON, text is not quoted, and null is told from the text null', () => {
  assert.equal(cellText({ a: [1] }), '{"a":[1]}');
  assert.equal(cellText('a "b"'), 'a "b"');
  assert.equal(cellText(0), '0');
  assert.equal(cellText(null), null);
  assert.equal(cellText(undefined), null);
});

test('a column is as wide as its header or its longest cell, within limits', () => {
  assert.equal(columnWidthCh('ip', [{ ip: '10.0.0.1' }]), 13);
  assert.equal(columnWidthCh('a_rather_long_name', []), 22);
  assert.equal(columnWidthCh('sql', [{ sql: 'x'.repeat(5000) }]), 50);
});
