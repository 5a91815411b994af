import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store, Transactor } from './store.ts';

/** What every store must do. `open` gives a store on an empty database; `reopen` opens the same one again. */
export function storeConformance(
  name: string,
  open: () => Promise<{ store: Store; reopen(): Promise<Store> }>,
): void {
  describe(`store: ${name}`, () => {
    test('a transaction and its record are there together', async () => {
      const { store } = await open();
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'a', '1');
        await capture.record('{"n":1}');
      });
      assert.deepEqual(await settings(store), [['a', '1']]);
      assert.deepEqual(await outbox(store), ['{"n":1}']);
      await store.close();
    });

    test('what a failed transaction wrote is gone, its record too, and its neighbours are not touched', async () => {
      const { store } = await open();
      const results = await Promise.allSettled(
        [1, 2, 3].map((n) =>
          store.transact(async (transactor, capture) => {
            await setSetting(transactor, `key ${n}`, String(n));
            await capture.record(`{"n":${n}}`);
            if (n === 2) throw new RangeError('two');
          }),
        ),
      );
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual((await settings(store)).map(([key]) => key).sort(), ['key 1', 'key 3']);
      assert.deepEqual((await outbox(store)).sort(), ['{"n":1}', '{"n":3}']);
      await store.close();
    });

    test('a key is kept with the entry that is the first to use it, or not at all, and only once', async () => {
      const { store } = await open();
      const key = (subject: string) => ({
        ...{ id: `id of ${subject}`, subject, wrapped: 'x', created_at: '2026-01-01T00:00:00.000Z' },
        archived_at: null,
      });
      const use = (subject: string, failure?: Error) =>
        store.transact(async (_, capture) => {
          const known = await capture.subjectKey(subject);
          await capture.record(JSON.stringify(known ?? 'new'), known === undefined ? [key(subject)] : []);
          if (failure) throw failure;
        });
      await assert.rejects(use('USER:a', new RangeError('undone')), RangeError);
      await Promise.all(['USER:a', 'USER:a', 'USER:b'].map((subject) => use(subject)));
      assert.deepEqual(
        (await outbox(store)).toSorted(),
        ['"new"', '"new"', JSON.stringify(key('USER:a'))].toSorted(),
      );
      await store.transact(async (transactor, capture) => {
        await transactor.deleteFrom('subject_keys').execute();
        const erasure = { key_id: 'k', requested_at: '2026-01-01T00:00:00.000Z', requested_by: null };
        for (const subject of ['USER:a', 'ANONYMOUS'])
          await transactor
            .insertInto('erasures')
            .values({ id: subject, subject, ...erasure })
            .execute();
        const seen = await Promise.all(['USER:a', 'USER:b', 'ANONYMOUS'].map(capture.subjectKey));
        assert.deepEqual(seen, ['erased', undefined, undefined]);
        await capture.record('{}');
      });
      await store.eraseDeleted();
      await store.close();
    });

    test('a transaction without a record does not commit', async () => {
      const { store } = await open();
      await assert.rejects(
        store.transact((transactor) => setSetting(transactor, 'a', '1')),
        /ends with its record/,
      );
      assert.deepEqual(await settings(store), []);
      await store.close();
    });

    test('a transaction records once', async () => {
      const { store } = await open();
      const twice = store.transact(async (_, capture) => {
        await capture.record('{}');
        await capture.record('{}');
      });
      await assert.rejects(twice, /recorded once/);
      assert.deepEqual(await outbox(store), []);
      await store.close();
    });

    test('a documented exception commits without a record', async () => {
      const { store } = await open();
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'a', '1');
        capture.leaveUnrecorded('the specification says so');
      });
      assert.deepEqual(await settings(store), [['a', '1']]);
      assert.deepEqual(await outbox(store), []);
      await store.close();
    });

    test('a transactor is of no use after its transaction', async () => {
      const { store } = await open();
      let kept: Transactor | undefined;
      await store.transact(async (transactor, capture) => {
        kept = transactor;
        await capture.record('{}');
      });
      assert(kept);
      await assert.rejects(setSetting(kept, 'late', '1'), /only inside its transaction/);
      assert.deepEqual(await settings(store), []);
      await store.close();
    });

    test('transactions behave as if each ran alone', async () => {
      const { store } = await open();
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'count', '0');
        await capture.record('{}');
      });
      const increments = Array.from({ length: 25 }, () =>
        store.transact(async (transactor, capture) => {
          const row = await transactor
            .selectFrom('settings')
            .select('value')
            .where('name', '=', 'count')
            .executeTakeFirstOrThrow();
          await transactor
            .updateTable('settings')
            .set({ value: String(Number(row.value) + 1) })
            .where('name', '=', 'count')
            .execute();
          await capture.record('{}');
        }),
      );
      const settled = await Promise.allSettled(increments);
      const done = settled.filter(({ status }) => status === 'fulfilled').length;
      assert.deepEqual(await settings(store), [['count', String(done)]]);
      assert.equal((await outbox(store)).length, done + 1);
      await store.close();
    });

    test('the reader sees nothing that is not committed', async () => {
      const { store } = await open();
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'a', '1');
        assert.deepEqual(await settings(store), []);
        await capture.record('{}');
      });
      assert.deepEqual(await settings(store), [['a', '1']]);
      await store.close();
    });

    test('text of every kind comes back as it was', async () => {
      const { store } = await open();
      const text = 'quote \' " \\ tab \t newline \n 🐾 \u202e é';
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'text', text);
        await capture.record(JSON.stringify({ text: `${text}\u0000` }));
      });
      assert.deepEqual(await settings(store), [['text', text]]);
      assert.deepEqual(JSON.parse((await outbox(store))[0] ?? ''), { text: `${text}\u0000` });
      await store.close();
    });

    test('what was committed is there after closing and opening again, and a closed store refuses', async () => {
      const { store, reopen } = await open();
      await store.transact(async (transactor, capture) => {
        await setSetting(transactor, 'a', '1');
        await capture.record('{}');
      });
      await store.close();
      await assert.rejects(
        store.transact(async () => {}),
        { code: 'closed' },
      );
      const again = await reopen();
      assert.deepEqual(await settings(again), [['a', '1']]);
      await again.close();
    });

    test('deleting a user ends their sessions and links', async () => {
      const { store } = await open();
      const at = '2026-01-01T00:00:00.000Z';
      await store.transact(async (transactor, capture) => {
        await transactor
          .insertInto('roles')
          .values({
            id: 'r',
            name: 'R',
            name_key: 'r',
            permissions: '[]',
            log_type_access_kind: 'ALLOW_ALL',
            log_type_access: '[]',
            query_limits: '{}',
            created_at: at,
            updated_at: at,
            updated_by: null,
          })
          .execute();
        await transactor
          .insertInto('users')
          .values({
            id: 'u',
            email: 'a@b.example',
            email_key: 'a@b.example',
            given_name: null,
            family_name: null,
            role_id: 'r',
            password_hash: null,
            created_at: at,
            last_logged_in_at: null,
          })
          .execute();
        await transactor
          .insertInto('sessions')
          .values({ secret_sha256: 's', user_id: 'u', created_at: at, expires_at: at })
          .execute();
        await transactor
          .insertInto('one_time_links')
          .values({ secret_sha256: 'l', kind: 'invitation', user_id: 'u', created_at: at, expires_at: at })
          .execute();
        await transactor.deleteFrom('users').where('id', '=', 'u').execute();
        await capture.record('{}');
      });
      assert.deepEqual(await store.reader.selectFrom('sessions').selectAll().execute(), []);
      assert.deepEqual(await store.reader.selectFrom('one_time_links').selectAll().execute(), []);
      await store.close();
    });
  });
}

async function setSetting(transactor: Transactor, name: string, value: string): Promise<void> {
  await transactor.insertInto('settings').values({ name, value }).execute();
}

async function settings(store: Store): Promise<[string, string][]> {
  const rows = await store.reader.selectFrom('settings').selectAll().orderBy('name').execute();
  return rows.map(({ name, value }) => [name, value]);
}

async function outbox(store: Store): Promise<string[]> {
  const rows = await store.reader.selectFrom('outbox').select('entry').orderBy('id').execute();
  return rows.map(({ entry }) => entry);
}
