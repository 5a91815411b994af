import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeEntry } from '@pawprint/record';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { enableSource, entryOf, putRules, typescriptRule } from '../detections/watched-log.ts';

/** With TEST_DETECTION_ENTRIES=20000 it is killed hundreds of times. */
const entryCount = Number(process.env.TEST_DETECTION_ENTRIES ?? 600);
/** A life is counted in what it gets done, so that a slow machine gets as far with as many. */
const batchesMax = 14;
const aliveMsMax = 20;

/** One for each way in which a match may be counted. */
const rules = [
  typescriptRule(
    'Every',
    "rule: () => true, dedup: (event) => event.actor.id, title: (event) => 'by ' + event.actor.id",
  ),
  typescriptRule(
    'Threshold',
    "threshold: 7, dedupPeriodMinutes: 5, rule: (event) => event.actionResult === 'FAILED', dedup: () => 'all'",
  ),
  typescriptRule(
    'Unique',
    "threshold: 4, dedupPeriodMinutes: 5, rule: () => true, dedup: () => 'all', unique: (event) => event.actor.id",
  ),
  typescriptRule(
    'Remembers',
    `rule: (event) => incrementCounter(event.actor.id) % 10 === 0,
     title: (event) => 'number ' + getCounter(event.actor.id), dedup: (event) => 'number ' + getCounter(event.actor.id)`,
  ),
  typescriptRule(
    'Remembering',
    "createAlert: false, rule(event) { addToStringSet('seen', [event.actor.id]); return getStringSet('seen').size > 3; }",
  ),
  typescriptRule(
    'Fails',
    "rule(event) { if (event.actor.id === 'u3') throw new Error('no'); return false; }",
  ),
];

/** @param batches how many it gets done before it is killed, a moment later @returns whether it was killed before it was done */
async function detectUntilKilled(database: string, log: string, batches: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'detector.ts'), database, log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let done = 0;
  const gotFar = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      done += text.split('\n').length - 1;
      if (done >= batches) resolve();
    });
  });
  await Promise.race([gotFar, exited]);
  await Promise.race([delay(Math.random() * aliveMsMax, undefined, { ref: false }), exited]);
  child.kill('SIGKILL');
  const [code] = await exited;
  assert(code === 0 || code === null, `it ended with ${code}`);
  return code === null;
}

const times = ['created_at', 'updated_at', 'p_parse_time', 'p_alert_creation_time', 'p_alert_update_time'];
const noted = ['next_attempt_at', 'alertCreatedAt', 'expires_at'];

/** Everything that detections wrote, but for when they did. */
async function written(database: string): Promise<unknown> {
  const store = await openSqliteStore(database);
  const tables = [
    'detection_progress',
    'dedup_windows',
    'detection_cache',
    'alerts',
    'alert_activities',
    'alert_deliveries',
    'lake_rows',
  ] as const;
  const rows = await Promise.all(
    tables.map(async (table) => {
      const found: readonly object[] = await store.reader.selectFrom(table).selectAll().execute();
      return [table, found.map((row) => JSON.stringify(withoutTimes(row))).toSorted()];
    }),
  );
  await store.close();
  return Object.fromEntries(rows);
}

function withoutTimes(row: object): unknown {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => ![...times, ...noted].includes(name))
      .map(([name, value]) =>
        name === 'row' || name === 'state' ? [name, withoutTimes(JSON.parse(value))] : [name, value],
      ),
  );
}

test('killed again and again while matching, detections leave what an undisturbed run leaves', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-detector-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [undisturbed, killed] = [join(folder, 'undisturbed'), join(folder, 'killed')];
  await mkdir(undisturbed);
  const store = await openSqliteStore(join(undisturbed, 'pawprint.db'));
  await enableSource(store);
  await putRules(store, rules, true);
  await store.transact(async (transactor, capture) => {
    capture.leaveUnrecorded('a test makes it');
    const row = { id: 'd1', name: 'D', name_key: 'd', type: 'webhook', config: '{}', alert_types: '[]' };
    const made = { log_types: '[]', severities: '["LOW"]', created_at: '', updated_at: '' };
    await transactor
      .insertInto('destinations')
      .values({ ...row, ...made, created_by: null, updated_by: null })
      .execute();
  });
  await store.close();
  await cp(undisturbed, killed, { recursive: true });
  const log = join(folder, 'log.ndjson');
  const entries = Array.from({ length: entryCount }, (_, index) =>
    entryOf(
      {
        actionResult: index % 3 === 0 ? 'FAILED' : 'SUCCEEDED',
        actor: { id: `u${(index * 7) % 11}`, type: 'USER' },
      },
      index,
    ),
  );
  await writeFile(log, entries.map((entry) => `${Buffer.from(encodeEntry(entry))}\n`).join(''));

  assert(
    !(await detectUntilKilled(join(undisturbed, 'pawprint.db'), log, Number.POSITIVE_INFINITY)),
    'it was not killed',
  );
  const expected = await written(join(undisturbed, 'pawprint.db'));

  let kills = 0;
  const anyBatches = () => 1 + Math.floor(Math.random() * batchesMax);
  while (await detectUntilKilled(join(killed, 'pawprint.db'), log, anyBatches())) kills += 1;
  assert(kills >= 5, `killed only ${kills} times`);
  assert.deepEqual(await written(join(killed, 'pawprint.db')), expected);
  const counts = Object.entries(expected as Record<string, readonly string[]>).map(
    ([table, rows]) => `${rows.length} ${table}`,
  );
  t.diagnostic(`killed ${kills} times; ${counts.join(', ')}`);
});
