import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('nothing but the language, zod and TextEncoder is needed, so that it runs in a browser', async () => {
  const folder = new URL('.', import.meta.url);
  const files = (await readdir(folder)).filter((file) => !file.endsWith('.test.ts'));
  assert.ok(files.includes('index.ts'));
  for (const file of files) {
    const source = await readFile(new URL(file, folder), 'utf8');
    for (const [, from] of source.matchAll(/from '([^']+)'/g))
      assert.match(from ?? '', /^(zod|\.\/[a-z-]+\.ts)$/, file);
    assert.doesNotMatch(source, /\b(Buffer|process|require)\b\s*[.(]/, file);
  }
});
