import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { decodeEntry, keptFrom } from '@pawprint/record';
import { systemClock } from '@pawprint/server';
import { startTestInstance } from '@pawprint/testing';
import { checkLog } from '@pawprint/verifier';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-removal-'));
after(() => rm(folder, { recursive: true, force: true }));
const aheadMs = 1_827 * 86_400_000;
const epochNanoseconds = () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n;

const past = join(folder, 'past');
const instance = await startTestInstance({ dataDirectory: past });
await instance.admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
for (let made = 0; made < 600; made += 20) {
  await instance.admin.ask(`{ ${Array.from({ length: 20 }, (_, at) => `f${at}: roles { id }`).join(' ')} }`);
}
await instance.instance.settled();
const vkey = (await (await fetch(`${instance.address}/ledger/vkey`)).text()).trim();
await instance.stop();

async function copyOfPast(): Promise<string> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  await cp(past, copy, { recursive: true });
  return copy;
}

function runRemover(directory: string, ...args: readonly string[]) {
  const program = join(import.meta.dirname, 'remover.ts');
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, [
    program,
    directory,
    String(aheadMs),
    ...args,
  ]);
  return { signal, status, stderr: String(stderr), steps: String(stdout).split('\n').slice(0, -1) };
}

const rehearsal = runRemover(await copyOfPast());
assert.equal(rehearsal.status, 0, rehearsal.stderr);

test('a removal has all the steps that are interrupted here', () => {
  for (const step of [
    /^action$/,
    /^write minimum-index$/,
    /^delete tile\/entries\/001$/,
    /^bookkeeping$/,
    /^shrink$/,
  ]) {
    assert.ok(
      rehearsal.steps.some((name) => step.test(name)),
      `${step} in ${rehearsal.steps}`,
    );
  }
});

for (const [at, step] of rehearsal.steps.entries()) {
  for (const moment of ['before', 'after']) {
    test(`killed ${moment} "${step}" (${at}): the next start finishes, and all of it verifies`, async () => {
      const directory = await copyOfPast();
      const killed = runRemover(directory, String(at), moment);
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      // A copy made at this moment is in order, too: what is gone is on record in it.
      const log = join(directory, 'ledger');
      const reader = { read: (path: string) => readFile(join(log, path)).catch(() => undefined) };
      const check = () =>
        checkLog({ reader, vkey, sha256: (data) => hash('sha256', data, 'buffer'), keptFrom });
      await check();

      const again = await startTestInstance({ dataDirectory: directory, clock: { epochNanoseconds } });
      await again.instance.retention.settled();
      await again.instance.settled();
      const { ledger } = again.instance;
      const entries = (await ledger.read(512, ledger.size)).map((entry) => decodeEntry(entry).record);
      const removals = entries.filter(({ actionName }) => actionName === 'REMOVE_EXPIRED_RECORDS');
      assert.deepEqual(
        removals.map(({ actionResult, actionDetails: { from, to } = {} }) => ({ actionResult, from, to })),
        [{ actionResult: 'SUCCEEDED', from: 0, to: 511 }],
      );
      // That the run before was killed, once it had recorded something, is all that was wrong.
      const errors = entries.filter(({ actionName }) => actionName === 'REPORT_SYSTEM_ERROR');
      const wasAtWork = at > 0 || moment === 'after';
      assert.deepEqual(
        errors.map(({ actionParams }) => (actionParams as { static: { kind: string } }).static.kind),
        wasAtWork ? ['unclean_stop'] : [],
      );
      await again.stop();
      assert.equal((await check()).removal?.removedTo, 512);
      assert.deepEqual(
        (await readdir(join(log, 'tile', 'entries'))).filter((name) => !name.endsWith('.p')),
        [],
      );
      const database = new DatabaseSync(join(directory, 'pawprint.db'), { readOnly: true });
      const kept = 'select min(ledger_index) as first, max(ledger_index) as last from history';
      assert.deepEqual({ ...database.prepare(kept).get() }, { first: 512, last: ledger.size - 1 });
      database.close();
      await rm(directory, { recursive: true });
    });
  }
}
