import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from './code-problems.ts';

const text = 'AnalysisType: rule\nRuleID: x\nTests:\n  - Name: a\n';
const lines = (field: string, message: string) =>
  problemsOf('rule.yml', text, [{ path: 'rule.yml', field, message, level: 'error' }]).map(
    ({ line }) => line,
  );

test('a problem stands at the line that it names, or at its field', () => {
  assert.deepEqual(lines('', 'can not be read: line 3, column 2'), [3]);
  assert.deepEqual(lines('', 'rule.ts:4:7 unexpected'), [4]);
  assert.deepEqual(lines('Tests[0].Log', 'is missing'), [3]);
  assert.deepEqual(lines('Severity', 'is missing'), [1]);
});

test('problems of other files are not shown', () => {
  assert.deepEqual(problemsOf('a.py', '', [{ path: 'b.py', field: '', message: 'x', level: 'error' }]), []);
});
