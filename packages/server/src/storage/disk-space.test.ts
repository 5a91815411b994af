import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { askDiskSpace, formatBytes, watchDiskSpace } from './disk-space.ts';

const gibibyte = 2 ** 30;

/** What is open after each reading of a disk, in gibibytes. */
async function openAfter(totalGibibytes: number, readings: readonly number[]): Promise<readonly string[][]> {
  const open = new Map<string, string>();
  const systemErrors: Pick<SystemErrors, 'report' | 'resolve'> = {
    report: ({ subject = '' }, message) => open.set(subject, message),
    resolve: ({ subject = '' }) => open.delete(subject),
  };
  let free = 0;
  const disk = watchDiskSpace(
    [
      { name: 'the data directory', directory: tmpdir() },
      { name: 'the ledger', directory: tmpdir() },
      { name: 'what is not there', directory: '/no/such/directory' },
    ],
    async () => ({ freeBytes: free * gibibyte, totalBytes: totalGibibytes * gibibyte }),
    systemErrors,
  );
  disk.stop();
  const found: string[][] = [];
  for (free of readings) {
    await disk.check();
    found.push([...open.values()]);
  }
  return found;
}

test('each threshold is a system error of its own, until there is some more room than that', async () => {
  const message = (free: string, threshold: string) =>
    `The disk of the data directory fills up: ${free} GiB of 10.0 GiB are free, less than ${threshold}`;
  assert.deepEqual(await openAfter(10, [3, 1.5, 0.4, 1.05, 1.2, 2.1, 2.3]), [
    [],
    [message('1.5', '2.0 GiB')],
    [message('0.4', '2.0 GiB'), message('0.4', '1.0 GiB'), message('0.4', '512.0 MiB')].map((text) =>
      text.replace('0.4 GiB', '409.6 MiB'),
    ),
    // The messages are those of the first reading; the record of each is made once.
    [message('1.1', '2.0 GiB'), message('0.4', '1.0 GiB').replace('0.4 GiB', '409.6 MiB')],
    [message('1.2', '2.0 GiB')],
    [message('1.2', '2.0 GiB')],
    [],
  ]);
});

test('a large disk is full enough at some gibibytes', async () => {
  const [roomy, low] = await openAfter(10_000, [30, 15]);
  assert.deepEqual(roomy, []);
  assert.deepEqual(low, [
    'The disk of the data directory fills up: 15.0 GiB of 9.8 TiB are free, less than 20.0 GiB',
  ]);
});

test('the disk of a directory can be asked', async () => {
  const { freeBytes, totalBytes } = await askDiskSpace(tmpdir());
  assert(freeBytes > 0 && freeBytes <= totalBytes);
});

test('bytes are written for people', () => {
  assert.deepEqual([0, 1023, 1536, 2 ** 50].map(formatBytes), [
    '0 bytes',
    '1023 bytes',
    '1.5 KiB',
    '1024.0 TiB',
  ]);
});
