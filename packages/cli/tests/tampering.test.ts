import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { encodeEntryBundle, entryBundlePath, tileLevels, tilePath, tileWidth } from '@pawprint/verifier';
import { createSampleLog, pawprint } from './sample-log.ts';

const sample = await createSampleLog();
after(() => sample[Symbol.asyncDispose]());
const { size, entries, vkey, older, last } = sample;

/** What is read of a log of this size. */
const objects = [
  'checkpoint',
  ...tileLevels(size).flatMap(({ level, fullTiles, partialWidth }) =>
    Array.from({ length: fullTiles + 1 }, (_, index) => {
      const width = index < fullTiles ? tileWidth : partialWidth;
      return level === 0
        ? [tilePath(0, index, width), entryBundlePath(index, width)]
        : [tilePath(level, index, width)];
    }).flat(),
  ),
];

/** Checks a copy of the log, after `tamper` had its way with it, against a checkpoint kept elsewhere. */
async function verified(tamper: (folder: string) => unknown, checkpoint = last) {
  const folder = await mkdtemp(join(sample.folder, 'tampered-'));
  await cp(sample.log, folder, { recursive: true });
  await tamper(folder);
  const kept = checkpoint === '' ? [] : ['--checkpoint', checkpoint];
  const answer = await pawprint('verify', 'log', folder, '--key', vkey, ...kept);
  await rm(folder, { recursive: true });
  return answer;
}

/** Puts other entries into the second bundle. */
function withBundle(change: (entries: Uint8Array[]) => Uint8Array[]) {
  const bundle = entries.slice(tileWidth, 2 * tileWidth);
  return (folder: string) => writeFile(join(folder, 'tile/entries/001'), encodeEntryBundle(change(bundle)));
}

function swapped(list: readonly Uint8Array[], one: number, other: number): Uint8Array[] {
  const [first = Buffer.of(), second = Buffer.of()] = [list[one], list[other]];
  return list.with(one, second).with(other, first);
}

const entry = (index: number) => Buffer.from(entries[index] ?? []);
const forgedEntry = (index: number) => Buffer.from(entry(index).toString().replace('SUCCEEDED', 'FAILED'));

