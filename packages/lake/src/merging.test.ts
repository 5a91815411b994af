import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mergeWidth } from './files/merge-plan.ts';
import {
  checkRowsAndFiles,
  incompressible,
  killProcess,
  mergedTo,
  mergerPid,
  unfinishedFiles,
  watchRows,
} from './testing/merging.ts';
import { auditEntry, auditTable, temporaryLake } from './testing/temporary-lake.ts';

test('what a killed merger leaves unfinished is removed by the next one', async (t) => {
  const lake = await temporaryLake(t);
  const load = () => lake.load(...Array.from({ length: 300 }, incompressible));
  for (let at = 0; at < mergeWidth; at += 1) await load();
  while ((await unfinishedFiles(lake)).length === 0) await delay(1);
  const pid = await mergerPid(lake);
  assert.ok(pid);
  await killProcess(pid);
  while (lake.backgroundErrors.length === 0) await delay(5);
  assert.equal((await unfinishedFiles(lake)).length, 1);
  await load();
  await mergedTo(lake, 2);
  assert.deepEqual(await unfinishedFiles(lake), []);
});

test('a merger killed at any moment loses and doubles nothing, and no query sees half of a merge', async (t) => {
  const lake = await temporaryLake(t);
  const stop = watchRows(t, lake);
  for (let kills = 0; kills < 8; ) {
    await lake.load({}, {});
    const pid = await mergerPid(lake);
    if (pid === undefined) continue;
    await delay(Math.random() * 150);
    await killProcess(pid);
    kills += 1;
  }
  // A merge is tried again after an append that follows its failure.
  while ((await lake.catalogue.files()).length > mergeWidth) {
    await lake.load({});
    await delay(100);
  }
  assert.ok((await stop()) > 0);
  await checkRowsAndFiles(await lake.reopen());
});

test('merges that are wanted at once, while rows are made anew and removed, take each file away once', async (t) => {
  const lake = await temporaryLake(t);
  const stop = watchRows(t, lake);
  const appended = Array.from({ length: 3 * mergeWidth }, (_, fromIndex) =>
    lake.lake.append({ table: auditTable, fromIndex, entries: [auditEntry(fromIndex)], sourceId: 's' }),
  );
  await appended[mergeWidth];
  const anew = [0, 1, 2].map((index) => ({ index, entry: auditEntry(index, { userAgent: 'x' }) }));
  await Promise.all([
    ...appended,
    lake.lake.replace(auditTable, anew),
    lake.lake.removeBefore(auditTable, 0),
  ]);
  await mergedTo(lake, mergeWidth - 1);
  await stop();
  assert.deepEqual(lake.backgroundErrors, []);
  await checkRowsAndFiles(await lake.reopen());
});

test('a merge that fails is told of, and tried again though nothing more is loaded', async (t) => {
  const lake = await temporaryLake(t, { retryMs: 20 });
  const { commit } = lake.catalogue;
  let failures = 0;
  lake.catalogue.commit = async (change) => {
    if (change.operation === 'MERGE' && failures < 2) {
      failures += 1;
      throw new Error('no merge now');
    }
    await commit.call(lake.catalogue, change);
  };
  for (let file = 0; file < mergeWidth; file += 1) await lake.load({});
  await mergedTo(lake, 1);
  assert.deepEqual(lake.backgroundErrors.map(String), Array(2).fill('Error: no merge now'));
  assert.equal((await lake.rows('FROM panther_audit')).length, mergeWidth);
});
