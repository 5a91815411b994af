import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ObjectStore } from '@pawprint/ledger';
import { startTestInstance, type TestInstance, type TestInstanceOptions } from '@pawprint/testing';
import { expectedRecord, system, timeless } from './expected-record.ts';
import { ask } from './lake-query.ts';

/** Where the objects of an instance are, of whatever kind. */
export interface LedgerPlace {
  /** What an instance is told to use the place, besides its data directory. */
  readonly options: TestInstanceOptions;
  /** Brings the objects of an earlier instance to where one with another data directory looks for them. */
  bring(from: string, to: string): Promise<void>;
  open(dataDirectory: string): Promise<ObjectStore>;
  /** How a message names it. */
  name(dataDirectory: string): string;
}

/** An instance that is gone but for its ledger and its keys, and what it told of itself. */
interface Past {
  readonly dataDirectory: string;
  /** What its last checkpoint says. */
  readonly head: { readonly origin: string; readonly size: number; readonly rootHash: string };
  readonly history: readonly unknown[];
  readonly rows: readonly unknown[];
}

/** What restoring promises, wherever the ledger is. */
export function testRestore(kind: string, createPlace: () => LedgerPlace): void {
  suite(`restoring from ${kind}`, () => {
    const place = createPlace();
    const folders: string[] = [];
    let past: Past;
    before(async () => {
      past = await live(place);
      folders.push(past.dataDirectory);
    });
    after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

    /** A data directory with nothing of the past but what is named. */
    async function newDirectory({ keys = true, objects = true } = {}): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'pawprint-restore-'));
      folders.push(folder);
      if (keys) await cp(join(past.dataDirectory, 'keys'), join(folder, 'keys'), { recursive: true });
      if (objects) await place.bring(past.dataDirectory, folder);
      return folder;
    }

    const start = (dataDirectory: string, options: TestInstanceOptions = {}) =>
      startTestInstance({ ...place.options, dataDirectory, restore: true, ...options });

    async function refuses(starting: Promise<TestInstance>, message: string | RegExp): Promise<void> {
      await assert.rejects(
        starting.then((instance) => instance.stop()),
        { name: 'RestoreRefused', message },
      );
    }

    test('is refused unless it is asked for, and says how; nothing is made', async () => {
      const folder = await newDirectory({ keys: false });
      const keyFile = join(folder, 'keys', 'ledger.pem');
      await refuses(
        start(folder, { restore: false }),
        `The database is empty, but there is a ledger in ${place.name(folder)}. To go on with that ledger, put its signing ` +
          `key back at ${keyFile} and start with PAWPRINT_RESTORE=true; for a new one, choose an empty place`,
      );
      await assert.rejects(readdir(join(folder, 'keys')), { code: 'ENOENT' });
    });

    test('is refused without the signing key, and with another one', async () => {
      await refuses(
        start(await newDirectory({ keys: false })),
        /only go on with its signing key, and there is none at/,
      );
      const folder = await newDirectory({ keys: false });
      await using other = await startTestInstance();
      await cp(join(other.dataDirectory, 'keys'), join(folder, 'keys'), { recursive: true });
      await refuses(start(folder), /^The ledger in .* does not verify: .*is not signed by pawprint\//);
    });

    test('is refused where there is no ledger, and by a database that is in use', async () => {
      await using used = await startTestInstance();
      await used.stop();
      const message = /^PAWPRINT_RESTORE is for an empty database, and this one is in use/;
      await refuses(startTestInstance({ dataDirectory: used.dataDirectory, restore: true }), message);
      const empty = await newDirectory({ objects: false });
      const noBucket = { ...place.options, ledgerBucket: undefined };
      await refuses(
        startTestInstance({ ...noBucket, dataDirectory: empty, restore: true }),
        /^There is no ledger in .*ledger that could be restored$/,
      );
    });

    test('rebuilds history and lake, goes on with the same log, and is on record', async () => {
      const folder = await newDirectory();
      const instance = await start(folder);
      const records = await instance.records(past.head.size);
      const taken = records.slice(0, 3).map(timeless);
      const [, created] = taken;
      assert.deepEqual(
        taken[0],
        expectedRecord({
          action: 'RESTORE_LEDGER',
          description: 'The instance takes over the ledger of an earlier one',
          actor: system,
          origin: {},
          details: past.head,
        }),
      );
      assert.deepEqual(
        [created?.actionName, created?.actor, taken[2]?.actionName],
        ['CREATE_LOG_SOURCE', system, 'START_INSTANCE'],
      );
      assert.deepEqual((await history(instance)).slice(0, past.history.length), past.history);
      assert.deepEqual(await lakeRows(instance, past.rows.length), past.rows);
      await instance.stop();

      await using again = await start(folder, { restore: false });
      assert.deepEqual((await history(again)).slice(0, past.history.length), past.history);
    });

    test('takes nothing over that does not verify, and names it', async () => {
      const folder = await newDirectory();
      const objects = await place.open(folder);
      const bundle = Buffer.from((await objects.read('tile/entries/000')) ?? []);
      bundle.writeUInt8(bundle.readUInt8(90) ^ 1, 90);
      // Over a locked object only a locked one is written without deleting what it hides.
      await objects.write('tile/entries/000', bundle, { retainUntil: new Date(Date.now() + 60_000) });
      await refuses(start(folder), /^The ledger in .* does not verify: entry 0 /);
    });
  });
}

/** An instance that fills a bundle, answers, and stops. */
async function live(place: LedgerPlace): Promise<Past> {
  const instance = await startTestInstance(place.options);
  await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  const { email } = await instance.userWith(['UserRead']);
  await instance.admin.graphql('{ user(id: "nobody") { id } }');
  await instance.admin.fetch('/internal/session', { headers: { 'user-agent': email } });
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 30 }, () => instance.admin.ask('{ roles { id } }')));
  }
  const told = { history: await history(instance), rows: await lakeRows(instance) };
  assert.ok(
    told.history.length > 300 && told.rows.length > 300,
    `${told.history.length} ${told.rows.length}`,
  );
  await instance.stop();
  const { dataDirectory } = instance;
  const note = await (await place.open(dataDirectory)).read('checkpoint');
  const [origin = '', size, rootHash = ''] = String(note).split('\n');
  return { dataDirectory, head: { origin, size: Number(size), rootHash }, ...told };
}

/** All of the audit log page, from the oldest. */
async function history({ admin, instance }: TestInstance): Promise<readonly unknown[]> {
  await instance.settled();
  const { auditLogs } = await admin.ask<{ auditLogs: { edges: readonly { node: unknown }[] } }>(
    '{ auditLogs(input: { pageSize: 1000 }) { edges { node { index id record } } } }',
  );
  return auditLogs.edges.map(({ node }) => node).toReversed();
}

async function lakeRows({ admin, instance }: TestInstance, count = 1_000): Promise<readonly unknown[]> {
  await instance.settled();
  return ask(
    admin,
    `SELECT actionName, actor.name, actionResult, p_event_time, p_row_id FROM panther_logs.public.panther_audit
     ORDER BY p_event_time, p_row_id LIMIT ${count}`,
  );
}
