import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mergeWidth } from './files/merge-plan.ts';
import { LakeError } from './lake-error.ts';
import {
  checkRowsAndFiles,
  incompressible,
  mergedTo,
  mergerPid,
  unfinishedFiles,
  watchRows,
} from './testing/merging.ts';
import { type TemporaryLake, temporaryLake } from './testing/temporary-lake.ts';

const canTrace = process.getuid?.() === 0 && existsSync('/usr/bin/strace');

function codes({ backgroundErrors }: TemporaryLake): ReadonlySet<unknown> {
  return new Set(backgroundErrors.map((error) => (error instanceof LakeError ? error.code : error)));
}

suite('a lake on a disk that fills up', {
  skip: process.getuid?.() === 0 ? false : 'only root can mount a file system',
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'pawprint-full-lake-'));
  const filler = join(directory, 'filler');
  /** Leaves this much of it. */
  const fill = async (bytesLeft: number): Promise<void> => {
    const { bavail, bsize } = await statfs(directory);
    await writeFile(filler, Buffer.alloc(bavail * bsize - bytesLeft));
  };
  const load = (lake: TemporaryLake) => lake.load(...Array.from({ length: 300 }, incompressible));
  before(() => execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128m,mode=0700', 'tmpfs', directory]));
  after(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });

  test('merges nothing without room to spare, loads and answers on, and merges once there is room', async (t) => {
    const lake = await temporaryLake(t, { directory });
    await fill(60_000_000);
    const stop = watchRows(t, lake);
    for (let at = 0; at < mergeWidth; at += 1) await load(lake);
    while (lake.backgroundErrors.length === 0) await delay(5);
    assert.match(
      String(lake.backgroundErrors[0]),
      /^LakeError: merging files takes \d\d MB of room on the disk$/,
    );
    await load(lake);
    assert.equal((await lake.catalogue.files()).length, mergeWidth + 1);
    await rm(filler);
    await load(lake);
    await mergedTo(lake, 3);
    assert.ok((await stop()) > 0);
    await checkRowsAndFiles(await lake.reopen());
  });

  test('loses and doubles nothing when the disk is full in the middle of a merge, and recovers by itself', async (t) => {
    const lake = await temporaryLake(t, { directory });
    const stop = watchRows(t, lake);
    for (let at = 0; at < mergeWidth; at += 1) await load(lake);
    while ((await unfinishedFiles(lake)).length === 0) await delay(1);
    const merger = (await mergerPid(lake)) ?? assert.fail();
    process.kill(merger, 'SIGSTOP');
    await fill(0);
    process.kill(merger, 'SIGCONT');
    while (lake.backgroundErrors.length === 0) await delay(5);
    const refused = { code: 'storage', message: /^the disk refuses the data: / };
    assert.deepEqual(codes(lake), new Set(['storage']));
    assert.deepEqual(await unfinishedFiles(lake), []);
    await assert.rejects(load(lake), refused);
    assert.equal((await lake.catalogue.files()).length, mergeWidth);

    await rm(filler);
    await load(lake);
    await mergedTo(lake, 2);
    assert.ok((await stop()) > 0);
    await checkRowsAndFiles(await lake.reopen());
  });
});

/** Makes calls of one kind fail in the merger from now on. @returns what ends it. */
async function injectFaults(
  pid: number,
  syscall: string,
  error: string,
  when: string,
): Promise<() => Promise<unknown>> {
  const inject = ['-e', `trace=${syscall}`, '-e', `inject=${syscall}:error=${error}${when}`];
  const strace = spawn('strace', ['-f', ...inject, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  const attached = Promise.withResolvers<void>();
  strace.stderr.setEncoding('utf8').on('data', (said: string) => {
    if (said.includes('attached')) attached.resolve();
  });
  void ended.then(() => attached.reject(new Error('strace ended')));
  await attached.promise;
  return () => {
    strace.kill('SIGINT');
    return ended;
  };
}

const faults = [
  ['openat', 'EIO', ':when=1+3', 'at every third call'],
  ['pread64', 'EIO', '', 'at every call'],
  ['fsync', 'EIO', ':when=1+3', 'at every third call'],
  ['fsync', 'ENOSPC', '', 'at every call'],
  ['rename', 'EIO', ':when=2+3', 'at the second call'],
  ['mkdir', 'ENOSPC', '', 'at every call'],
  ['close', 'EIO', ':when=1+3', 'at every third call'],
] as const;

suite('a merge on a disk', {
  skip: canTrace ? false : 'faults are put on a running process by root, with strace',
}, () => {
  for (const [syscall, error, when, how] of faults) {
    test(`that fails with ${error} ${how} of ${syscall} loses and doubles nothing`, async (t) => {
      const lake = await temporaryLake(t, { onDamaged: (_, { path }) => assert.fail(path) });
      for (let at = 0; at < mergeWidth; at += 1) await lake.load({});
      await mergedTo(lake, 1);
      const stop = watchRows(t, lake);
      const heal = await injectFaults((await mergerPid(lake)) ?? assert.fail(), syscall, error, when);
      for (let at = 0; lake.backgroundErrors.length === 0; at += 1) {
        assert.ok(at < 10 * mergeWidth, 'the faults are met');
        await lake.load({});
      }
      await heal();
      for (let at = 0; (await lake.catalogue.files()).length > mergeWidth; at += 1) {
        assert.ok(at < 10 * mergeWidth, 'it recovers');
        await lake.load({});
        // Loading alone would be faster than merging.
        await delay(200);
      }
      assert.ok((await stop()) > 0);
      // A process that can't close a file gives up.
      const expected = syscall === 'close' ? 'engine_failed' : 'storage';
      assert.deepEqual(codes(lake), new Set([expected]));
      await checkRowsAndFiles(await lake.reopen());
    });
  }
});
