import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { openDirectoryStore } from './directory-store.ts';
import { testObjectStore } from './object-store.conformance.ts';

testObjectStore('directory store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  return { open: () => openDirectoryStore(folder), remove: () => rm(folder, { recursive: true }) };
});

suite('a directory', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('holds each object as the file of its key', async () => {
    const store = await openDirectoryStore(join(folder, 'made', 'here'));
    await store.write('tile/entries/x001/000.p/7', Buffer.from('bytes'));
    assert.deepEqual(await readdir(join(folder, 'made/here/tile/entries/x001/000.p')), ['7']);
  });

  test('loses what a crash left half written when it is opened, which is never seen', async () => {
    const store = await openDirectoryStore(folder);
    await writeFile(join(folder, '.tmp', 'torn'), 'half');
    assert.deepEqual(await Array.fromAsync(store.list('')), []);
    await openDirectoryStore(folder);
    assert.deepEqual(await readdir(join(folder, '.tmp')), []);
  });

  test('keeps no empty folder after a deletion', async () => {
    const store = await openDirectoryStore(folder);
    await store.write('a/b.p/1', Buffer.from('.'));
    await store.write('a/b.p/2', Buffer.from('.'));
    await store.delete('a/b.p/1');
    await store.delete('a/b.p/2');
    assert.deepEqual(await readdir(join(folder, 'a')), []);
  });

  test('says what failed, for which object, and keeps the cause; nothing is left of the write', async () => {
    const store = await openDirectoryStore(folder);
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(store.write('file/below', Buffer.from('.')), (error: Error) => {
      assert.equal(error.name, 'LedgerError');
      assert.match(error.message, /could not write file\/below: (ENOTDIR|EEXIST)$/);
      assert.match((error.cause as NodeJS.ErrnoException).code ?? '', /ENOTDIR|EEXIST/);
      return true;
    });
    assert.deepEqual(await readdir(join(folder, '.tmp')), []);
    await mkdir(join(folder, 'folder'));
    await assert.rejects(store.write('folder', Buffer.from('.')), { code: 'storage' });
    await rm(join(folder, 'file'));
    await store.write('file/below', Buffer.from('.'));
  });

  test('can not be opened where there is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(openDirectoryStore(join(folder, 'file')), { name: 'LedgerError', code: 'storage' });
  });
});
