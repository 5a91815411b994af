import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type AuditRecord, auditRecordSchema, encodeEntry } from '@pawprint/record';
import { LakeError } from './lake-error.ts';
import {
  auditEntry,
  auditTable,
  readsAudit,
  type TemporaryLake,
  temporaryLake,
} from './testing/temporary-lake.ts';

const indexes = async ({ rows }: TemporaryLake): Promise<unknown> =>
  (await rows('SELECT p_ledger_index AS i FROM panther_audit ORDER BY i')).map(({ i }) => i);

async function dataFiles(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.parquet')).sort();
}

test('a record becomes a row with every field and the standard ones', async (t) => {
  const { load, rows, lake } = await temporaryLake(t);
  const nulls = Object.fromEntries(lake.tables()[0]?.columns.map(({ name }) => [name, null]) ?? []);
  await load({
    actionName: 'UPDATE_USER',
    actionDescription: 'Updates a user',
    actionResult: 'FAILED',
    actionParams: { dynamic: { input: { id: '5', n: 1e21, quote: `"'\n` } }, static: {} },
    actionDetails: { before: null },
    actor: {
      id: 'u-1',
      type: 'TOKEN',
      name: 'ci',
      attributes: { email: 'ci@example.com', emailVerified: true },
    },
    errors: [{ message: 'no such user' }],
    sourceIP: '203.0.113.7',
    XForwardedFor: ['203.0.113.7', 'not an address', '2001:db8::1'],
    userAgent: 'curl/8',
    timestamp: '2026-11-23 11:59:59.123456789',
  });
  assert.deepEqual(await rows('SELECT * FROM panther_logs.public.panther_audit'), [
    {
      ...nulls,
      actionName: 'UPDATE_USER',
      actionDescription: 'Updates a user',
      actionResult: 'FAILED',
      actionParams: { dynamic: { input: { id: '5', n: 1e21, quote: `"'\n` } }, static: {} },
      actionDetails: { before: null },
      actor: {
        id: 'u-1',
        type: 'TOKEN',
        name: 'ci',
        attributes: { email: 'ci@example.com', emailVerified: true },
      },
      errors: [{ message: 'no such user' }],
      sourceIP: '203.0.113.7',
      XForwardedFor: ['203.0.113.7', 'not an address', '2001:db8::1'],
      userAgent: 'curl/8',
      timestamp: '2026-11-23 11:59:59.123456789',
      pantherVersion: '0.1.0',
      p_log_type: 'Panther.Audit',
      p_row_id: '00000000000000000000000000000000',
      p_event_time: '2026-11-23 11:59:59.123456',
      p_parse_time: '2026-11-23 12:00:00.000000',
      p_schema_version: 0,
      p_source_id: 'source-1',
      p_source_label: 'panther audit logs',
      p_any_ip_addresses: ['203.0.113.7', '2001:db8::1'],
      p_any_usernames: ['ci'],
      p_any_actor_ids: ['u-1'],
      p_any_emails: ['ci@example.com'],
      p_ledger_index: 0,
    },
  ]);
});

test('what a record leaves out is null', async (t) => {
  const { load, rows } = await temporaryLake(t);
  await load({ actor: { id: 'scim', type: 'TOKEN' }, sourceIP: '', errors: null });
  assert.deepEqual(
    await rows(
      `SELECT actionParams, actor, errors, XForwardedFor, p_any_ip_addresses, p_any_emails FROM panther_audit`,
    ),
    [
      {
        actionParams: null,
        actor: { id: 'scim', type: 'TOKEN', name: null, attributes: null },
        errors: null,
        XForwardedFor: null,
        p_any_ip_addresses: null,
        p_any_emails: null,
      },
    ],
  );
});

test('published audit events come back as they went in', async (t) => {
  const path = '../shared/data/panther-audit-events.jsonl';
  if (!existsSync(path)) return t.skip(`needs ${path}`);
  const events = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  const records = events.map((event): AuditRecord => {
    const fields = Object.entries(event).filter(([name]) => !name.startsWith('p_'));
    return auditRecordSchema.parse({
      ...{ timestamp: '2022-04-28 15:30:22.42', pantherVersion: '1.0.0' },
      ...Object.fromEntries(fields),
    });
  });
  const { load, rows } = await temporaryLake(t);
  await load(...records);
  const found = await rows(
    'SELECT actionName, actionParams, actor, errors FROM panther_audit ORDER BY p_ledger_index',
  );
  assert.deepEqual(
    found,
    records.map(({ actionName, actionParams, actor, errors }) => ({
      ...{ actionName, actionParams },
      actor: { ...actor, name: actor.name, attributes: actor.attributes ?? null },
      errors: errors ?? null,
    })),
  );
});

