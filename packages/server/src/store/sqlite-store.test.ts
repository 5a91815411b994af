import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sql } from 'kysely';
import { openSqliteStore } from './sqlite-store.ts';
import { storeConformance } from './store.conformance.ts';
import type { Store } from './store.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-store-'));
after(() => rm(folder, { recursive: true, force: true }));
let databases = 0;

async function open() {
  databases += 1;
  const file = join(folder, `${databases}.db`);
  return { file, store: await openSqliteStore(file), reopen: () => openSqliteStore(file) };
}

storeConformance('SQLite', open);

test('a group in which the disk fills up is refused as a whole, and the store goes on when there is room', async () => {
  const { store } = await open();
  await limitPages(store, 1);
  const large = 'x'.repeat(500_000);
  const results = await Promise.allSettled(
    [1, 2, 3].map((n) => store.transact((_, capture) => capture.record(JSON.stringify({ n, large })))),
  );
  for (const result of results) {
    assert.equal(result.status, 'rejected');
    assert.equal(result.reason.code, 'full');
  }
  await limitPages(store, 4_294_967_294);
  await store.transact((_, capture) => capture.record('{"after":1}'));
  const rows = await store.reader.selectFrom('outbox').select('entry').execute();
  assert.deepEqual(
    rows.map(({ entry }) => entry),
    ['{"after":1}'],
  );
  await store.close();
});

test('the file shrinks by what deleted rows leave, while others write', async () => {
  const { store, file } = await open();
  const pages = async () => (await stat(file)).size;
  await store.transact((_, capture) => capture.record(JSON.stringify({ large: 'x'.repeat(8_000_000) })));
  await store.bookkeep((bookkeeper) => bookkeeper.deleteFrom('outbox').execute());
  const others = Array.from({ length: 20 }, (_, n) =>
    store.transact((_tx, capture) => capture.record(`{"n":${n}}`)),
  );
  await Promise.all([store.shrink(), ...others]);
  assert.ok((await pages()) < 1_000_000, `${await pages()} bytes`);
  assert.equal((await store.reader.selectFrom('outbox').select('id').execute()).length, 20);
  await store.shrink();
  await store.close();
  await assert.rejects(store.shrink());
});

/** SQLite's own limit on the size of the database fails exactly as a full disk does. */
async function limitPages(store: Store, pages: number): Promise<void> {
  await store.bookkeep((bookkeeper) =>
    sql`pragma max_page_count = ${sql.raw(String(pages))}`.execute(bookkeeper),
  );
}
