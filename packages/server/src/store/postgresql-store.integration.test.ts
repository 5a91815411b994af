import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
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