test('the tables are empty before anything is loaded', async (t) => {
  const { rows } = await temporaryLake(t);
  assert.deepEqual(await rows('SELECT * FROM panther_audit'), []);
  assert.deepEqual(await rows('SELECT count(*) AS n FROM panther_audit'), [{ n: 0 }]);
});

test('every defined column and type is what a query sees, with and without files', async (t) => {
  const { load, rows, lake } = await temporaryLake(t);
  const defined = lake
    .tables()[0]
    ?.columns.map(({ name, type }) => ({ column_name: name, column_type: type }));
  const described = async (): Promise<unknown> =>
    (await rows('DESCRIBE panther_audit')).map(({ column_name, column_type }) => ({
      column_name,
      column_type,
    }));
  assert.deepEqual(await described(), defined);
  await load({});
  assert.deepEqual(await described(), defined);
});

test('a batch given again adds nothing, and one that overlaps adds what is new', async (t) => {
  const lake = await temporaryLake(t);
  const append = (fromIndex: number, count: number): Promise<unknown> =>
    lake.lake.append({
      table: auditTable,
      fromIndex,
      entries: Array.from({ length: count }, (_, at) => auditEntry(fromIndex + at)),
      sourceId: 's',
    });
  assert.deepEqual(await append(0, 3), { rows: 3, cursor: 3 });
  assert.deepEqual(await append(0, 3), { rows: 0, cursor: 3 });
  assert.deepEqual(await append(1, 4), { rows: 2, cursor: 5 });
  assert.deepEqual(await indexes(lake), [0, 1, 2, 3, 4]);
  await assert.rejects(append(6, 1), { code: 'entry_gap', message: /waits for 5, not 6/ });
});

test('batches given at the same time load one after another', async (t) => {
  const lake = await temporaryLake(t);
  const entries = [auditEntry(0), auditEntry(1)];
  const batch = { table: auditTable, fromIndex: 0, entries, sourceId: 's' };
  await Promise.all([lake.lake.append(batch), lake.lake.append(batch)]);
  assert.deepEqual(await indexes(lake), [0, 1]);
});

test('events are kept by the month they happened in, late ones too', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load(
    { timestamp: '2026-10-31 23:59:59.999999999' },
    { timestamp: '2026-11-01 00:00:00.000000000' },
  );
  await lake.load({ timestamp: '2024-02-29 00:00:00' }, { timestamp: '0001-01-01 00:00:00' });
  await lake.load({ timestamp: '9999-12-31 23:59:59.999999999' });
  const months = (await lake.catalogue.files()).map(({ path }) => dirname(path)).sort();
  const folder = 'panther_logs/panther_audit';
  assert.deepEqual(
    months,
    ['0001-01', '2024-02', '2026-10', '2026-11', '9999-12'].map((month) => `${folder}/${month}`),
  );
  assert.deepEqual(
    await lake.rows('SELECT p_event_time, "timestamp" FROM panther_audit ORDER BY p_event_time'),
    [
      // TIMESTAMP_NS ends in 2262.
      { p_event_time: '0001-01-01 00:00:00.000000', timestamp: null },
      { p_event_time: '2024-02-29 00:00:00.000000', timestamp: '2024-02-29 00:00:00.000000000' },
      { p_event_time: '2026-10-31 23:59:59.999999', timestamp: '2026-10-31 23:59:59.999999999' },
      { p_event_time: '2026-11-01 00:00:00.000000', timestamp: '2026-11-01 00:00:00.000000000' },
      { p_event_time: '9999-12-31 23:59:59.999999', timestamp: null },
    ],
  );
  const [first] = (await lake.catalogue.files()).filter(({ path }) => path.includes('2024-02'));
  assert.equal(first?.eventTimeMin, 1_709_164_800_000_000n);
});

test('an entry that is none is named, and nothing of its batch is loaded', async (t) => {
  const lake = await temporaryLake(t);
  const entries = [auditEntry(0), Buffer.from('{"v":1}')];
  await assert.rejects(lake.lake.append({ table: auditTable, fromIndex: 0, entries, sourceId: 's' }), {
    code: 'unreadable_entry',
    message: /^ledger entry 1: /,
  });
  assert.deepEqual(await indexes(lake), []);
});

test('a table that does not exist is refused by name', async (t) => {
  const { lake } = await temporaryLake(t);
  await assert.rejects(
    lake.append({ table: 'panther_logs.nothing', fromIndex: 0, entries: [auditEntry(0)], sourceId: 's' }),
    { code: 'unknown_table', message: 'there is no table panther_logs.nothing' },
  );
});

