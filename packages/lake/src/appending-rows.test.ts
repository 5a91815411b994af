import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type TableDefinition, tableKey } from './tables/table-definition.ts';
import { auditEntry, auditTable, type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

const matches = 'panther_rule_matches.panther_audit';
const errors = 'panther_rule_errors.panther_audit';
const signals = 'panther_signals.panther_audit';
const reads = { tables: ['panther_logs.panther_audit', matches, errors, signals] };

/** Loads rows behind those the table has. */
async function load(
  { lake, catalogue }: TemporaryLake,
  table: string,
  ...rows: readonly unknown[]
): Promise<void> {
  const fromPosition = await catalogue.cursor(table);
  await lake.appendRows({ table, fromPosition, rows: rows.map((row) => JSON.stringify(row)) });
}

const event = {
  actionName: 'UPDATE_USER',
  actionResult: 'SUCCEEDED',
  actionParams: { dynamic: { input: { id: '5' } }, static: {} },
  actor: { id: 'u-1', type: 'USER', name: 'Lisa', attributes: { email: 'lisa@example.com' } },
  timestamp: '2026-11-23 11:59:59.123456789',
  p_log_type: 'Panther.Audit',
  p_row_id: 'a'.repeat(32),
  p_event_time: '2026-11-23 11:59:59.123456789',
  p_any_emails: ['lisa@example.com'],
  p_ledger_index: 7,
};

const match = {
  ...event,
  p_rule_id: 'Users.Updated',
  p_rule_version: 3,
  p_rule_severity: 'HIGH',
  p_rule_tags: ['users'],
  p_rule_reports: { CIS: ['1.1'] },
  p_dedup: 'lisa',
  p_alert_id: 'b'.repeat(32),
  p_alert_creation_time: '2026-11-23 12:00:00.5',
  p_alert_context: { who: 'Lisa' },
};

function columnsOf(lake: TemporaryLake, key: string): TableDefinition['columns'] {
  return lake.lake.tables().find((table) => tableKey(table) === key)?.columns ?? [];
}

test('a row that is not made from the ledger comes back as it was given', async (t) => {
  const lake = await temporaryLake(t);
  await load(lake, matches, match);
  const nulls = Object.fromEntries(columnsOf(lake, matches).map(({ name }) => [name, null]));
  assert.deepEqual(await lake.rows('SELECT * FROM panther_rule_matches.public.panther_audit', reads), [
    {
      ...nulls,
      ...match,
      p_event_time: '2026-11-23 11:59:59.123456',
      p_parse_time: '2026-11-23 12:00:00.000000',
      p_alert_creation_time: '2026-11-23 12:00:00.500000',
    },
  ]);
  assert.deepEqual(
    await lake.rows(
      `SELECT actor.attributes.email AS email, p_alert_context.who AS who, p_rule_reports.CIS[0] AS cis
       FROM panther_audit`,
      { ...reads, database: 'panther_rule_matches' },
    ),
    [{ email: 'lisa@example.com', who: 'Lisa', cis: '1.1' }],
  );
});

test('rows given again add nothing, and those that overlap add what is new', async (t) => {
  const { lake, rows } = await temporaryLake(t);
  const append = (fromPosition: number, count: number): Promise<unknown> =>
    lake.appendRows({
      table: errors,
      fromPosition,
      rows: Array.from({ length: count }, (_, at) =>
        JSON.stringify({ p_rule_error: `${fromPosition + at}` }),
      ),
    });
  assert.deepEqual(await append(0, 3), { rows: 3, cursor: 3 });
  assert.deepEqual(await append(0, 3), { rows: 0, cursor: 3 });
  assert.deepEqual(await append(1, 4), { rows: 2, cursor: 5 });
  const found = await rows(
    'SELECT p_rule_error AS e FROM panther_rule_errors.panther_audit ORDER BY e',
    reads,
  );
  assert.deepEqual(
    found.map(({ e }) => e),
    ['0', '1', '2', '3', '4'],
  );
  await assert.rejects(append(6, 1), { code: 'entry_gap', message: /waits for 5, not 6/ });
});

test('rows are kept by the month of their event, or of their loading where there is none', async (t) => {
  const lake = await temporaryLake(t);
  await load(
    lake,
    signals,
    { p_event_time: '2024-02-29 23:59:59.999999999' },
    { p_event_time: '2026-12-01 00:00:00' },
    {},
  );
  assert.deepEqual((await lake.catalogue.files(signals)).map(({ path }) => dirname(path)).sort(), [
    'panther_signals/panther_audit/2024-02',
    'panther_signals/panther_audit/2026-11',
    'panther_signals/panther_audit/2026-12',
  ]);
});

test('what is no row of the table is refused by position and column, and nothing of its batch is loaded', async (t) => {
  const lake = await temporaryLake(t);
  const refusals: readonly (readonly [string, string])[] = [
    ['{', 'it is not JSON'],
    ['[]', 'it is not a JSON object'],
    ['{"nope":1}', 'there is no column nope'],
    ['{"p_rule_tags":"x"}', 'p_rule_tags is no VARCHAR[]'],
    ['{"p_rule_version":1.5}', 'p_rule_version is no INTEGER'],
    ['{"p_ledger_index":9007199254740993}', 'p_ledger_index is no BIGINT'],
    ['{"p_event_time":"2026-02-30 00:00:00"}', 'p_event_time is no TIMESTAMP'],
    ['{"p_alert_update_time":5}', 'p_alert_update_time is no TIMESTAMP'],
    ['{"actor":"me"}', 'actor is no STRUCT(id VARCHAR, "type" VARCHAR, "name" VARCHAR, attributes JSON)'],
  ];
  for (const [row, message] of refusals) {
    await assert.rejects(lake.lake.appendRows({ table: matches, fromPosition: 0, rows: ['{}', row] }), {
      code: 'unreadable_row',
      message: `row 1 of ${matches}: ${message}`,
    });
  }
  assert.equal(await lake.catalogue.cursor(matches), 0);
});

test('a table takes either entries or rows', async (t) => {
  const { lake } = await temporaryLake(t);
  await assert.rejects(
    lake.appendRows({ table: 'panther_logs.panther_audit', fromPosition: 0, rows: ['{}'] }),
    { code: 'unknown_table', message: 'panther_logs.panther_audit is made of ledger entries only' },
  );
  await assert.rejects(
    lake.append({ table: matches, fromIndex: 0, entries: [Buffer.from('{}')], sourceId: 's' }),
    {
      code: 'unknown_table',
      message: `${matches} is not made of ledger entries`,
    },
  );
  await assert.rejects(lake.appendRows({ table: 'panther_views.all_logs', fromPosition: 0, rows: ['{}'] }), {
    code: 'unknown_table',
  });
});

test('a crash at either side of the commit loads each row once', async (t) => {
  const lake = await temporaryLake(t);
  for (const failing of ['before', 'after'] as const) {
    lake.catalogue.failNext = failing;
    await assert.rejects(load(lake, matches, match), /connection was lost/);
  }
  const reopened = await lake.reopen();
  await reopened.lake.appendRows({ table: matches, fromPosition: 0, rows: [JSON.stringify(match)] });
  const count = 'SELECT count(*) AS n FROM panther_rule_matches.panther_audit';
  assert.deepEqual(await reopened.rows(count, reads), [{ n: 1 }]);
});

test('the views show the standard columns of every table, and each row whole', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({ actor: { id: 'u-2', type: 'USER', name: 'Bart' } });
  await load(lake, matches, match);
  await load(lake, signals, event);
  const shown = (view: string, tables = reads.tables): Promise<unknown> =>
    lake.rows(
      `SELECT p_table, event.actor.name AS "name", p_any_emails FROM panther_views.public.${view} ORDER BY ALL`,
      { tables: [...tables, `panther_views.${view}`] },
    );
  const log = { p_table: 'panther_logs.panther_audit', name: 'Bart', p_any_emails: null };
  const matched = { p_table: matches, name: 'Lisa', p_any_emails: ['lisa@example.com'] };
  assert.deepEqual(await shown('all_logs'), [log]);
  assert.deepEqual(await shown('all_rule_matches'), [matched]);
  assert.deepEqual(await shown('all_rule_errors'), []);
  assert.deepEqual(await shown('all_databases'), [log, matched, { ...matched, p_table: signals }]);
  // What the caller may not read is not there.
  assert.deepEqual(await shown('all_databases', [signals]), [{ ...matched, p_table: signals }]);
  assert.deepEqual(await shown('all_logs', []), []);
});

