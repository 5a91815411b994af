import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resultsCsv } from './results-csv.ts';

test('rows are lines in the order of the columns, nothing for null, JSON for what is nested', () => {
  const rows = [
    { n: 2, actor: { name: 'a, "b"' }, ip: null },
    { ip: '::1', n: -2 },
  ];
  assert.equal(
    resultsCsv(['n', 'ip', 'actor'], rows),
    'n,ip,actor\r\n2,,"{""name"":""a, \\""b\\""""}"\r\n-2,::1,\r\n',
  );
});

test('line ends and quotes stay within their field', () => {
  assert.equal(resultsCsv(['a', 'b'], [{ a: 'x\ny', b: 'say "hi"' }]), 'a,b\r\n"x\ny","say ""hi"""\r\n');
});

test('text is no formula', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) {
    assert.equal(resultsCsv(['a'], [{ a: text }]), `a\r\n'${text}\r\n`);
  }
});
