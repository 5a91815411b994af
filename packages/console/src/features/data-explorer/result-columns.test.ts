import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellText, columnWidthPx } from './result-columns.ts';

test('nested values are JSON, text is not quoted, and null is told from the text null', () => {
  assert.equal(cellText({ a: [1] }), '{"a":[1]}');
  assert.equal(cellText('a "b"'), 'a "b"');
  assert.equal(cellText(0), '0');
  assert.equal(cellText(null), null);
  assert.equal(cellText(undefined), null);
});

test('a column is as wide as its header or its longest cell, within limits', () => {
  const width = (name: string, value: string) => columnWidthPx(name, [{ [name]: value }]);
  assert.ok(width('ip', '10.0.0.1') < width('ip', '2001:db8:85a3::8a2e'));
  assert.equal(width('a_rather_long_name', 'x'), width('ip', 'x'.repeat(18)));
  assert.equal(width('sql', 'x'.repeat(5000)), width('sql', 'x'.repeat(100)));
});