suite('pawprint verify log', () => {
  test('is content with the log as it is, and goes on from each checkpoint', async () => {
    for (const checkpoint of [older, last]) {
      const { code, out, aside } = await verified(() => {}, checkpoint);
      assert.deepEqual([code, aside], [0, '']);
      assert.match(
        out,
        new RegExp(`^OK: ${size} entries of pawprint/\\S+, all as signed\nThey go on from the \\d+ `),
      );
    }
  });

  test('takes the last of the checkpoints that an instance appended to a file', async () => {
    const file = join(sample.folder, 'appended');
    const notes = await Promise.all([older, last].map((note) => readFile(note, 'utf8')));
    await writeFile(file, notes.map((note) => `${note}\n\n`).join(''));
    const { code, out } = await verified(() => {}, file);
    assert.equal(code, 0);
    assert.match(out, new RegExp(`They go on from the ${size} entries`));
  });

  for (const path of objects) {
    test(`notices one flipped bit in ${path}`, async () => {
      const { length } = await readFile(join(sample.log, path));
      for (const at of [0, Math.floor(length / 2), length - 2]) {
        const { code, aside } = await verified(async (folder) => {
          const bytes = await readFile(join(folder, path));
          bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
          await writeFile(join(folder, path), bytes);
        });
        assert.equal(code, 1, `byte ${at}`);
        assert.match(aside, /^FAILED: (changed|damaged|not signed|truncated): ./, `byte ${at}`);
        if (path !== 'checkpoint') assert.match(aside, /entry \d+ |tile\/\d+\/|tile\/entries\//);
      }
    });

    test(`notices that ${path} is gone`, async () => {
      const { code, aside } = await verified((folder) => rm(join(folder, path)));
      assert.equal(code, 1);
      // The first bundle might have been removed, had a record said so.
      const unrecorded =
        path === entryBundlePath(0) ? ', and no entry of the log says that it was removed' : '';
      assert.equal(aside.replace(': the ', ': '), `FAILED: missing: ${path} is missing${unrecorded}\n`);
    });
  }

  const checkpointParts: [what: string, part: RegExp, finding: string][] = [
    ['its origin', /^pawprint/, 'not signed: '],
    ['its size', /(?<=\n)\d(?=\d*\n)/, 'not signed: the signature by pawprint/'],
    ['its root hash', /(?<=\n\d+\n)./, 'not signed: the signature by pawprint/'],
    ['the dash before its signature', /\u2014(?= )/, 'damaged: '],
    ['the name of its key', /(?<=\u2014 )./, 'not signed: the note is not signed by pawprint/'],
    ['the id of its key', /(?<=\u2014 \S+ )./, 'not signed: the note is not signed by pawprint/'],
    ['its signature', /(?<=\u2014 \S+ .{12})./, 'not signed: the signature by pawprint/'],
  ];
  for (const [what, part, finding] of checkpointParts) {
    test(`notices a checkpoint with one character changed in ${what}`, async () => {
      const { code, aside } = await verified(async (folder) => {
        const path = join(folder, 'checkpoint');
        const note = await readFile(path, 'utf8');
        const changed = note.replace(part, (found) => (found.startsWith('A') ? 'B' : 'A') + found.slice(1));
        assert.notEqual(changed, note);
        await writeFile(path, changed);
      });
      assert.equal(code, 1);
      assert.ok(aside.startsWith(`FAILED: ${finding}`), aside);
    });
  }

  const table: [what: string, tamper: (folder: string) => unknown, finding: string][] = [
    [
      'an entry that was rewritten',
      withBundle((bundle) => bundle.with(44, forgedEntry(300))),
      'changed: entry 300 differs from its hash in tile/0/001',
    ],
    [
      'two entries that were swapped',
      withBundle((bundle) => swapped(bundle, 3, 200)),
      'reordered: entries 259 and 456 are swapped',
    ],
    [
      'an entry that was dropped',
      withBundle((bundle) => bundle.toSpliced(44, 1)),
      'missing: entry 300 is missing',
    ],
    [
      'entries that were dropped',
      withBundle((bundle) => bundle.toSpliced(44, 3)),
      'missing: entries 300 to 302 are missing',
    ],
    [
      'an entry that was put in',
      withBundle((bundle) => bundle.toSpliced(44, 0, Buffer.from('{}')).slice(0, 256)),
      'changed: an entry that is not in the log stands before entry 300',
    ],
    [
      'an entry that stands twice',
      withBundle((bundle) => bundle.with(44, entry(256))),
      'reordered: entry 256 stands in the place of entry 300',
    ],
    [
      'a bundle that was cut short',
      (folder) => truncate(join(folder, 'tile/entries/001'), 3_000),
      "damaged: tile/entries/001 can't be read: the bundle ends inside its entry number ",
    ],
    [
      'a tile that was cut short',
      (folder) => truncate(join(folder, 'tile/0/001'), 3_200),
      'damaged: tile/0/001 holds 100 instead of 256',
    ],
    [
      'a checkpoint that was rolled back',
      async (folder) => writeFile(join(folder, 'checkpoint'), await readFile(older)),
      "truncated: the log's checkpoint is of ",
    ],
    [
      'a log cut back, signed anew with its key',
      (folder) => sample.rewrite(folder, entries.slice(0, 400)),
      `truncated: the log's checkpoint is of 400 entries, but one of ${size} was signed before`,
    ],
    [
      'a history rewritten with its key',
      (folder) => sample.rewrite(folder, entries.with(10, forgedEntry(10))),
      `forked: the log's first ${size} entries are not those that were signed before: its history was rewritten`,
    ],
    [
      'a history rewritten with its key, and longer than before',
      (folder) => sample.rewrite(folder, [...entries.toSpliced(10, 1), entry(1), entry(2)]),
      `forked: the log's first ${size} entries are not those that were signed before: its history was rewritten`,
    ],
    [
      'a checkpoint of another log',
      async (folder) =>
        writeFile(
          join(folder, 'checkpoint'),
          (await readFile(last, 'utf8')).replaceAll('pawprint/', 'other/'),
        ),
      'not signed: the note is not signed by pawprint/',
    ],
  ];
  for (const [what, tamper, finding] of table) {
    test(`notices ${what}`, async () => {
      const { code, out, aside } = await verified(tamper);
      assert.deepEqual([code, out], [1, '']);
      assert.ok(aside.startsWith(`FAILED: ${finding}`), aside);
    });
  }

  test('says without a checkpoint kept elsewhere what it can not notice', async () => {
    const { code, out } = await verified(
      (folder) => sample.rewrite(folder, entries.with(10, forgedEntry(10))),
      '',
    );
    assert.equal(code, 0);
    assert.match(out, /No checkpoint kept elsewhere was given .* rewritten with its key looks the same/);
  });

  test('trusts a kept checkpoint only if the log signed it', async () => {
    const forged = join(sample.folder, 'forged');
    await writeFile(forged, (await readFile(older, 'utf8')).replace(/\n\d+\n/, '\n5\n'));
    const { code, aside } = await verified(() => {}, forged);
    assert.equal(code, 1);
    assert.match(
      aside,
      /^FAILED: not signed: the checkpoint kept in .*forged: the signature by pawprint\/\S+ does not hold/,
    );
  });
});
