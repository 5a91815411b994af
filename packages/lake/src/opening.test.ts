import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { openLake } from './lake.ts';
import { MemoryCatalogue, temporaryLake } from './testing/temporary-lake.ts';

/** Opens the lake as a process that knows none of its files. */
const program = `
  import { openLake } from ${JSON.stringify(new URL('./lake.ts', import.meta.url))};
  const [directory] = process.argv.slice(1);
  const catalogue = { files: async () => [], damagedFiles: async () => [] };
  await openLake({ directory, resultsDirectory: directory + '/results', catalogue }).then(
    () => console.log('opened'), (error) => console.log(error.code));`;

function openElsewhere(directory: string): string {
  const args = ['--input-type=module', '-e', program, directory];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout.trim();
}

test('a directory that a lake has open is refused to others, in this process and in another, until it is closed', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load({});
  const { directory } = lake;
  const before = await readdir(directory, { recursive: true });
  assert.equal(openElsewhere(directory), 'in_use');
  const another = { directory, resultsDirectory: directory, catalogue: new MemoryCatalogue() };
  const open = openLake({ ...another, clock: () => new Date(), onBackgroundError: () => assert.fail() });
  await assert.rejects(open, { code: 'in_use', message: `another lake has ${directory} open` });
  assert.deepEqual(await readdir(directory, { recursive: true }), before);
  assert.deepEqual(await lake.rows('SELECT p_ledger_index AS i FROM panther_audit'), [{ i: 0 }]);
  await lake.lake.close();
  assert.equal(openElsewhere(directory), 'opened');
});
