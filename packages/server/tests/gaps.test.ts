import assert from 'node:assert/strict';
import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditRecord } from '@pawprint/record';
import { type Client, startTestInstance, type TestInstance } from '@pawprint/testing';
import { systemClock } from '../src/clock.ts';

const listing = '{ systemErrors { kind subject message resolvedAt } }';
const addRole = 'mutation { createRole(input: { name: "Auditor", permissions: [] }) { role { id } } }';

interface Found {
  readonly kind: string;
  readonly subject: string;
  readonly message: string;
  readonly resolvedAt: string | null;
}

async function systemErrors({ instance, admin }: TestInstance): Promise<readonly Found[]> {
  await instance.systemErrors.settled();
  return (await admin.ask<{ systemErrors: readonly Found[] }>(listing)).systemErrors;
}

function openKinds(found: readonly Found[]): readonly string[] {
  return found.filter(({ resolvedAt }) => resolvedAt === null).map(({ kind }) => kind);
}

async function sessionOf(client: Client): Promise<{ readonly systemErrors?: readonly Found[] }> {
  return (await client.fetch('/internal/session')).json() as Promise<{
    readonly systemErrors?: readonly Found[];
  }>;
}

async function readiness({ address }: TestInstance): Promise<unknown> {
  const response = await fetch(`${address}/readyz`);
  return { code: response.status, ...((await response.json()) as object) };
}

async function eventually(what: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    if (await what()) return;
    await delay(50);
  }
  assert.fail('it did not come to be in a minute');
}

function staticInput(record: AuditRecord | undefined): unknown {
  return (record?.actionParams as { static?: unknown } | undefined)?.static;
}

test('a clock that is set back is a system error, also across a restart, and records have its time', async () => {
  let offset = 0n;
  const clock = { epochNanoseconds: () => systemClock.epochNanoseconds() + offset };
  await using first = await startTestInstance({ clock });
  const [before] = await first.recordsOf(() => first.admin.ask('{ roles { id } }'));
  offset = -3_600_000_000_000n;
  const records = await first.recordsOf(async () => {
    await first.admin.ask('{ roles { id } }');
    await first.instance.systemErrors.settled();
  });
  const [read, report] = records.toSorted((a, b) => a.actionName.localeCompare(b.actionName));
  assert.equal(records.length, 2);
  assert(before !== undefined && read !== undefined && read.timestamp < before.timestamp);
  assert.equal(report?.actionName, 'REPORT_SYSTEM_ERROR');
  const { kind, isOver, message } = staticInput(report) as { kind: string; isOver: boolean; message: string };
  assert.deepEqual([kind, isOver], ['clock', true]);
  assert.match(message, /^The clock went back by 3600\.\d s: from 2\S+ to 2\S+\. Records have/);
  await first.stop();

  offset = -7_200_000_000_000n;
  await using second = await startTestInstance({ dataDirectory: first.dataDirectory, clock });
  const messages = (await systemErrors(second))
    .filter(({ kind }) => kind === 'clock')
    .map((error) => error.message);
  assert.equal(messages.length, 2);
  assert.equal(
    messages.filter((text) => /went back by 3(59\d|600)\.\d s/.test(text)).length,
    2,
    messages.join(),
  );
});

test('storage that fails is a system error until it works again; actions go on, and nothing is lost', async () => {
  await using instance = await startTestInstance();
  const folder = join(instance.dataDirectory, 'ledger');
  await instance.instance.settled();
  await rename(folder, `${folder}.away`);
  await writeFile(folder, '');
  await instance.admin.ask(addRole);
  await eventually(async () => openKinds(await systemErrors(instance)).includes('ledger_storage'));
  assert.deepEqual(await readiness(instance), { code: 200, status: 'degraded', ledger: 'waits' });

  await rm(folder);
  await rename(`${folder}.away`, folder);
  await instance.instance.settled();
  await eventually(async () => openKinds(await systemErrors(instance)).length === 0);
  assert.deepEqual(await readiness(instance), { code: 200, status: 'ok', ledger: 'works' });
  const names = (await instance.records()).map(({ actionName }) => actionName);
  for (const name of ['CREATE_USER_ROLE', 'REPORT_SYSTEM_ERROR', 'RESOLVE_SYSTEM_ERROR']) {
    assert.equal(names.filter((found) => found === name).length, 1, name);
  }
});

test('a ledger that another process wrote to stops for good: loudly, and actions go on', async () => {
  await using instance = await startTestInstance();
  await instance.instance.settled();
  const { size } = instance.instance.ledger;
  const database = new DatabaseSync(join(instance.dataDirectory, 'pawprint.db'));
  const { checkpoint } = database.prepare('select checkpoint from ledger_state').get() ?? {};
  database.exec('update ledger_state set size = size - 1');
  await instance.admin.ask(addRole);
  await eventually(async () => openKinds(await systemErrors(instance)).includes('ledger_stopped'));
  assert.deepEqual(await readiness(instance), { code: 200, status: 'degraded', ledger: 'stopped' });
  const session = await sessionOf(instance.admin);
  assert.deepEqual(
    session.systemErrors?.map(({ kind }) => kind),
    ['ledger_stopped'],
  );
  const without = await instance.userWith([]);
  assert.equal((await sessionOf(without)).systemErrors, undefined);
  await instance.stop();

  // Once the database is right again, all that was done meanwhile enters the ledger.
  database.prepare('update ledger_state set size = ?, checkpoint = ?').run(size, String(checkpoint));
  database.close();
  await using mended = await startTestInstance({ dataDirectory: instance.dataDirectory });
  await mended.instance.settled();
  await eventually(async () => openKinds(await systemErrors(mended)).length === 0);
  const names = (await mended.records(size)).map(({ actionName }) => actionName);
  assert.deepEqual(names.slice(0, 1), ['CREATE_USER_ROLE']);
  assert.deepEqual(
    names.filter((name) => /SYSTEM_ERROR$/.test(name) && !name.startsWith('LIST')),
    ['REPORT_SYSTEM_ERROR', 'RESOLVE_SYSTEM_ERROR'],
  );
});

