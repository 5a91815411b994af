import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressOf } from './progress.ts';

test('a long work says how far it is, a short one nothing', () => {
  const lines: string[] = [];
  const report = progressOf('checked', (line) => lines.push(line));
  for (let done = 256; done <= 150_000; done += 256) report(done, 150_000);
  assert.deepEqual(lines, ['65,536 of 150,000 entries checked', '131,072 of 150,000 entries checked']);
  const short: string[] = [];
  progressOf('checked', (line) => short.push(line))(600, 600);
  assert.deepEqual(short, []);
});
