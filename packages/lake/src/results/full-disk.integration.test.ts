import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryLake, testNow } from '../testing/temporary-lake.ts';

const skip = process.getuid?.() === 0 ? false : 'only root can mount a file system';

test('a full disk refuses a Parquet file, leaves nothing of it, and the result stays', {
  skip,
}, async (t) => {
  const resultsDirectory = mkdtempSync(join(tmpdir(), 'pawprint-results-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0700', 'tmpfs', resultsDirectory]);
  t.after(() => {
    execFileSync('umount', [resultsDirectory]);
    rmSync(resultsDirectory, { recursive: true });
  });
  const { lake } = await temporaryLake(t, { resultsDirectory });
  // Text that can't be made smaller: the file needs as much room again.
  const sql = "SELECT i, sha256('a' || i) || sha256('b' || i) AS x FROM range(60000) AS r(i)";
  await lake.query({ id: 'r', sql, database: 'panther_logs', tables: [], now: testNow }).done;
  await assert.rejects(lake.resultParquet('r'), { code: 'storage', message: /^the disk refuses the data/ });
  assert.deepEqual(
    (await readdir(resultsDirectory)).filter((name) => name.endsWith('.parquet')),
    [],
  );
  const { rowCount, rows } = await lake.results('r', { offset: 59_999, pageSize: 1 });
  assert.deepEqual([rowCount, rows[0]?.i], [60_000, 59_999]);
});