test('a crash between file and commit leaves a file that the next opening removes', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  lake.catalogue.failNext = 'before';
  await assert.rejects(lake.load({}), /connection was lost/);
  assert.equal((await dataFiles(lake.directory)).length, 2);
  const reopened = await lake.reopen();
  assert.equal((await dataFiles(lake.directory)).length, 1);
  await reopened.load({});
  assert.deepEqual(await indexes(reopened), [0, 1]);
});

test('a commit whose answer got lost counts', async (t) => {
  const lake = await temporaryLake(t);
  lake.catalogue.failNext = 'after';
  const batch = { table: auditTable, fromIndex: 0, entries: [auditEntry(0)], sourceId: 's' };
  await assert.rejects(lake.lake.append(batch), /connection was lost/);
  assert.deepEqual(await lake.lake.append(batch), { rows: 0, cursor: 1 });
  assert.deepEqual(await indexes(lake), [0]);
});

test('opening removes unfinished files and leaves what it does not know', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  await mkdir(join(lake.directory, 'tmp'), { recursive: true });
  await writeFile(join(lake.directory, 'tmp', 'half.parquet'), 'PAR1');
  await writeFile(join(lake.directory, 'README'), 'a note of the operator');
  const reopened = await lake.reopen();
  assert.equal(existsSync(join(lake.directory, 'tmp', 'half.parquet')), false);
  assert.equal(existsSync(join(lake.directory, 'README')), true);
  assert.deepEqual(await indexes(reopened), [0]);
});

test('a disk that refuses is said to refuse, and nothing is loaded', async (t) => {
  const lake = await temporaryLake(t);
  await writeFile(join(lake.directory, 'panther_logs'), 'in the way');
  await assert.rejects(lake.load({}), { code: 'storage', message: /^the disk refuses the data: E[A-Z]+$/ });
  await rm(join(lake.directory, 'panther_logs'));
  await lake.load({});
  assert.deepEqual(await indexes(lake), [0]);
});

test('a batch too large for one go is loaded whole', async (t) => {
  const lake = await temporaryLake(t);
  const actionDetails = Object.fromEntries(
    Array.from({ length: 8 }, (_, at) => [`f${at}`, 'x'.repeat(3_500)]),
  );
  await lake.load(...Array.from({ length: 600 }, () => ({ actionDetails })));
  assert.deepEqual(await lake.rows('SELECT count(*) AS n, max(p_ledger_index) AS last FROM panther_audit'), [
    { n: 600, last: 599 },
  ]);
  assert.equal((await lake.catalogue.files()).length, 2);
});

test('a folder with any name can hold a lake', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "pawprint [a-b]*? 'ü' "));
  t.after(() => rm(folder, { recursive: true }));
  const lake = await temporaryLake(t, {
    directory: join(folder, 'lake'),
    resultsDirectory: join(folder, 'results'),
  });
  await lake.load({});
  assert.deepEqual(await indexes(lake), [0]);
});

test('a killed writer fails its append and the next one works', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  const [pid] = lake.lake.processes().writers;
  assert.ok(pid !== undefined);
  const entries = Array.from({ length: 20_000 }, (_, at) => auditEntry(at + 1));
  const append = lake.lake.append({ table: auditTable, fromIndex: 1, entries, sourceId: 's' });
  const failure = assert.rejects(
    append,
    (error) => error instanceof LakeError && error.code === 'engine_failed',
  );
  // The request is sent before the next turn of the event loop.
  setImmediate(() => process.kill(pid, 'SIGKILL'));
  await failure;
  await lake.load({});
  assert.deepEqual(await indexes(lake), [0, 1]);
});

test('small files are merged in the background and removed when no query reads them', async (t) => {
  const lake = await temporaryLake(t);
  const hour = (at: number): string => `2026-11-${String((at % 28) + 1).padStart(2, '0')} 10:00:00`;
  for (let at = 0; at < 16; at += 1) await lake.load({ timestamp: hour(at * 11), actionParams: { nth: at } });
  await settled(lake, 1);
  const [merged, ...others] = await lake.catalogue.files();
  assert.deepEqual(others, []);
  assert.equal(merged?.level, 1);
  assert.equal(merged?.rows, 16);
  assert.deepEqual(await dataFiles(lake.directory), [merged?.path]);
  assert.deepEqual(
    (await lake.rows('SELECT actionParams.nth::INTEGER AS nth FROM panther_audit ORDER BY nth')).map(
      ({ nth }) => nth,
    ),
    Array.from({ length: 16 }, (_, at) => at),
  );
  assert.deepEqual(lake.backgroundErrors, []);
});

