import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startTestInstance, type TestInstance } from '@pawprint/testing';

// Tessera is a C2SP tlog-tiles log in Go; its fsck reads a whole log over HTTP and recomputes it.
const fsck = 'github.com/transparency-dev/tessera/cmd/fsck@v1.0.4';
const hasGo = spawnSync('go', ['version']).status === 0;

suite('Tessera reads our ledger', { skip: hasGo ? false : 'Go is not installed' }, () => {
  let folder: string;
  let instance: TestInstance;
  let token: string;
  /** Nanoseconds that the instance's clock is ahead. */
  let ahead = 0n;

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'pawprint-interop-'));
      await install();
      const epochNanoseconds = () => Temporal.Now.instant().epochNanoseconds + ahead;
      instance = await startTestInstance({ clock: { epochNanoseconds } });
      const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`);
      for (let request = 0; request < 30; request += 1) await instance.admin.ask(`{ ${fields.join(' ')} }`);
      token = (await instance.tokenWith(['GeneralSettingsRead'])).value;
      await instance.records();
      const vkey = await (await fetch(`${instance.address}/ledger/vkey`)).text();
      await writeFile(join(folder, 'vkey'), vkey.trim());
    },
    // The first run downloads and compiles.
    { timeout: 600_000 },
  );
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('all of it, over HTTP, as its own kind of log', async () => {
    const { output, paths } = await check();
    // Before, it tells every second how far it is.
    const [, end] = output.split('Completed ranges:');
    assert.match(end ?? '', /OK/);
    assert.doesNotMatch(output, /fail|Invalid/);
    assert.doesNotMatch(end ?? '', /Unchecked|Fetching/);
    for (const path of ['/checkpoint', '/tile/entries/001', '/tile/0/001'])
      assert.ok(paths.includes(path), path);
    assert.ok(paths.some((path) => /^\/tile\/1\/000\.p\/\d+$/.test(path)));
  });

  test('and notices one changed bit', async () => {
    const { output } = await check({ changed: '/tile/entries/001' });
    assert.match(output, /\[1, 2\):Invalid/);
  });

  test('but knows no pruning: after retention it stops at the first bundle that was removed', async () => {
    ahead = 1_827n * 86_400_000_000_000n;
    instance.instance.retention.wake();
    await instance.instance.retention.settled();
    const { output } = await check();
    assert.match(output, /fsck failed: .*resource not found: .*\/tile\/entries\/000/);
  });

  /** Puts the program into the folder. */
  async function install(): Promise<void> {
    const { status, stderr } = spawnSync('go', ['install', fsck], {
      cwd: folder,
      env: { ...process.env, GOBIN: folder },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
  }

  /** Runs it on the instance, through a proxy that adds the token and may change one object. */
  async function check({ changed }: { changed?: string } = {}): Promise<{ output: string; paths: string[] }> {
    const paths: string[] = [];
    const pass = async (url: string, response: ServerResponse): Promise<void> => {
      const answer = await fetch(`${instance.address}/ledger${url}`, { headers: { 'x-api-key': token } });
      const body = Buffer.from(await answer.arrayBuffer());
      if (url === changed) body.writeUInt8(body.readUInt8(100) ^ 1, 100);
      response.writeHead(answer.status).end(body);
    };
    const proxy = createServer(({ url = '' }, response) => {
      paths.push(url);
      // The program ends without waiting for what it asked for last, and the instance may be gone by then.
      pass(url, response).catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    const { port } = proxy.address() as { port: number };
    const program = spawn(join(folder, 'fsck'), [
      '-ui=false',
      '-logtostderr',
      '-v=1',
      `-storage_url=http://127.0.0.1:${port}/`,
      `-public_key=${join(folder, 'vkey')}`,
    ]);
    let output = '';
    program.stderr.on('data', (chunk) => {
      output += chunk;
      // With one worker it waits for ever once something is wrong.
      if (output.includes('Invalid')) program.kill();
    });
    await new Promise((resolve) => program.once('close', resolve));
    proxy.close();
    return { output, paths };
  }
});
