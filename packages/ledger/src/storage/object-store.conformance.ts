import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ObjectStore } from './object-store.ts';

/** One store under test: each opening sees what the ones before it wrote. */
export interface StoreUnderTest {
  open(): Promise<ObjectStore>;
  remove(): Promise<void>;
}

/** What each kind of object store promises. */
export function testObjectStore(kind: string, create: () => Promise<StoreUnderTest>): void {
  suite(kind, () => {
    let place: StoreUnderTest;
    let store: ObjectStore;
    before(async () => {
      place = await create();
      store = await place.open();
    });
    after(() => place.remove());

    const read = async (key: string) => {
      const bytes = await store.read(key);
      return bytes && Buffer.from(bytes).toString();
    };
    const list = (prefix: string) => Array.fromAsync(store.list(prefix));

    test('gives back what was written, also after another opening', async () => {
      const large = Buffer.alloc(3_000_000, 'large');
      await store.write('bytes/empty', new Uint8Array());
      await store.write('bytes/large', large);
      for (const opened of [store, await place.open()]) {
        assert.equal((await opened.read('bytes/empty'))?.length, 0);
        assert.deepEqual(Buffer.from((await opened.read('bytes/large')) ?? []), large);
      }
    });

    test('has nothing at a key that was not written, nor at the parts of one that was', async () => {
      await store.write('parts/a/b', Buffer.from('b'));
      for (const key of ['none', 'parts', 'parts/a', 'parts/a/b/c', 'parts/a/c']) {
        assert.equal(await read(key), undefined, key);
      }
    });

    test('replaces an object', async () => {
      await store.write('replaced', Buffer.from('a longer first text'));
      await store.write('replaced', Buffer.from('second'));
      assert.equal(await read('replaced'), 'second');
    });

    test('keeps one whole object of those written at once, and a reader sees none that is torn', async () => {
      const texts = Array.from({ length: 8 }, (_, n) => `${n}`.repeat(100_000));
      await store.write('contested', Buffer.from(texts[0] ?? ''));
      const writes = Promise.all(texts.map((text) => store.write('contested', Buffer.from(text))));
      for (let reads = 0; reads < 20; reads += 1) assert.ok(texts.includes((await read('contested')) ?? ''));
      await writes;
      assert.ok(texts.includes((await read('contested')) ?? ''));
    });

    test('takes many objects at once in folders that are new', async () => {
      const keys = Array.from({ length: 60 }, (_, n) => `many/x${n % 3}/x${n % 7}/${n}`);
      await Promise.all(keys.map((key) => store.write(key, Buffer.from(key))));
      for (const key of keys) assert.equal(await read(key), key);
      assert.deepEqual(await list('many/'), keys.toSorted());
    });

    test('deletes an object and not its neighbours; deleting nothing is no error', async () => {
      await store.write('deleted/one', Buffer.from('1'));
      await store.write('deleted/two', Buffer.from('2'));
      await store.delete('deleted/one');
      await store.delete('deleted/one');
      await store.delete('never/there');
      assert.deepEqual(await list('deleted/'), ['deleted/two']);
      assert.equal(await read('deleted/one'), undefined);
    });

    test('deletes all objects below a prefix and not their neighbours; deleting none is no error', async () => {
      const keys = ['all/000', 'all/000.p/1', 'all/000.p/25', 'all/000.p/255', 'all/0001', 'all/001'];
      for (const key of keys) await store.write(key, Buffer.from('.'));
      await store.deleteAll('all/000.p/');
      await store.deleteAll('all/000.p/');
      assert.deepEqual(await list('all/'), ['all/000', 'all/0001', 'all/001']);
      await store.deleteAll('all/000');
      assert.deepEqual(await list('all/'), ['all/001']);
    });

    test('takes an object again where all were deleted, also while that happens', async () => {
      for (let round = 0; round < 20; round += 1) {
        await store.write('again/and/again/old', Buffer.from('old'));
        await Promise.all([
          store.delete('again/and/again/old'),
          store.write('again/and/again/new', Buffer.from('new')),
        ]);
        assert.equal(await read('again/and/again/new'), 'new');
        await store.delete('again/and/again/new');
        assert.deepEqual(await list('again/'), []);
      }
    });

    test('lists in the order of keys those that begin with a prefix', async () => {
      const keys = ['l/0/000', 'l/0/000.p/12', 'l/0/000.p/3', 'l/0/x001/000', 'l/00', 'l/entries/000', 'l1'];
      for (const key of keys.toReversed()) await store.write(key, Buffer.from('.'));
      assert.deepEqual(await list('l'), keys.toSorted());
      assert.deepEqual(await list('l/0/'), ['l/0/000', 'l/0/000.p/12', 'l/0/000.p/3', 'l/0/x001/000']);
      assert.deepEqual(await list('l/0/000.p/'), ['l/0/000.p/12', 'l/0/000.p/3']);
      assert.deepEqual(await list('l/0/000'), ['l/0/000', 'l/0/000.p/12', 'l/0/000.p/3']);
      assert.deepEqual(await list('nothing/here/'), []);
      assert.deepEqual(await list('l/0/000/'), []);
      assert.ok((await list('')).length > keys.length);
    });

    test('reads and lists locked objects like any other', async () => {
      const soon = new Date(Date.now() + 30_000);
      await store.write('locked/written', Buffer.from('w'), { retainUntil: soon });
      await store.write('locked/later', Buffer.from('l'));
      await store.retain('locked/later', soon);
      await store.hold('locked/later', true);
      assert.equal(await read('locked/written'), 'w');
      assert.equal(await read('locked/later'), 'l');
      assert.deepEqual(await list('locked/'), ['locked/later', 'locked/written']);
      await store.hold('locked/later', false);
    });

    for (const key of [
      '',
      '/',
      '/absolute',
      'ends/',
      'two//slashes',
      '..',
      '../up',
      'a/../../up',
      'a/./b',
      '.hidden',
      'a/.tmp/b',
      'back\\slash',
      'nul\0',
      'line\n',
      'percent%2e',
      'sp ace',
      'ünï',
      'x'.repeat(513),
    ]) {
      test(`refuses the key ${JSON.stringify(key.slice(0, 20))}`, async () => {
        const refused = { name: 'LedgerError', code: 'invalid_key' };
        await assert.rejects(store.read(key), refused);
        await assert.rejects(store.write(key, Buffer.from('.')), refused);
        await assert.rejects(store.retain(key, new Date()), refused);
        await assert.rejects(store.hold(key, true), refused);
        await assert.rejects(store.delete(key), refused);
      });
    }

    test('refuses to list or delete outside itself', async () => {
      for (const prefix of ['/', '../', 'a/../', './', '.']) {
        const refused = { name: 'LedgerError', code: 'invalid_key' };
        await assert.rejects(list(prefix), refused, prefix);
        await assert.rejects(store.deleteAll(prefix), refused, prefix);
      }
    });
  });
}
