import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestInstance, type TestInstance } from '@pawprint/testing';
import {
  checkPolicy,
  createVerifierKey,
  createWitnessPolicy,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  parseWitnessKey,
  type Sha256,
} from '@pawprint/verifier';
import ipaddr from 'ipaddr.js';
import { freePort } from '../scripts/servers/free-port.ts';

// torchwood's litewitness is a C2SP tlog-witness in Go. The version is the newest that builds with Go 1.25. Its witnessctl, which
// adds logs, needs a module that not every mirror has; the logs are put into its database as that does.
const litewitness = 'filippo.io/torchwood/cmd/litewitness@v0.9.0';
const has = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined;
const skip = !has('go', 'version')
  ? 'Go is not installed'
  : !has('ssh-agent', '-h') && 'ssh-agent is not installed';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const witnessName = 'litewitness.example/w';
const outboundNetworks = [{ address: ipaddr.parse('127.0.0.0'), prefixLength: 8 }];

suite('witnesses and logs that others wrote', { skip }, () => {
  let folder: string;
  let instance: TestInstance;
  let vkey: string;
  const path = (name: string) => join(folder, name);
  const children: ChildProcess[] = [];

  before(
    async () => {
      // The path of ssh-agent's socket must be short.
      folder = await mkdtemp(join(tmpdir(), 'pw-'));
      run('go', ['build', '-o', path('witness'), '.'], { cwd: join(import.meta.dirname, 'witness') });
      run('go', ['install', litewitness], { cwd: folder, env: { ...process.env, GOBIN: folder } });
      instance = await startTestInstance({ outboundNetworks });
      vkey = (await served('vkey')).trim();
    },
    // The first run downloads and compiles.
    { timeout: 600_000 },
  );
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    for (const child of children) child.kill();
    await rm(folder, { recursive: true, force: true });
  });

  function run(program: string, args: readonly string[], options: object = {}): string {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...options });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  async function served(name: string): Promise<string> {
    return (await fetch(`${instance.address}/ledger/${name}`)).text();
  }

  /** Starts litewitness, which signs by an ssh-agent. @returns its address and key */
  async function startLitewitness(): Promise<{ url: string; witnessKey: string }> {
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path('key')]);
    const socket = path('agent');
    start('ssh-agent', ['-a', socket, '-D']);
    await until(
      () =>
        has('ls', socket) &&
        spawnSync('ssh-add', [path('key')], { env: { ...process.env, SSH_AUTH_SOCK: socket } }).status === 0,
    );
    const [, fingerprint = ''] = run('ssh-keygen', ['-lf', path('key.pub')]).split(' ');
    const [, encoded = ''] = (await readFile(path('key.pub'), 'utf8')).split(' ');
    const port = await freePort();
    start(path('litewitness'), [
      `-db=${path('litewitness.db')}`,
      `-ssh-agent=${socket}`,
      `-listen=127.0.0.1:${port}`,
      `-key=${fingerprint}`,
      `-name=${witnessName}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    );
    const publicKey = Buffer.from(encoded, 'base64').subarray(-32);
    return {
      url,
      witnessKey: formatVerifierKey(createVerifierKey(witnessName, publicKey, sha256, 'cosignature')),
    };
  }

  function start(program: string, args: readonly string[]): void {
    children.push(spawn(program, args, { stdio: 'ignore' }));
  }

  const update = `mutation ($input: UpdateWitnessSettingsInput!) {
    updateWitnessSettings(input: $input) { witnessSettings { ownWitness { vkey } } } }`;

  test('litewitness cosigns our ledger as it grows, and torchwood accepts that and the proof of a record', async () => {
    const { url, witnessKey } = await startLitewitness();
    using database = new DatabaseSync(path('litewitness.db'));
    const [origin = ''] = vkey.split('+');
    database.prepare('insert into log values (?, 0, ?)').run(origin, Buffer.alloc(32).toString('base64'));
    database.prepare('insert into key values (?, ?)').run(origin, vkey);
    const witnesses = [{ name: 'litewitness', vkey: witnessKey, url }];
    await instance.admin.ask(update, {
      input: { witnesses, required: 1, ownWitness: { enabled: false, logs: [] } },
    });
    await writeFile(path('policy'), `log ${vkey}\nwitness w ${witnessKey}\nquorum w\n`);
    const policy = createWitnessPolicy([parseWitnessKey(witnessKey, sha256)], 1);

    const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`);
    for (let round = 0; round < 4; round += 1) {
      for (let request = 0; request < 5; request += 1) await instance.admin.ask(`{ ${fields.join(' ')} }`);
      const { length } = await instance.records();
      await until(async () => sizeOf(await served('checkpoint.witnessed')) >= length);
      const note = await served('checkpoint');
      await checkPolicy(note, policy);
      await writeFile(path('checkpoint'), note);
      assert.match(
        run(path('witness'), ['check', path('policy'), path('checkpoint')]),
        /^\d+ entries of pawprint\//,
      );
    }
    const response = await instance.admin.fetch('/internal/audit-log/300/proof');
    const { entry, proof } = (await response.json()) as { entry: string; proof: string };
    await writeFile(path('entry'), Buffer.from(entry, 'base64'));
    await writeFile(path('proof'), proof);
    assert.equal(run(path('witness'), ['proof', path('policy'), path('proof'), path('entry')]), 'proven\n');
  });

  test('torchwood does not accept the checkpoint without the cosignature', async () => {
    const note = await readFile(path('checkpoint'), 'utf8');
    await writeFile(path('bare'), note.slice(0, note.lastIndexOf('\u2014')));
    assert.notEqual(spawnSync(path('witness'), ['check', path('policy'), path('bare')]).status, 0);
  });

  test('we cosign a log of Tessera, which accepts no checkpoint without it', async () => {
    const [privateKey = '', publicKey = ''] = run(path('witness'), ['key', 'example.com/tessera']).split(
      '\n',
    );
    const ownWitness = { enabled: true, name: 'pawprint.example/witness', logs: [{ vkey: publicKey }] };
    const { updateWitnessSettings } = await instance.admin.ask<{
      updateWitnessSettings: { witnessSettings: { ownWitness: { vkey: string } } };
    }>(update, { input: { witnesses: [], required: 0, ownWitness } });
    const { vkey: witnessKey } = updateWitnessSettings.witnessSettings.ownWitness;
    const policy = createWitnessPolicy([parseWitnessKey(witnessKey, sha256)], 1);
    // The second time the log does not remember what we cosigned last, and is told.
    for (const expected of [20, 40]) {
      const args = ['log', path('tessera'), privateKey, witnessKey, `${instance.address}/witness`, '20'];
      const note = await new Promise<string>((resolve, reject) => {
        const child = spawn(path('witness'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
        let output = '';
        child.stdout.on('data', (chunk) => {
          output += chunk;
        });
        child.once('close', (code) =>
          code === 0 ? resolve(output) : reject(new Error(`exit code ${code}`)),
        );
      });
      assert.equal(sizeOf(note), expected);
      await checkPolicy(note, policy);
    }
  });
});

const sizeOf = (note: string) => (note.startsWith('{') ? -1 : parseCheckpoint(parseNote(note).text).size);

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error('it did not come to be in a minute');
}
