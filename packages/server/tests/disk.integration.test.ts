import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { open, readdir, rm, stat, statfs, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionName, AuditRecord } from '@pawprint/record';
import { systemClock } from '@pawprint/server';
import {
  type Answer,
  administrator,
  sessionClient,
  startTestInstance,
  type TestInstance,
} from '@pawprint/testing';
import { askDiskSpace } from '../src/storage/disk-space.ts';

/**
 * A disk of its own for the data directory: a small file system in memory, which can be filled and made read-only.
 * Mounting one needs root.
 */
const mountPoint = mkdtempSync(join(tmpdir(), 'pawprint-disk-'));
const mount = (options: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mountPoint]);
const skip = process.getuid?.() === 0 ? false : 'only root can mount a file system';
if (skip === false) {
  mount('size=160m,mode=0755');
  after(() => {
    execFileSync('umount', [mountPoint]);
    rmSync(mountPoint, { recursive: true });
  });
}

const createRole = 'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }';
const roleNames = '{ roles { name } }';
let made = 0;

function create(instance: TestInstance) {
  made += 1;
  const name = `Role of ${made}`;
  return instance.admin
    .graphql(createRole, { input: { name, permissions: [] } })
    .then((answer) => ({ name, answer }));
}

/** Fills the disk to the last byte. */
async function fill(path: string): Promise<void> {
  const handle = await open(path, 'a');
  try {
    for (const size of [1024 * 1024, 4096]) {
      const chunk = Buffer.alloc(size, 1);
      try {
        for (;;) await handle.write(chunk);
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
  } finally {
    await handle.close();
  }
}

/** What the system errors of these records are of. */
function subjectsOf(records: readonly AuditRecord[], action: ActionName): readonly unknown[] {
  return records
    .filter(({ actionName }) => actionName === action)
    .map(({ actionParams }) => (actionParams as { static: { subject: unknown } }).static.subject);
}

async function acceptsChanges(instance: TestInstance): Promise<string> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const { name, answer } = await create(instance);
    if (answer.errors.length === 0) return name;
    await delay(100);
  }
  throw new Error('the instance did not recover in a minute');
}

test('a full disk: changes are refused with 503, reads go on, nothing acknowledged is lost, and it recovers by itself', {
  skip,
}, async () => {
  const dataDirectory = join(mountPoint, 'full');
  mkdirSync(dataDirectory);
  await using instance = await startTestInstance({ dataDirectory, askDiskSpace });
  const first = await create(instance);
  assert.deepEqual(first.answer.errors, []);

  const filler = join(mountPoint, 'filler');
  await fill(filler);
  assert((await statfs(mountPoint)).bavail < 10);

  // As long as the disk stays full, no change is acknowledged that was not made.
  const refused: string[] = [];
  const acknowledged = [first.name];
  for (let attempt = 0; attempt < 200 && refused.length < 20; attempt += 1) {
    const { name, answer } = await create(instance);
    if (answer.errors.length === 0) {
      acknowledged.push(name);
      continue;
    }
    assert.equal(answer.status, 503);
    assert.equal(answer.errors[0]?.extensions?.code, 'UNAVAILABLE');
    assert.match(answer.errors[0]?.message ?? '', /disk .*full/);
    refused.push(name);
    // The reserve is what lets this read be recorded, and so be answered.
    const read = await instance.admin.graphql<{ roles: { name: string }[] }>(roleNames);
    assert.equal(read.status, 200, JSON.stringify(read));
    const names = read.data?.roles.map((role) => role.name) ?? [];
    for (const there of acknowledged) assert(names.includes(there), `${there} was acknowledged`);
    assert(!names.includes(name), `${name} was refused`);
  }
  assert.equal(refused.length, 20);

  await rm(filler);
  acknowledged.push(await acceptsChanges(instance));

  await instance.instance.systemErrors.settled();
  const records = await instance.records();
  for (const name of ['REPORT_SYSTEM_ERROR', 'RESOLVE_SYSTEM_ERROR'] as const) {
    const reported = subjectsOf(records, name).filter((subject) => subject === 'changes are refused');
    assert.equal(reported.length, 1, name);
  }
  const created = records.filter(({ actionName }) => actionName === 'CREATE_USER_ROLE');
  const nameOf = ({ actionParams }: (typeof created)[number]) =>
    (actionParams as { dynamic: { input: { name: string } } }).dynamic.input.name;
  const succeeded = created.filter(({ actionResult }) => actionResult === 'SUCCEEDED').map(nameOf);
  assert.deepEqual(succeeded, acknowledged);
  // The first refusal may come from a write that found no room at all; those after it have room for their record.
  const failed = new Set(created.filter(({ actionResult }) => actionResult === 'FAILED').map(nameOf));
  assert(refused.slice(1).every((name) => failed.has(name)));
});

