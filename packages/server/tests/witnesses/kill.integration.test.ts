import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { administrator, sessionClient } from '@pawprint/testing';
import { parseWitnessKey, readCosignatures } from '@pawprint/verifier';
import { createTestLog, sha256, type TestLog } from '../test-log.ts';

const rounds = 10;
const program = join(import.meta.dirname, '../../src/main.ts');
const directory = await mkdtemp(join(tmpdir(), 'pawprint-killed-witness-'));
const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** Starts the instance. @returns where it answers, and when it has ended */
async function start(): Promise<{ child: ChildProcess; address: string; ended: Promise<unknown> }> {
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      PAWPRINT_DATA_DIR: directory,
      PAWPRINT_LISTEN: '127.0.0.1:0',
      PAWPRINT_ADMIN_EMAIL: administrator.email,
      PAWPRINT_ADMIN_PASSWORD: administrator.password,
    },
  });
  running.add(child);
  const ended = new Promise((resolve) => child.once('exit', resolve)).then(() => running.delete(child));
  const answers = Promise.withResolvers<string>();
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    const [, address] = /answers at (\S+)\n/.exec(output) ?? [];
    if (address !== undefined) answers.resolve(address);
  });
  void ended.then(() => answers.reject(new Error(`it did not start: ${output}`)));
  return { child, address: await answers.promise, ended };
}

/** Makes the instance the witness of a log. @returns the witness's key */
async function configure(address: string, log: TestLog): Promise<string> {
  const response = await sessionClient(address).post('/internal/sign-in', administrator);
  const admin = sessionClient(address, response.headers.get('set-cookie') ?? '');
  const { updateWitnessSettings } = await admin.ask<{
    updateWitnessSettings: { witnessSettings: { ownWitness: { vkey: string } } };
  }>(
    `mutation ($input: UpdateWitnessSettingsInput!) {
      updateWitnessSettings(input: $input) { witnessSettings { ownWitness { vkey } } } }`,
    { input: { witnesses: [], required: 0, ownWitness: { enabled: true, logs: [{ vkey: log.vkey }] } } },
  );
  return updateWitnessSettings.witnessSettings.ownWitness.vkey;
}

/** A history, and as much of it as may have been cosigned. */
interface Tip {
  readonly log: TestLog;
  readonly size: number;
}

test(`killed ${rounds} times while histories compete, a witness cosigns only one of them`, async (t) => {
  const log = createTestLog('example.com/log');
  /** What may be the last tree cosigned: one, or several after a kill whose answers were lost. */
  let tips: readonly Tip[] = [{ log, size: 0 }];
  let [cosigned, refused, lost, made] = [0, 0, 0, 0];
  let witnessKey = '';

  /** @returns undefined where no answer came */
  async function submit(address: string, oldSize: number, tip: Tip): Promise<number | undefined> {
    const body = await tip.log.request(oldSize, tip.size);
    try {
      const response = await fetch(`${address}/witness/add-checkpoint`, { method: 'POST', body });
      const answer = await response.text();
      if (response.status === 200) {
        const keys = [parseWitnessKey(witnessKey, sha256)];
        assert.equal((await readCosignatures(tip.log.checkpoint(tip.size) + answer, keys)).length, 1);
      }
      return response.status;
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  /** Three histories that go on from a tip in different ways, at the same time. @returns whether the witness still answers */
  async function compete(address: string): Promise<boolean> {
    const outcomes = await Promise.all(
      tips.flatMap(({ log, size }) =>
        Array.from({ length: 3 }, async () => {
          const next = { log: log.fork(size, `history ${made++}`), size: size + 1 + (made % 3) };
          return { next, status: await submit(address, size, next) };
        }),
      ),
    );
    const accepted = outcomes.filter(({ status }) => status === 200);
    const unknown = outcomes.filter(({ status }) => status === undefined);
    assert.ok(accepted.length <= 1, 'two histories were cosigned');
    const statuses = outcomes.flatMap(({ status }) => status ?? []);
    // A stranger who is refused too often is refused without being looked at.
    assert.deepEqual(
      statuses.filter((status) => ![200, 409, 422, 429].includes(status)),
      [],
    );
    cosigned += accepted.length;
    refused += outcomes.length - accepted.length - unknown.length;
    lost += unknown.length;
    if (accepted.length === 1) tips = accepted.map(({ next }) => next);
    // Any of those without an answer, or none, may be what the witness remembers.
    else tips = [...tips, ...unknown.map(({ next }) => next)];
    return unknown.length === 0;
  }

  for (let round = 0; round < rounds; round += 1) {
    const { child, address, ended } = await start();
    if (round === 0) witnessKey = await configure(address, log);
    // The first answers say which history it remembers: were they lost each time, there would be ever more to try.
    assert.ok(await compete(address));
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 300);
    while (await compete(address));
    await ended;
  }
  const { child, address, ended } = await start();
  await compete(address);
  assert.equal(tips.length, 1, 'what was cosigned last can be gone on from, and nothing else');
  child.kill('SIGKILL');
  await ended;
  t.diagnostic(`${cosigned} cosigned, ${refused} refused, ${lost} answers lost`);
  assert.ok(cosigned > rounds);
});
