import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DamagedFile, LakeFile } from './catalogue.ts';
import type { QueryOutcome } from './query/query-request.ts';
import {
  auditEntry,
  auditTable,
  readsAudit,
  type TemporaryLake,
  type TestScope,
  temporaryLake,
} from './testing/temporary-lake.ts';

const damages: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ['missing', (path) => rm(path)],
  ['cut short', (path) => truncate(path, 100)],
  ['damaged', overwriteData],
];

/** Its size and its end, where Parquet says what is where, stay as they were. */
async function overwriteData(path: string): Promise<void> {
  const bytes = await readFile(path);
  const endBytes = bytes.readUInt32LE(bytes.length - 8) + 8;
  await writeFile(path, bytes.fill(0xff, 4, bytes.length - endBytes));
}

interface DamageableLake extends TemporaryLake {
  readonly found: (readonly [string, DamagedFile])[];
  path(file: LakeFile | undefined): string;
  /** What a query ends with. */
  outcome(sql: string): Promise<QueryOutcome>;
}

async function damageableLake(t: TestScope): Promise<DamageableLake> {
  const found: (readonly [string, DamagedFile])[] = [];
  const lake = await temporaryLake(t, { onDamaged: (...damaged) => found.push(damaged) });
  let queries = 0;
  return {
    ...lake,
    found,
    path: (file) => join(lake.directory, file?.path ?? assert.fail()),
    outcome(sql) {
      queries += 1;
      return lake.lake.query({ id: `outcome-${queries}`, sql, ...readsAudit }).done;
    },
  };
}

const at = (month: string) => ({ timestamp: `2026-${month}-01 00:00:00` });
const sql = 'SELECT p_ledger_index AS i FROM panther_audit ORDER BY i';

for (const [damage, spoil] of damages) {
  test(`a file that is ${damage} fails the query that meets it, and is left out of later ones with a warning`, async (t) => {
    const lake = await damageableLake(t);
    await lake.load(at('12'), at('12'));
    await lake.load(at('11'));
    const [december, november] = await lake.catalogue.files();
    assert.ok(december);
    await spoil(lake.path(december));
    await assert.rejects(lake.rows(sql), {
      code: 'damaged_file',
      message: `the data file ${december.path} is missing or damaged`,
    });
    assert.deepEqual(lake.found, [[auditTable, { ...december, damage }]]);
    assert.deepEqual(await lake.catalogue.files(), [november]);

    assert.deepEqual(await lake.rows(sql), [{ i: 2 }]);
    const warning = `2 rows of ${auditTable} are left out: the data file ${december.path} is ${damage}`;
    assert.deepEqual((await lake.outcome(sql)).warnings, [warning]);
    assert.deepEqual((await lake.outcome('SELECT 1')).warnings, []);
    const reopened = await lake.reopen();
    assert.deepEqual(await reopened.rows(sql), [{ i: 2 }]);
    assert.equal(existsSync(lake.path(december)), damage !== 'missing', 'what is left of it is kept');
  });
}

test('a file that can be read by now is not set aside', async (t) => {
  const lake = await damageableLake(t);
  await lake.load({});
  const [file] = await lake.catalogue.files();
  const bytes = await readFile(lake.path(file));
  await rm(lake.path(file));
  const { files } = lake.catalogue;
  // It is back when it is looked at after the query failed.
  let calls = 0;
  lake.catalogue.files = async (table) => {
    calls += 1;
    if (calls === 2) await writeFile(lake.path(file), bytes);
    return files.call(lake.catalogue, table);
  };
  await assert.rejects(lake.rows(sql), { code: 'damaged_file' });
  assert.deepEqual(await lake.rows(sql), [{ i: 0 }]);
  assert.deepEqual(lake.found, []);
});