test('a view and what it shows can be joined in one query, and only what is named is open', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  await load(lake, signals, { ...event, p_row_id: '0'.repeat(32), p_rule_id: 'R' });
  assert.deepEqual(
    await lake.rows(
      `SELECT s.p_rule_id, l.p_table FROM panther_signals.panther_audit s
       JOIN panther_views.all_logs l USING (p_row_id)`,
      { tables: [...reads.tables, 'panther_views.all_logs'] },
    ),
    [{ p_rule_id: 'R', p_table: 'panther_logs.panther_audit' }],
  );
});

test('every table and view describes itself as defined, with and without rows', async (t) => {
  const lake = await temporaryLake(t);
  const tables = lake.lake.tables().map(tableKey);
  const assertDescribed = async (): Promise<void> => {
    for (const key of tables) {
      const described = await lake.rows(`DESCRIBE ${key}`, { tables });
      assert.deepEqual(
        described.map(({ column_name, column_type }) => [column_name, column_type]),
        columnsOf(lake, key).map(({ name, type }) => [name, type]),
        key,
      );
    }
  };
  await assertDescribed();
  await lake.load({});
  for (const table of [matches, errors, signals]) await load(lake, table, event);
  await assertDescribed();
});

test('rows made of a log are made anew with it, and what a detection said of them is erased', async (t) => {
  const lake = await temporaryLake(t);
  const { p_event_time } = event;
  const kept = { ...match, p_ledger_index: 8 };
  const ofNoEntry = { ...match, p_ledger_index: null, p_rule_id: 'Of no entry' };
  await load(lake, matches, match, kept, { ...match, p_rule_id: 'Another' }, ofNoEntry);
  await load(lake, errors, { ...match, p_rule_error: 'Lisa is no number' });
  await load(lake, signals, { p_rule_id: 'Of no entry', p_event_time });
  const sql = `SELECT * FROM panther_rule_matches.panther_audit ORDER BY p_ledger_index NULLS LAST, p_rule_id`;
  const [another, first, second, third] = await lake.rows(sql, reads);
  const untouched = await lake.catalogue.files(signals);

  const anew = auditEntry(7, {
    actionName: 'UPDATE_USER',
    actor: { id: 'u-1', type: 'USER', name: '(erased)' },
    timestamp: event.timestamp,
  });
  for (const table of [matches, errors, signals]) {
    await lake.lake.replace(table, [{ index: 7, entry: anew }]);
  }

  const erased = {
    actionParams: null,
    actor: { id: 'u-1', type: 'USER', name: '(erased)', attributes: null },
    p_any_emails: null,
    p_dedup: '(erased)',
    p_alert_context: null,
  };
  const after = await lake.rows(sql, reads);
  assert.deepEqual(
    after.map((row) => ({ ...row, ...ofEntry })),
    [
      { ...another, ...erased, ...ofEntry },
      { ...first, ...erased, ...ofEntry },
      { ...second, ...ofEntry },
      { ...third, ...ofEntry },
    ],
  );
  assert.deepEqual(
    await lake.rows('SELECT p_rule_id, p_rule_error FROM panther_rule_errors.panther_audit', reads),
    [{ p_rule_id: 'Users.Updated', p_rule_error: '(erased)' }],
  );
  assert.deepEqual(await lake.catalogue.files(signals), untouched);
});

