import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startTestInstance, type TestInstance } from '@pawprint/testing';

const hasGo = spawnSync('go', ['version']).status === 0;

suite('Go libraries accept the proof of a record', { skip: hasGo ? false : 'Go is not installed' }, () => {
  let folder: string;
  let instance: TestInstance;
  const path = (name: string) => join(folder, name);

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'pawprint-interop-'));
      const { status, stderr } = spawnSync('go', ['build', '-o', path('tlog-proof'), '.'], {
        cwd: join(import.meta.dirname, 'tlog-proof'),
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      instance = await startTestInstance();
      const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`);
      for (let request = 0; request < 30; request += 1) await instance.admin.ask(`{ ${fields.join(' ')} }`);
      await instance.records();
      await writeFile(path('vkey'), await (await fetch(`${instance.address}/ledger/vkey`)).text());
    },
    // The first run downloads and compiles.
    { timeout: 600_000 },
  );
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function fetchProof(index: number): Promise<void> {
    const response = await instance.admin.fetch(`/internal/audit-log/${index}/proof`);
    const { entry, proof } = (await response.json()) as { entry: string; proof: string };
    await writeFile(path('entry'), Buffer.from(entry, 'base64'));
    await writeFile(path('proof'), proof);
  }

  function check() {
    const args = ['vkey', 'proof', 'entry'].map(path);
    return spawnSync(path('tlog-proof'), args, { encoding: 'utf8' });
  }

  test('wherever it stands in the log', async () => {
    for (const index of [0, 1, 255, 256, 511, 512, 600]) {
      await fetchProof(index);
      const { status, stdout, stderr } = check();
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^entry ${index} of 6\\d\\d\n$`));
    }
  });

  test('and not that of another', async () => {
    await fetchProof(300);
    await writeFile(path('entry'), 'another entry');
    assert.notEqual(check().status, 0);
  });
});