test('a full disk: records whose time is over are removed all the same, which makes room', {
  skip,
}, async () => {
  const dataDirectory = join(mountPoint, 'expired');
  mkdirSync(dataDirectory);
  let aheadMs = 0;
  const epochNanoseconds = () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n;
  const instance = await startTestInstance({ dataDirectory, clock: { epochNanoseconds } });
  for (let records = 0; records < 600; records += 20) {
    await instance.admin.ask(
      `{ ${Array.from({ length: 20 }, (_, at) => `f${at}: roles { id }`).join(' ')} }`,
    );
  }
  await instance.instance.settled();
  const filler = join(mountPoint, 'filler');
  await fill(filler);
  const refused = await create(instance);
  assert.equal(refused.answer.errors[0]?.extensions?.code, 'UNAVAILABLE');
  // The filler may have taken the reserve, too, when that was given back before it was done.
  await truncate(filler, (await stat(filler)).size - 24 * 1024 * 1024);
  aheadMs = 1_827 * 86_400_000;
  instance.instance.retention.wake();
  await instance.instance.retention.settled();
  assert.equal(instance.instance.ledger.firstIndex, 512);
  const bundles = await readdir(join(dataDirectory, 'ledger', 'tile', 'entries'));
  assert.deepEqual(
    bundles.filter((name) => !name.endsWith('.p')),
    [],
  );
  await rm(filler);
  await instance[Symbol.asyncDispose]();
});

test('a disk that refuses writes: what would have to be recorded is refused with 503, nothing is lost, and it recovers by itself', {
  skip,
}, async () => {
  const dataDirectory = join(mountPoint, 'failing');
  const { child, address } = await startProcess(dataDirectory);
  const admin = await signIn(address);
  const create = (name: string) => admin.graphql(createRole, { input: { name, permissions: [] } });
  assert.deepEqual((await create('before')).errors, []);

  let heal = refuseWrites(child, dataDirectory);
  const acknowledged = ['before', ...(await createUntilRefused(create))];
  const read = await admin.graphql(roleNames);
  assert.equal(read.status, 503);
  assert.match(read.errors[0]?.message ?? '', /could not be read or written; nothing was done/);
  assert.equal((await admin.fetch('/healthz')).status, 200);
  assert.equal((await admin.fetch('/')).status, 200);

  await heal();
  const { roles } = await admin.ask<{ roles: { name: string }[] }>(roleNames);
  const names = roles.map(({ name }) => name);
  for (const name of acknowledged) assert(names.includes(name), `${name} was acknowledged`);
  assert.equal(names.length, 3 + acknowledged.length);
  assert.deepEqual((await create('after')).errors, []);

  // Asked to stop while its stop can't be recorded, it stops all the same, and says that something was wrong.
  heal = refuseWrites(child, dataDirectory);
  await createUntilRefused(create);
  assert.equal(await stopProcess(child), 1);
  await heal();
});

test('an instance does not start on a read-only disk, and says why', { skip }, async () => {
  const dataDirectory = join(mountPoint, 'read-only');
  mkdirSync(dataDirectory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,ro', 'tmpfs', dataDirectory]);
  after(() => execFileSync('umount', [dataDirectory]));
  const { status, stderr } = spawnSync(process.execPath, [program], {
    env: environment(dataDirectory),
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.equal(stderr, `The data directory ${dataDirectory} can not be written (EROFS)\n`);
});

/** Every write to the database's log fails, as on a file system that the kernel has made read-only. @returns the end of it. */
function refuseWrites(child: ChildProcess, dataDirectory: string): () => Promise<unknown> {
  const log = join(dataDirectory, 'pawprint.db-wal');
  const inject = ['-e', 'trace=pwrite64', '-e', 'inject=pwrite64:error=EROFS'];
  const faults = spawn('strace', ['-f', '-qq', '-P', log, ...inject, '-p', String(child.pid)], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => faults.once('exit', resolve));
  return () => {
    faults.kill('SIGINT');
    return ended;
  };
}

const program = join(import.meta.dirname, '../src/main.ts');

function environment(dataDirectory: string): Record<string, string> {
  return {
    PAWPRINT_DATA_DIR: dataDirectory,
    PAWPRINT_LISTEN: '127.0.0.1:0',
    PAWPRINT_ADMIN_EMAIL: administrator.email,
    PAWPRINT_ADMIN_PASSWORD: administrator.password,
  };
}

async function startProcess(dataDirectory: string) {
  const child = spawn(process.execPath, [program], {
    env: environment(dataDirectory),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    const [, address] = /answers at (http:\S+)/.exec(output) ?? [];
    if (address !== undefined) return { child, address };
  }
  throw new Error('the instance did not start');
}

async function signIn(address: string) {
  const response = await sessionClient(address).post('/internal/sign-in', administrator);
  assert.equal(response.status, 200);
  return sessionClient(address, response.headers.get('set-cookie') ?? '');
}

/** Until the faults are in force, which takes a moment. @returns what was acknowledged. */
async function createUntilRefused(create: (name: string) => Promise<Answer>): Promise<readonly string[]> {
  const acknowledged: string[] = [];
  for (let attempt = 0; attempt < 2_000; attempt += 1) {
    const name = `attempt ${attempt}`;
    const answer = await create(name);
    if (answer.status === 503) return acknowledged;
    acknowledged.push(name);
    await delay(25);
  }
  throw new Error('the faults did not take hold');
}

function stopProcess(child: ChildProcess): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return ended;
}
