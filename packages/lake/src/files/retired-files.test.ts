import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetiredFiles } from './retired-files.ts';

test('a retired file is removed when the last reader that may have seen it is gone', () => {
  const removed: string[] = [];
  const files = createRetiredFiles((path) => removed.push(path));
  files.retire(['a']);
  assert.deepEqual(removed, ['a'], 'nobody reads');

  const early = files.read();
  const other = files.read();
  files.retire(['b', 'c']);
  const late = files.read();
  files.retire(['d']);
  early.end();
  assert.deepEqual(removed, ['a'], 'the other reader is still there');
  other.end();
  assert.deepEqual(removed, ['a', 'b', 'c'], 'the late reader never saw b and c');
  late.end();
  late.end();
  assert.deepEqual(removed, ['a', 'b', 'c', 'd']);
});