test('a query that runs while its files are merged away finishes on them', async (t) => {
  const lake = await temporaryLake(t, { concurrency: 1 });
  for (let at = 0; at < 15; at += 1) await lake.load({});
  // Endless unless it is stopped, and at work in its files once it reports progress.
  const sql = 'SELECT count(*) FROM panther_audit a, range(1000000000) b, range(1000000000) c';
  const { promise: running, resolve: onProgress } = Promise.withResolvers<unknown>();
  const query = lake.lake.query({ id: 'long', sql, ...readsAudit, onProgress });
  const failure = assert.rejects(query.done, { code: 'cancelled' });
  await running;
  await lake.load({});
  while ((await lake.catalogue.files()).length > 1) await new Promise(setImmediate);
  assert.equal((await dataFiles(lake.directory)).length, 17, 'the files the query reads are still there');
  query.cancel();
  await failure;
  await settled(lake, 1);
  assert.deepEqual(await lake.rows('SELECT count(*) AS n FROM panther_audit'), [{ n: 16 }]);
});

test('a merge that cannot be committed changes nothing and is tried again', async (t) => {
  const lake = await temporaryLake(t);
  for (let at = 0; at < 15; at += 1) await lake.load({});
  const { promise: failed, resolve } = Promise.withResolvers<void>();
  const { commit } = lake.catalogue;
  lake.catalogue.commit = async (change) => {
    if (change.remove.length > 0) {
      lake.catalogue.commit = commit;
      resolve();
      throw new Error('the connection was lost');
    }
    return commit.call(lake.catalogue, change);
  };
  await lake.load({});
  await failed;
  assert.equal(((await indexes(lake)) as unknown[]).length, 16);
  await lake.load({});
  while ((await lake.catalogue.files()).length > 2) await new Promise(setImmediate);
  assert.equal(((await indexes(lake)) as unknown[]).length, 17);
  assert.equal(lake.backgroundErrors.length, 1);
});

test('what comes in at once as a large file is not merged, and gets its index', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load(...Array.from({ length: 8_192 }, () => ({})));
  const [file] = await dataFiles(lake.directory);
  const index = join(lake.directory, file?.replace('.parquet', '.index') ?? '');
  while (!existsSync(index)) await delay(20);
  for (let at = 0; at < 16; at += 1) await lake.load({});
  while ((await lake.catalogue.files()).length > 2) await delay(20);
  assert.ok((await lake.catalogue.files()).some(({ rows }) => rows === 8_192));
  assert.deepEqual(await lake.rows('SELECT count(DISTINCT p_ledger_index) AS n FROM panther_audit'), [
    { n: 8_208 },
  ]);
});

test('rows, files and cursor survive a restart', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({ actionName: 'A' }, { actionName: 'B' });
  const reopened = await lake.reopen();
  await reopened.load({ actionName: 'C' });
  assert.deepEqual(await reopened.rows('SELECT actionName FROM panther_audit ORDER BY p_ledger_index'), [
    { actionName: 'A' },
    { actionName: 'B' },
    { actionName: 'C' },
  ]);
});

test('files whose rows are all removed go, and one that also holds a later row stays whole', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({}, {});
  await lake.load({}, {}, {});
  await lake.load({ timestamp: '2026-10-01 00:00:00' }, {});
  await lake.lake.removeBefore(auditTable, 4);
  assert.deepEqual(await indexes(lake), [2, 3, 4, 5, 6]);
  // The file of October holds entry 5 alone.
  await lake.lake.removeBefore(auditTable, 6);
  assert.deepEqual(await indexes(lake), [6]);
  await lake.lake.removeBefore(auditTable, 6);
  await settled(lake, 1);
  await lake.load({});
  assert.deepEqual(await indexes(lake), [6, 7]);
});

test('a merged file stays until the last of its rows may go', async (t) => {
  const lake = await temporaryLake(t);
  for (let at = 0; at < 16; at += 1) await lake.load({});
  // It waits for the merge under way, so that this one does not miss its files.
  await lake.lake.removeBefore(auditTable, 15);
  assert.deepEqual(
    (await lake.catalogue.files()).map(({ level, ledgerIndexMax }) => [level, ledgerIndexMax]),
    [[1, 15]],
  );
  assert.equal(((await indexes(lake)) as unknown[]).length, 16);
  await lake.lake.removeBefore(auditTable, 16);
  await settled(lake, 0);
  assert.deepEqual(lake.backgroundErrors, []);
});

