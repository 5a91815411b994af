import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvLine } from './csv.ts';

test('values are fields in their order, nothing for null, JSON for what is nested', () => {
  assert.equal(csvLine([2, null, { name: 'a, "b"' }]), '2,,"{""name"":""a, \\""b\\""""}"\r\n');
  assert.equal(csvLine([-2, '::1', undefined]), '-2,::1,\r\n');
});

test('line ends and quotes stay within their field', () => {
  assert.equal(csvLine(['x\ny', 'say "hi"']), '"x\ny","say ""hi"""\r\n');
});

test('text is no formula', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) assert.equal(csvLine([text]), `'${text}\r\n`);
});