/** What the test's entry says in other words than its event. */
const ofEntry = {
  p_row_id: null,
  p_schema_version: null,
  p_any_usernames: null,
  p_any_actor_ids: null,
  pantherVersion: null,
};

test('rows made of removed entries go with them, and rows of a time by their age', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({}, {}, {});
  await load(lake, matches, { ...match, p_ledger_index: 0 }, { ...match, p_ledger_index: 1 });
  await load(lake, matches, { ...match, p_ledger_index: 2 });
  await load(lake, signals, { ...event, p_ledger_index: 0 });
  await lake.lake.removeBefore(auditTable, 2);
  const left = (table: string) => lake.rows(`SELECT p_ledger_index AS i FROM ${table} ORDER BY i`, reads);
  assert.deepEqual(await left(matches), [{ i: 2 }]);
  assert.deepEqual(await left(signals), []);
  assert.deepEqual(await lake.catalogue.cursor(matches), 3, 'positions go on where they were');
  await load(lake, matches, { ...match, p_ledger_index: 3 });
  assert.deepEqual(await left(matches), [{ i: 2 }, { i: 3 }]);

  const monitor = 'panther_monitor.data_audit';
  for (const day of ['2025-09-22', '2025-12-01', '2026-11-23']) {
    await load(lake, monitor, { operation: day, p_event_time: `${day} 12:00:00` });
  }
  await lake.lake.removeOlder(monitor, { time: new Date('2025-11-23T12:00:00Z') });
  const days = await lake.rows(`SELECT operation FROM ${monitor} ORDER BY ALL`, { tables: [monitor] });
  assert.deepEqual(days, [{ operation: '2025-12-01' }, { operation: '2026-11-23' }]);
});