test('entries that were removed before they were loaded are passed over', async (t) => {
  const { lake, ...rest } = await temporaryLake(t);
  await lake.removeBefore(auditTable, 512);
  const append = { table: auditTable, sourceId: 's' };
  // A batch that was read before the removal.
  const entries = [510, 511, 512, 513].map((at) => auditEntry(at));
  assert.deepEqual(await lake.append({ ...append, fromIndex: 510, entries }), { rows: 2, cursor: 514 });
  assert.deepEqual(await indexes({ lake, ...rest }), [512, 513]);
});

test('a removal whose commit fails changes nothing and can be done again', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({}, {});
  for (const failing of ['before', 'after'] as const) {
    lake.catalogue.failNext = failing;
    await assert.rejects(lake.lake.removeBefore(auditTable, 2), { message: 'the connection was lost' });
  }
  await lake.lake.removeBefore(auditTable, 2);
  assert.deepEqual(await indexes(lake), []);
  // What a failure after the commit left behind goes at the next opening.
  await lake.reopen();
  assert.deepEqual(await dataFiles(lake.directory), []);
});

test('a missing data file is named and harms no query that does not need it', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  const [file] = await lake.catalogue.files();
  assert.ok(file);
  await writeFile(join(lake.directory, file.path), 'no Parquet');
  await assert.rejects(lake.rows('SELECT * FROM panther_audit'), {
    code: 'damaged_file',
    message: `the data file ${file.path} is missing or damaged`,
  });
  assert.deepEqual(await lake.rows('SELECT 1 AS one'), [{ one: 1 }]);
});

test('a closed lake takes nothing', async (t) => {
  const { lake } = await temporaryLake(t);
  await lake.close();
  const entries = [encodeEntry(JSON.parse(Buffer.from(auditEntry(0)).toString()))];
  await assert.rejects(lake.append({ table: auditTable, fromIndex: 0, entries, sourceId: 's' }), {
    code: 'closed',
  });
  await assert.rejects(lake.query({ id: 'q', sql: 'SELECT 1', ...readsAudit }).done, { code: 'closed' });
});

/** Waits until the catalogue and the folder hold this many files. */
async function settled({ catalogue, directory }: TemporaryLake, count: number): Promise<void> {
  while ((await catalogue.files()).length > count || (await dataFiles(directory)).length > count) {
    await new Promise(setImmediate);
  }
}

test('rows are made anew from other entries, wherever they are, and the old files are gone', async (t) => {
  const { lake, load, rows, directory, catalogue, reopen } = await temporaryLake(t);
  const at = (day: number) => `2026-11-${String(day).padStart(2, '0')} 11:00:00.000000000`;
  for (let day = 1; day <= 20; day += 1) await load({ timestamp: at(day) }, { timestamp: at(day) });
  const sql = 'SELECT * FROM panther_audit ORDER BY p_ledger_index';
  const before = await rows(sql);
  const filesBefore = await dataFiles(directory);
  const erased = [4, 5, 39].map((index) => ({
    index,
    entry: auditEntry(index, {
      timestamp: at(Math.floor(index / 2) + 1),
      actor: { id: 'user-1', type: 'USER', name: '(erased)' },
    }),
  }));
  const unknown = { index: 40, entry: auditEntry(40) };
  await lake.replace(auditTable, [...erased, unknown]);
  await lake.replace(auditTable, erased);

  const expected = before.map((row, index) =>
    [4, 5, 39].includes(index)
      ? { ...row, actor: { ...(row.actor as object), name: '(erased)' }, p_any_usernames: null }
      : row,
  );
  assert.deepEqual(await rows(sql), expected);
  const files = await dataFiles(directory);
  assert.deepEqual(new Set(files), new Set((await catalogue.files()).map(({ path }) => path)));
  assert(filesBefore.some((path) => !files.includes(path)));
  assert.deepEqual(await (await reopen()).rows(sql), expected);
});

test('a query that reads the old rows ends before their replacement does', async (t) => {
  const { lake, load } = await temporaryLake(t);
  await load({}, {});
  const query = lake.query({
    id: 'slow',
    sql: 'SELECT count(*) FROM panther_audit, range(300000000) AS slow(n) WHERE n % 3 = 1',
    ...readsAudit,
  });
  let ended = false;
  const running = query.done.then(() => {
    ended = true;
  });
  await delay(200);
  assert.equal(ended, false, 'the query is over too soon for this test');
  await lake.replace(auditTable, [{ index: 0, entry: auditEntry(0, { userAgent: 'x' }) }]);
  assert.equal(ended, true);
  await running;
});
