import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, leavesOf, targetsOf } from './record-changes.ts';

test('only what is different is a change, a list of plain values as one', () => {
  const before = {
    name: 'Night shift',
    permissions: ['UserRead'],
    nested: { kept: 1, gone: true },
    empty: '',
  };
  const after = {
    name: 'Night watch',
    permissions: ['UserRead', 'RuleRead'],
    nested: { kept: 1 },
    empty: '',
  };
  assert.deepEqual(changesOf({ before, after }), [
    { path: 'name', before: 'Night shift', after: 'Night watch' },
    { path: 'permissions', before: 'UserRead', after: 'UserRead\nRuleRead' },
    { path: 'nested.gone', before: 'true' },
  ]);
  assert.deepEqual(changesOf({ after: { id: 'x' } }), [{ path: 'id', after: 'x' }]);
  assert.deepEqual(changesOf({ before: [{ id: 'a' }, { id: 'b' }] }), [
    { path: '[0].id', before: 'a' },
    { path: '[1].id', before: 'b' },
  ]);
  assert.deepEqual(changesOf({ before, after: before }), []);
});

test('details without before and after tell of no change', () => {
  assert.equal(changesOf({ queryId: 'q' }), undefined);
  assert.equal(changesOf(undefined), undefined);
});

test('each value has the path that a filter takes; what no path can name is left out', () => {
  const value = { input: { ids: ['a', 'b'], on: false, none: null, empty: '', 'a.b': 1, 'x y': 2 } };
  assert.deepEqual(leavesOf(value, 'actionParams'), [
    { path: 'actionParams.input.ids[*]', text: 'a' },
    { path: 'actionParams.input.ids[*]', text: 'b' },
    { path: 'actionParams.input.on', text: 'false' },
    { path: 'actionParams.input.x y', text: '2' },
  ]);
});

test('the targets of a record are the ids in its parameters and details, each once', () => {
  const record = {
    actionParams: {
      dynamic: { input: { id: 'user-1', ids: ['user-2', 'user-1'], name: 'user-3' } },
      static: {},
    },
    actionDetails: { after: { id: 'role-9' }, hidden: 'user-4' },
  };
  assert.deepEqual(targetsOf(record), ['user-1', 'user-2', 'role-9']);
  assert.deepEqual(targetsOf({}), []);
});
