import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { OutboxJournal } from './outbox-journal.ts';
import { openPostgresqlStore } from './postgresql-store.ts';
import { storeConformance } from './store.conformance.ts';

const server = process.env.TEST_DATABASE_URL;
assert(server, 'TEST_DATABASE_URL names a PostgreSQL server on which databases can be created');
let databases = 0;

/** A new, empty database on the test server. */
async function createDatabase(): Promise<string> {
  databases += 1;
  const name = `store_${process.pid}_${databases}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(server ?? '');
  url.pathname = `/${name}`;
  return url.href;
}

storeConformance('PostgreSQL', async () => {
  const url = await createDatabase();
  return { store: await openPostgresqlStore(url), reopen: () => openPostgresqlStore(url) };
});

test('a second instance is refused while the first one runs, and not afterwards', async () => {
  const url = await createDatabase();
  const first = await openPostgresqlStore(url);
  await assert.rejects(openPostgresqlStore(url), { code: 'in_use' });
  await first.close();
  const second = await openPostgresqlStore(url);
  await second.close();
});

test('a server that is not there is reported as unreachable', async () => {
  await assert.rejects(openPostgresqlStore('postgres://127.0.0.1:1/none'), { code: 'unreachable' });
});

test('a wrong password is reported without showing it', async () => {
  const url = new URL(await createDatabase());
  url.username = 'nobody_here';
  url.password = 'hunter2-secret';
  await assert.rejects(openPostgresqlStore(url.href), (error: Error) => {
    assert.doesNotMatch(`${error.message} ${error.stack}`, /hunter2/);
    return true;
  });
});

/**
 * A way to the server that breaks at the next commit: `before` it reaches the server, or `after`, so that the server
 * commits and nobody hears of it.
 */
async function brittleWay(url: string) {
  const { hostname, port } = new URL(url);
  let breaking: 'before' | 'after' | undefined;
  const sockets = new Set<Socket>();
  const way = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket)).on('error', () => {});
    }
    const breakUp = () => {
      client.destroy();
      server.destroy();
    };
    let deaf = false;
    client.on('data', (bytes) => {
      if (breaking !== undefined && bytes.includes('commit\0')) {
        const at = breaking;
        breaking = undefined;
        if (at === 'before') return breakUp();
        deaf = true;
      }
      server.write(bytes);
    });
    // The answer to the commit, which does not get through.
    server.on('data', (bytes) => (deaf ? breakUp() : client.write(bytes)));
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => way.once('listening', resolve));
  const through = new URL(url);
  through.port = String((way.address() as AddressInfo).port);
  return {
    url: through.href,
    breakAtCommit(at: 'before' | 'after') {
      breaking = at;
    },
    async breakAll() {
      for (const socket of sockets) socket.destroy();
      // Until the other sides have noticed.
      await delay(50);
    },
    close: () => way.close(),
  };
}

const setting = (name: string) => ({ name, value: '"x"' });

test('a connection that breaks while it commits: what was committed is acknowledged, what was not is refused', async () => {
  const way = await brittleWay(await createDatabase());
  const store = await openPostgresqlStore(way.url);
  const write = (name: string) =>
    store.transact(async (transactor, capture) => {
      await transactor.insertInto('settings').values(setting(name)).execute();
      await capture.record(`{"name":"${name}"}`);
      return name;
    });
  try {
    way.breakAtCommit('after');
    assert.equal(await write('committed'), 'committed');
    way.breakAtCommit('before');
    await assert.rejects(write('lost'), { name: 'StoreError', code: 'unreachable' });
    assert.equal(await write('later'), 'later');
    const settings = await store.reader.selectFrom('settings').select('name').orderBy('name').execute();
    assert.deepEqual(
      settings.map(({ name }) => name),
      ['committed', 'later'],
    );
    const entries = await store.reader.selectFrom('outbox').select('entry').orderBy('id').execute();
    assert.deepEqual(
      entries.map(({ entry }) => entry),
      ['{"name":"committed"}', '{"name":"later"}'],
    );
  } finally {
    await store.close();
    way.close();
  }
});

test('an instance that lost its lock writes again once it holds it, and never beside another', async () => {
  const url = await createDatabase();
  const way = await brittleWay(url);
  const first = await openPostgresqlStore(way.url);
  const journal = await OutboxJournal.open(first, 'test/ledger');
  const record = (entry: string) =>
    first.transact(async (_, capture) => {
      await capture.record(entry);
    });
  await record('{"n":1}');
  await way.breakAll();
  await record('{"n":2}');

  await way.breakAll();
  const second = await openPostgresqlStore(url);
  try {
    await assert.rejects(record('{"n":3}'), { name: 'StoreError', code: 'in_use' });
    const newer = await OutboxJournal.open(second, 'test/ledger');
    assert.equal(newer.origin, journal.origin);
    assert.deepEqual(
      (await newer.assign(10)).map(({ index }) => index),
      [0, 1],
    );
    await second.close();
    // The lock is free again, but the ledger belongs to the newer run.
    await record('{"n":4}');
    await assert.rejects(journal.assign(10), { name: 'LedgerError', code: 'conflict' });
    const published = { size: 2, checkpoint: 'a checkpoint' };
    await assert.rejects(journal.publish(published, 0), { name: 'LedgerError', code: 'conflict' });
    assert.equal(await journal.published(), undefined);
  } finally {
    await first.close();
    way.close();
  }
});
