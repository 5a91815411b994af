import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startTestInstance, startTimestampAuthority, withoutOpenssl } from '@pawprint/testing';
import { createTimestampRequest } from '@pawprint/timestamp';
import { pawprint } from './sample-log.ts';

suite('pawprint verify timestamp', { skip: withoutOpenssl }, async () => {
  if (withoutOpenssl !== false) return;
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-cli-stamp-'));
  const authority = await startTimestampAuthority();
  const instance = await startTestInstance();
  after(async () => {
    await authority[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  await instance.records();
  const fetched = async (name: string) => (await fetch(`${instance.address}/ledger/${name}`)).text();
  const path = (name: string) => join(folder, name);
  const note = await fetched('checkpoint');
  const vkey = (await fetched('vkey')).trim();
  await writeFile(path('note'), note);
  await writeFile(path('other'), note.replace('\n', '\n1'));
  await writeFile(path('tsr'), await authority.reply(createTimestampRequest(Buffer.from(note)).der));

  const verify = (checkpoint: string, certificates: string, ...more: readonly string[]) =>
    pawprint(
      'verify',
      'timestamp',
      path('tsr'),
      '--checkpoint',
      path(checkpoint),
      '--certificates',
      certificates,
      ...more,
    );

  test('says when the checkpoint was there, as openssl does', async () => {
    const { code, out } = await verify('note', authority.rootFile, '--key', vkey);
    assert.equal(code, 0);
    const [, size] = note.split('\n');
    assert.match(
      out,
      new RegExp(
        `^OK: CN=Test authority had the checkpoint of ${size} entries of pawprint/\\S+ at 2\\S+Z\n$`,
      ),
    );
    const args = ['-data', path('note'), '-in', path('tsr'), '-CAfile', authority.rootFile];
    execFileSync('openssl', ['ts', '-verify', ...args], { stdio: 'pipe' });
  });

  test('says that the checkpoint is another, or that the authority is not trusted', async () => {
    const changed = await verify('other', authority.rootFile);
    assert.deepEqual(
      [changed.code, changed.aside],
      [1, 'FAILED: changed: the time stamp is of other data\n'],
    );
    await using stranger = await startTimestampAuthority({ key: 'ec' });
    const { code, aside } = await verify('note', stranger.rootFile);
    assert.equal(code, 1);
    assert.match(aside, /^FAILED: not stamped: the certificate of CN=Test authority does not lead to/);
  });

  test('says which file is none of certificates', async () => {
    const { code, aside } = await verify('note', path('note'));
    assert.deepEqual(
      [code, aside.split('\n')[0]],
      [2, '--certificates: there is no certificate in PEM form'],
    );
  });
});
