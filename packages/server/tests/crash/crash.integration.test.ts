import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSigner, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { decodeEntry, erasedText } from '@pawprint/record';
import pg from 'pg';
import { follow } from '../../src/followers/follow.ts';
import { historyFollower } from '../../src/followers/history.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { OutboxJournal } from '../../src/store/outbox-journal.ts';
import { openPostgresqlStore } from '../../src/store/postgresql-store.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-crash-'));
after(() => rm(folder, { recursive: true, force: true }));

/** What processes acknowledged before they were killed, over all rounds. */
class Acknowledged {
  readonly created = new Set<string>();
  readonly deleted = new Set<string>();
  readonly refused = new Set<string>();

  take(line: string): void {
    const [what = '', id = ''] = line.split(/ (.*)/s);
    if (what === 'created') this.created.add(id);
    if (what === 'deleted') this.deleted.add(id);
    if (what === 'refused') this.refused.add(id);
  }
}

/** TEST_CRASH_ROUNDS=200 is for longer looks. */
const rounds = Number(process.env.TEST_CRASH_ROUNDS ?? 40);

test(`SQLite: killed ${rounds} times under load, no action without its record and no record without its action`, async (t) => {
  const directory = join(folder, 'sqlite');
  await crashAndCheck(t, {
    rounds,
    checkEvery: 20,
    directory,
    open: () => openSqliteStore(join(directory, 'pawprint.db')),
  });
});

test(`PostgreSQL: killed ${rounds / 2} times under load, no action without its record and no record without its action`, async (t) => {
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query('create database crash_test');
  await client.end();
  url.pathname = '/crash_test';
  const directory = join(folder, 'postgresql');
  await crashAndCheck(t, {
    rounds: rounds / 2,
    checkEvery: 10,
    directory,
    databaseUrl: url.href,
    open: () => openPostgresqlStore(url.href),
  });
});

interface Rounds {
  readonly rounds: number;
  readonly checkEvery: number;
  readonly directory: string;
  readonly databaseUrl?: string;
  open(): Promise<Store>;
}

async function crashAndCheck(
  t: { diagnostic(message: string): void },
  { rounds, checkEvery, directory, databaseUrl, open }: Rounds,
): Promise<void> {
  const acknowledged = new Acknowledged();
  let counts = '';
  for (let round = 1; round <= rounds; round += 1) {
    await runAndKill([directory, ...(databaseUrl === undefined ? [] : [databaseUrl])], acknowledged);
    if (round % checkEvery === 0) counts = await check(directory, open, acknowledged);
  }
  t.diagnostic(`${rounds} kills: ${counts}`);
  // The processes got far enough for this to mean something.
  assert(acknowledged.created.size > rounds);
}

/** Counted in what a process acknowledges, so that a slow machine gets as far. */
const linesMax = 120;
const moreMsMax = 10;

/** Lets a process act for a moment, a different one each time, and kills it without warning. */
async function runAndKill(args: readonly string[], acknowledged: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'actor.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const enough = Math.floor(Math.random() * linesMax);
  let seen = 0;
  let pending = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout.on('data', (chunk) => {
    const lines = (pending + chunk).split('\n');
    // A line cut off by the kill was not acknowledged.
    pending = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== 'ready') acknowledged.take(line);
      if (seen === enough) setTimeout(() => child.kill('SIGKILL'), Math.random() * moreMsMax);
      seen += 1;
    }
  });
  const code = await new Promise((resolve) =>
    child.once('close', (exitCode, signal) => resolve(signal ?? exitCode)),
  );
  assert.equal(code, 'SIGKILL', errors);
}

/** Recovers as a start does, and compares state, ledger and history with each other and with what was acknowledged. */
async function check(
  directory: string,
  open: () => Promise<Store>,
  acknowledged: Acknowledged,
): Promise<string> {
  const store = await open();
  const journal = await OutboxJournal.open(store, 'another');
  const signer = await loadSigner(join(directory, 'ledger.pem'), journal.origin);
  assert(signer);
  const ledger = await openLedger({
    store: await openDirectoryStore(join(directory, 'ledger')),
    journal,
    signer,
  });
  await ledger.settled();
  const subjectKeys = new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) });
  const history = follow(ledger, historyFollower(store, subjectKeys), {
    failed(_, error) {
      throw error;
    },
    works: () => undefined,
  });
  await history.settled();

  const entries = await subjectKeys.open((await ledger.read(0, ledger.size)).map(decodeEntry));
  assert.equal(
    new Set(entries.map(({ id }) => id)).size,
    entries.length,
    'an entry stands in the ledger twice',
  );
  assert(!JSON.stringify(entries).includes(erasedText), 'a key was not kept with the first entry it sealed');
  const created: string[] = [];
  const deleted: string[] = [];
  const refused: string[] = [];
  for (const { record } of entries) {
    if (record.actionResult === 'FAILED') refused.push(nameOf(record.actionParams));
    else if (record.actionName === 'CREATE_USER_ROLE') created.push(idOf('after', record.actionDetails));
    else if (record.actionName === 'DELETE_USER_ROLE') deleted.push(idOf('before', record.actionDetails));
  }
  const roles = await store.reader.selectFrom('roles').select('id').where('updated_at', '!=', '').execute();
  const defaults = await store.reader
    .selectFrom('roles')
    .select('id')
    .where('name', 'in', ['Admin', 'Analyst', 'AnalystReadOnly'])
    .execute();
  const expected = new Set(created).difference(new Set(deleted)).union(new Set(defaults.map(({ id }) => id)));
  assert.deepEqual(new Set(roles.map(({ id }) => id)), expected, 'the state is not what the records say');
  assert(acknowledged.created.isSubsetOf(new Set(created)), 'an acknowledged creation has no record');
  assert(acknowledged.deleted.isSubsetOf(new Set(deleted)), 'an acknowledged deletion has no record');
  assert(acknowledged.refused.isSubsetOf(new Set(refused)), 'an acknowledged refusal has no record');
  const indexed = await store.reader
    .selectFrom('history')
    .select('entry_id')
    .orderBy('ledger_index')
    .execute();
  assert.deepEqual(
    indexed.map((row) => row.entry_id),
    entries.map(({ id }) => id),
    'the history is not the ledger',
  );
  const checkpoint = await readFile(join(directory, 'ledger', 'checkpoint'), 'utf8');
  assert.equal(checkpoint, ledger.checkpoint);

  await history.stop();
  await ledger.close();
  await store.close();
  return `${entries.length} records, ${created.length} roles created, ${deleted.length} deleted, ${refused.length} refusals`;
}

function idOf(part: 'before' | 'after', details: Record<string, unknown> = {}): string {
  return (details[part] as { id: string }).id;
}

function nameOf(params: Record<string, unknown> | undefined): string {
  return (params as { dynamic: { input: { name: string } } }).dynamic.input.name;
}