test('a damaged file that can be read again is sound again on command, and one that cannot stays as it is', async (t) => {
  const lake = await damageableLake(t);
  await lake.load(at('12'));
  await lake.load(at('11'));
  const all = await lake.rows(sql);
  const [december, november] = await lake.catalogue.files();
  const bytes = await readFile(lake.path(december));
  for (const file of [december, november]) {
    await rm(lake.path(file));
    await assert.rejects(lake.rows(sql), { code: 'damaged_file' });
  }
  assert.deepEqual(await lake.lake.heal(auditTable), []);
  await writeFile(lake.path(december), bytes);
  assert.deepEqual(await lake.lake.heal(auditTable), [december]);
  assert.deepEqual(await lake.rows(sql), all.slice(0, 1));
  assert.deepEqual(await lake.catalogue.damagedFiles(auditTable), [{ ...november, damage: 'missing' }]);
});

test('what is missing is found and loaded again, and the warning goes with the damaged file', async (t) => {
  const lake = await damageableLake(t);
  await lake.load(at('12'), at('11'), at('12'));
  await lake.load(at('11'), at('11'));
  await lake.load(at('12'));
  const all = await lake.rows('SELECT * FROM panther_audit ORDER BY p_ledger_index');
  const december = (await lake.catalogue.files()).filter(({ path }) => path.includes('2026-12'));
  for (const file of december) {
    await rm(lake.path(file));
    await assert.rejects(lake.rows(sql), { code: 'damaged_file' });
  }
  assert.deepEqual(await lake.lake.missing(auditTable, 0), [
    { from: 0, to: 1 },
    { from: 2, to: 3 },
    { from: 5, to: 6 },
  ]);
  assert.deepEqual(await lake.lake.missing(auditTable, 1), [
    { from: 2, to: 3 },
    { from: 5, to: 6 },
  ]);
  for (const { from } of await lake.lake.missing(auditTable, 0)) {
    const entries = [auditEntry(from, at('12'))];
    await lake.lake.restore({ table: auditTable, fromIndex: from, entries, sourceId: 'source-1' });
  }
  assert.deepEqual(await lake.lake.missing(auditTable, 0), []);
  const discarded = await lake.lake.discardDamaged(auditTable);
  assert.deepEqual(
    discarded.map(({ rows }) => rows),
    december.map(({ rows }) => rows),
  );
  assert.deepEqual(await lake.rows('SELECT * FROM panther_audit ORDER BY p_ledger_index'), all);
  assert.deepEqual((await lake.outcome(sql)).warnings, []);
  await lake.load({});
  assert.equal(await lake.catalogue.cursor(), 7);
});

test('everything is missing from a lake that was thrown away', async (t) => {
  const lake = await damageableLake(t);
  await lake.load({}, {});
  await rm(join(lake.directory, 'panther_logs'), { recursive: true });
  await assert.rejects(lake.rows(sql), { code: 'damaged_file' });
  assert.deepEqual(await lake.lake.missing(auditTable, 0), [{ from: 0, to: 2 }]);
});

test('damaged files are left out of merges, which go on with the others', async (t) => {
  const lake = await damageableLake(t);
  for (let n = 0; n < 15; n += 1) await lake.load({});
  const [third] = (await lake.catalogue.files()).slice(2);
  await overwriteData(lake.path(third));
  await lake.load({});
  while (lake.found.length === 0) await new Promise(setImmediate);
  await lake.load({});
  while ((await lake.catalogue.files()).length > 1) await new Promise(setImmediate);
  assert.deepEqual(await lake.rows('SELECT count(*) AS n FROM panther_audit'), [{ n: 16 }]);
  assert.deepEqual(lake.backgroundErrors, []);
});

test('what is left of a damaged file is removed when it may hold rows that are made anew', async (t) => {
  const lake = await damageableLake(t);
  await lake.load(at('12'));
  await lake.load(at('11'));
  const [early, late] = await lake.catalogue.files();
  for (const file of [early, late]) await overwriteData(lake.path(file));
  // One is known to be damaged, the other is found so.
  await lake.catalogue.markDamaged(early?.path ?? '', 'damaged');
  for (const [index, month] of ['12', '11'].entries()) {
    await lake.lake.replace(auditTable, [{ index, entry: auditEntry(index, at(month)) }]);
    assert.equal(existsSync(lake.path([early, late][index])), false);
  }
  assert.equal((await lake.outcome(sql)).warnings.length, 2, 'the rows are still missing');
});