test('a database or a store that went back in time stops the start with a system error, once', async () => {
  await using instance = await startTestInstance();
  await instance.instance.settled();
  const { dataDirectory } = instance;
  await instance.stop();
  await using older = {
    path: await mkdtemp(join(tmpdir(), 'pawprint-older-')),
    [Symbol.asyncDispose]: remove,
  };
  function remove(this: { readonly path: string }) {
    return rm(this.path, { recursive: true });
  }
  const old = (name: string) => join(older.path, name);
  const current = (name: string) => join(dataDirectory, name);
  await cp(current('ledger'), old('ledger'), { recursive: true });
  await using grown = await startTestInstance({ dataDirectory });
  await grown.admin.ask(addRole);
  await grown.instance.settled();
  await grown.stop();

  await rename(current('ledger'), old('newest'));
  await cp(old('ledger'), current('ledger'), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await assert.rejects(startTestInstance({ dataDirectory }), {
      name: 'LedgerError',
      message: /^The ledger has stopped: .*bring back the newest one.*so that no second history begins/,
    });
  }
  await rm(current('ledger'), { recursive: true });
  await rename(old('newest'), current('ledger'));
  await using mended = await startTestInstance({ dataDirectory });
  await mended.instance.settled();
  const records = await mended.records(grown.instance.ledger.size);
  assert.deepEqual(
    records.slice(0, 2).map(({ actionName }) => actionName),
    ['REPORT_SYSTEM_ERROR', 'START_INSTANCE'],
  );
  assert.equal((staticInput(records[0]) as { kind: string }).kind, 'ledger_stopped');
  // The start that was refused is no run of its own.
  assert.equal(JSON.stringify(records[1]?.actionDetails).includes('"stoppedInOrder":true'), true);
  assert.deepEqual(openKinds(await systemErrors(mended)), []);
});

test('a gap in what waits for the ledger stops it: nothing is signed over it', async () => {
  await using first = await startTestInstance();
  await first.instance.settled();
  const { size } = first.instance.ledger;
  await first.stop();
  const database = new DatabaseSync(join(first.dataDirectory, 'pawprint.db'));
  database.exec(`insert into outbox (entry, ledger_index) values ('{}', ${size + 5})`);
  database.close();
  await using second = await startTestInstance({ dataDirectory: first.dataDirectory });
  await eventually(async () => openKinds(await systemErrors(second)).includes('ledger_stopped'));
  const [{ message } = { message: '' }] = await systemErrors(second);
  assert.match(message, new RegExp(`the journal gave entry ${size + 5} where ${size + 1} is due`));
  assert.equal(second.instance.ledger.size, size + 1);
});

test('a follower that does not get on is a system error until it does', async () => {
  await using instance = await startTestInstance();
  await instance.instance.settled();
  const database = new DatabaseSync(join(instance.dataDirectory, 'pawprint.db'), { timeout: 5_000 });
  database.exec('alter table history rename to history_away');
  await instance.admin.ask(addRole);
  await eventually(async () => openKinds(await systemErrors(instance)).includes('follower'));
  const [{ subject, message } = { subject: '', message: '' }] = await systemErrors(instance);
  assert.deepEqual(
    [subject, message],
    [
      'history',
      'The history does not take what is new in the ledger: it failed in the instance, whose own output says more. It tries again',
    ],
  );
  database.exec('alter table history_away rename to history');
  database.close();
  await eventually(async () => openKinds(await systemErrors(instance)).length === 0);
});

test('a disk that fills up is a system error', async () => {
  const gibibyte = 2 ** 30;
  await using instance = await startTestInstance({
    askDiskSpace: async () => ({ freeBytes: 1.5 * gibibyte, totalBytes: 10 * gibibyte }),
  });
  const found = await systemErrors(instance);
  assert.deepEqual(
    found.map(({ kind, message, resolvedAt }) => [kind, message, resolvedAt]),
    [
      [
        'disk_space',
        'The disk of the data directory fills up: 1.5 GiB of 10.0 GiB are free, less than 2.0 GiB',
        null,
      ],
    ],
  );
});

test('files of the lake that were lost are a system error that is over', async () => {
  await using first = await startTestInstance();
  await first.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await first.instance.settled();
  await first.stop();
  await rm(join(first.dataDirectory, 'lake'), { recursive: true });
  await using second = await startTestInstance({ dataDirectory: first.dataDirectory });
  const found = await systemErrors(second);
  assert.deepEqual(
    found.map(({ kind, resolvedAt }) => [kind, resolvedAt !== null]),
    [['lake_files', true]],
  );
});
