import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type TemporaryLake, temporaryLake } from '../testing/temporary-lake.ts';

const sql = "SELECT p_ledger_index FROM panther_audit WHERE actor.id = 'user-7'";

/** A lake whose 16 files were merged into one, of which only one row has the actor. */
async function mergedLake(t: { after(cleanup: () => unknown): unknown }): Promise<TemporaryLake> {
  const lake = await temporaryLake(t);
  for (let at = 0; at < 16; at += 1) await lake.load({ actor: { id: `user-${at}`, type: 'USER' } });
  while ((await lake.catalogue.files()).length !== 1 || (await indexes(lake)).length !== 1) await delay(10);
  return lake;
}

async function indexes({ directory }: TemporaryLake): Promise<readonly string[]> {
  const names = await readdir(join(directory, 'panther_logs'), { recursive: true });
  return names.filter((name) => name.endsWith('.index')).map((name) => join(directory, 'panther_logs', name));
}

test('an index goes with its file', async (t) => {
  const lake = await mergedLake(t);
  const [first = ''] = await indexes(lake);
  assert.deepEqual(await lake.rows(sql), [{ p_ledger_index: 7 }]);
  await lake.lake.removeBefore('panther_logs.panther_audit', 16);
  while (existsSync(first)) await delay(10);
  assert.deepEqual(await lake.rows(sql), []);
});

test('an index of no file is removed when the lake opens', async (t) => {
  const lake = await mergedLake(t);
  const [first = ''] = await indexes(lake);
  await writeFile(first.replace('.index', '-2.index'), 'left by a crash');
  const reopened = await lake.reopen();
  assert.deepEqual(await indexes(reopened), [first]);
});

for (const [how, lose] of [
  ['gone', unlink],
  ['cut short', (path: string) => truncate(path, 6_000)],
] as const) {
  test(`an index that is ${how} changes no answer, and is made anew`, async (t) => {
    const lake = await mergedLake(t);
    const [first = ''] = await indexes(lake);
    await lose(first);
    const reopened = await lake.reopen();
    assert.deepEqual(await reopened.rows(sql), [{ p_ledger_index: 7 }]);
    assert.deepEqual(await indexes(reopened), [], 'nothing believes what is left of it');
    await reopened.load({ actor: { id: 'user-7', type: 'USER' } });
    while ((await indexes(reopened)).length === 0) await delay(10);
    assert.deepEqual(await reopened.rows(`${sql} ORDER BY ALL`), [
      { p_ledger_index: 7 },
      { p_ledger_index: 16 },
    ]);
    assert.deepEqual(reopened.backgroundErrors, []);
  });
}
