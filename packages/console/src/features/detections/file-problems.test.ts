import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemLine } from './file-problems.ts';

const yaml = `AnalysisType: rule
RuleID: My.Rule
Tests:
  - Name: one
    Log: {}
  - Name: two
    Log: {}
Severity: Bad
`;
const line = (field: string, message = 'is wrong') => problemLine({ field, message }, yaml);

test('a problem is shown at the line of its field', () => {
  assert.equal(line('Severity'), 8);
  assert.equal(line('Tests'), 3);
  assert.equal(line('Tests[0].Log'), 5);
  assert.equal(line('Tests[1].Log'), 7);
  assert.equal(line('Tests[1]'), 6);
});

test('a line in the message comes first, and never lies behind the end', () => {
  assert.equal(line('', "expected ':' (my.py, line 4)"), 4);
  assert.equal(line('', 'line 400'), 9);
});

test('what nothing tells of is at the first line', () => {
  assert.equal(line(''), 1);
  assert.equal(line('LogTypes'), 1);
});
