import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zipArchive, zipOf } from '../../tests/zip-archive.ts';
import { archiveLimits, readArchive } from './archive.ts';

test('an archive is read as its text files, without leaving it', async () => {
  const files = await readArchive(
    zipOf({
      'rules/a.yml': 'ä: 1',
      '../shared/z.py': 'z',
      '/etc/passwd': 'p',
      'x\\y.yml': 'y',
      './b/../c.yml': 'c',
    }),
  );
  assert.deepEqual(files, [
    { path: 'rules/a.yml', text: 'ä: 1' },
    { path: 'shared/z.py', text: 'z' },
    { path: 'etc/passwd', text: 'p' },
    { path: 'x/y.yml', text: 'y' },
    { path: 'c.yml', text: 'c' },
  ]);
});

test('a folder is no file, and an archive may be empty', async () => {
  assert.deepEqual(await readArchive(zipOf({ 'rules/': '' })), []);
  assert.deepEqual(await readArchive(zipOf({})), []);
});

const bomb = Buffer.alloc(archiveLimits.fileBytes + 1);
const full = Buffer.alloc(archiveLimits.fileBytes, 'a');
const cases: readonly (readonly [name: string, archive: Buffer, message: RegExp])[] = [
  ['no archive', Buffer.from('PK'), /no zip archive/],
  ['a cut archive', zipOf({ 'a.yml': 'a'.repeat(1000) }).subarray(20), /no zip archive/],
  [
    'a file too large',
    zipArchive([{ name: 'big.yml', content: bomb }]),
    /^big.yml is larger than 2097152 bytes$/,
  ],
  [
    'a file that says it is small',
    zipArchive([{ name: 'big.yml', content: bomb, claimedBytes: 10 }]),
    /no zip archive that can be read: too many bytes/,
  ],
  [
    'too much altogether',
    zipArchive(Array.from({ length: 33 }, (_, at) => ({ name: `${at}.yml`, content: full }))),
    /^The archive holds more than 67108864 bytes$/,
  ],
  [
    'too many files',
    zipArchive(
      Array.from({ length: archiveLimits.files + 1 }, (_, at) => ({ name: `${at}.yml`, content: '' })),
    ),
    /^The archive holds more than 10000 files$/,
  ],
  [
    'a file twice',
    zipArchive([1, 2].map(() => ({ name: 'a.yml', content: 'a' }))),
    /^The archive holds a.yml twice$/,
  ],
  ['a name that is none', zipOf({ '..': 'a' }), /without a usable name/],
  ['a control character in a name', zipOf({ 'a\nb.yml': 'a' }), /without a usable name/],
  [
    'bytes that are no text',
    zipArchive([{ name: 'a.yml', content: Buffer.from([0xff]) }]),
    /^a.yml is not UTF-8 text$/,
  ],
  ['a NUL', zipOf({ 'a.yml': 'a\0' }), /^a.yml holds a NUL character$/],
];

for (const [name, archive, message] of cases) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(readArchive(archive), (error: Error) => {
      assert.equal(error.name, 'ArchiveError');
      assert.match(error.message, message);
      return true;
    });
  });
}