test('rows past their time stay from a ledger index on, and where whoever is told refuses', async (t) => {
  const lake = await temporaryLake(t);
  for (const index of [0, 1, 2]) await load(lake, matches, { ...match, p_ledger_index: index });
  const time = new Date('2030-01-01T00:00:00Z');
  const refuse = () => Promise.reject(new Error('not now'));
  await assert.rejects(lake.lake.removeOlder(matches, { time, onRemove: refuse }), { message: 'not now' });
  const left = () => lake.rows(`SELECT p_ledger_index AS i FROM ${matches} ORDER BY i`, reads);
  assert.equal((await left()).length, 3);
  const told: number[] = [];
  await lake.lake.removeOlder(matches, {
    ...{ time, beforeIndex: 2 },
    onRemove: async (files) => void told.push(...files.map(({ ledgerIndexMax }) => ledgerIndexMax)),
  });
  assert.deepEqual(told.toSorted(), [0, 1]);
  assert.deepEqual(await left(), [{ i: 2 }]);
});

test('a writer that is killed at any moment of loading rows leaves each of them loaded once', async (t) => {
  const { lake, catalogue, rows, reopen } = await temporaryLake(t);
  const count = 2_000;
  const texts = Array.from({ length: count }, (_, at) => JSON.stringify({ ...match, p_dedup: `${at}` }));
  const append = (part: number) =>
    lake.appendRows({ table: matches, fromPosition: 0, rows: texts.slice(0, part) });
  await append(1);
  for (let delayMs = 0; delayMs < 200; delayMs += 20) {
    const [pid] = lake.processes().writers;
    const timer = setTimeout(() => pid !== undefined && kill(pid), delayMs);
    const cursor = await catalogue.cursor(matches);
    const outcome = await append(cursor + 150).catch(({ code }) => code);
    clearTimeout(timer);
    assert.ok(outcome === 'engine_failed' || outcome.cursor === cursor + 150, String(outcome));
  }
  await append(count);
  const sql =
    'SELECT count(*) AS n, count(DISTINCT p_dedup) AS texts FROM panther_rule_matches.panther_audit';
  assert.deepEqual(await rows(sql, reads), [{ n: count, texts: count }]);
  assert.deepEqual(await (await reopen()).rows(sql, reads), [{ n: count, texts: count }]);
});

/** The process may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test('a disk that refuses rows is said to refuse, and nothing is loaded until it takes them', async (t) => {
  const lake = await temporaryLake(t);
  await writeFile(join(lake.directory, 'panther_rule_matches'), 'in the way');
  await assert.rejects(load(lake, matches, match), {
    code: 'storage',
    message: /^the disk refuses the data: E[A-Z]+$/,
  });
  assert.equal(await lake.catalogue.cursor(matches), 0);
  await rm(join(lake.directory, 'panther_rule_matches'));
  await load(lake, matches, match);
  const count = 'SELECT count(*) AS n FROM panther_rule_matches.panther_audit';
  assert.deepEqual(await lake.rows(count, reads), [{ n: 1 }]);
});
