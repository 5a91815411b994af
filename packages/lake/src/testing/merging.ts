import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TemporaryLake, TestScope } from './temporary-lake.ts';

/**
 * Asks over and over what the table holds, while other things happen to it: at any moment every row that is loaded, and each once.
 * @returns what stops it, fails for the first answer that was wrong, and tells how many there were.
 */
export function watchRows(t: TestScope, lake: TemporaryLake): () => Promise<number> {
  let isStopped = false;
  t.after(() => {
    isStopped = true;
  });
  let answers = 0;
  const sql =
    'SELECT count(*) AS rows, count(DISTINCT p_ledger_index) AS entries, max(p_ledger_index) + 1 AS next FROM panther_audit';
  const watch = async (): Promise<void> => {
    while (!isStopped) {
      const before = await lake.catalogue.cursor();
      const [counts = assert.fail()] = await lake.rows(sql);
      const after = await lake.catalogue.cursor();
      const rows = Number(counts.rows);
      assert.ok(before <= rows && rows <= after, `${rows} rows, of ${before} to ${after} that were loaded`);
      assert.deepEqual([counts.entries, counts.next ?? 0], [rows, rows], 'each entry is there once');
      answers += 1;
    }
  };
  const watching = watch();
  // Whoever stops it is told.
  watching.catch(() => undefined);
  return async () => {
    isStopped = true;
    await watching;
    return answers;
  };
}

/** Every row once, in files that are all known, and nothing besides: as it is after an opening. */
export async function checkRowsAndFiles(lake: TemporaryLake): Promise<void> {
  const { catalogue, directory } = lake;
  const rows = await lake.rows('SELECT p_ledger_index AS i FROM panther_audit ORDER BY i');
  assert.deepEqual(
    rows.map(({ i }) => i),
    Array.from({ length: await catalogue.cursor() }, (_, at) => at),
  );
  assert.deepEqual(
    new Set(await filesIn(directory, '.parquet')),
    new Set((await catalogue.files()).map(({ path }) => join(directory, path))),
  );
  assert.deepEqual(await unfinishedFiles(lake), []);
}

export function unfinishedFiles({ directory }: TemporaryLake): Promise<readonly string[]> {
  return filesIn(join(directory, 'tmp'));
}

async function filesIn(directory: string, extension = ''): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** Until the table has no more files than this. */
export async function mergedTo({ catalogue }: TemporaryLake, files: number): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await catalogue.files()).length > files) {
    assert.ok(performance.now() < deadline, 'it is merged within a minute');
    await delay(5);
  }
}

/** The process that merges, while there is one. */
export async function mergerPid({ lake }: TemporaryLake): Promise<number | undefined> {
  for (const pid of lake.processes().writers) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.split('\0').includes('merger')) return pid;
  }
  return undefined;
}

/** Until it is gone. */
export async function killProcess(pid: number): Promise<void> {
  try {
    for (;;) {
      process.kill(pid, 'SIGKILL');
      await delay(1);
    }
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
  }
}

/** A record that makes a file no smaller than this text. */
export const incompressible = () => ({
  userAgent: Array.from({ length: 60 }, () => Math.random()).join(),
});
