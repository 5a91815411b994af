import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestInstance, type TestInstance } from '@pawprint/testing';
import {
  checkLog,
  checkPolicy,
  createWitnessPolicy,
  parseCheckpoint,
  parseNote,
  parseTlogProof,
  parseVerifierKey,
  parseWitnessKey,
  verifyTlogProof,
} from '@pawprint/verifier';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { sha256 } from '../test-log.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback);
const outboundNetworks = [loopback];
const folder = await mkdtemp(join(tmpdir(), 'pawprint-mutual-'));
after(() => rm(folder, { recursive: true }));

const update = `mutation ($input: UpdateWitnessSettingsInput!) {
  updateWitnessSettings(input: $input) { witnessSettings { ownWitness { vkey } } } }`;

/** Makes an instance the witness of logs and the log of witnesses. @returns its key as a witness */
async function configure(
  { admin }: TestInstance,
  witnesses: readonly { name: string; vkey: string; instance: TestInstance }[],
  logs: readonly string[],
): Promise<string> {
  const { updateWitnessSettings } = await admin.ask<{
    updateWitnessSettings: { witnessSettings: { ownWitness: { vkey: string } } };
  }>(update, {
    input: {
      witnesses: witnesses.map(({ name, vkey, instance }) => ({
        name,
        vkey,
        url: `${instance.address}/witness/`,
      })),
      required: witnesses.length,
      ownWitness: { enabled: true, logs: logs.map((vkey) => ({ vkey })) },
    },
  });
  return updateWitnessSettings.witnessSettings.ownWitness.vkey;
}

/** What the instance serves under /ledger/, which is on no record. */
async function served({ address }: TestInstance, path: string): Promise<string> {
  return (await fetch(`${address}/ledger/${path}`)).text();
}

const sizeOf = (note: string) => parseCheckpoint(parseNote(note).text).size;

/** Waits until the newest checkpoint is witnessed, and stays the newest. */
async function atRest(instance: TestInstance): Promise<string> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const before = await served(instance, 'checkpoint');
    await delay(150);
    const [newest, witnessed] = [
      await served(instance, 'checkpoint'),
      await served(instance, 'checkpoint.witnessed'),
    ];
    if (before === newest && newest === witnessed) return newest;
  }
  throw new Error(`no rest: ${await served(instance, 'checkpoint')}`);
}

test('two instances that witness each other come to rest, each with the cosignature of the other', async (t) => {
  await using one = await startTestInstance({ outboundNetworks });
  await using two = await startTestInstance({ outboundNetworks });
  const [vkeyOne, vkeyTwo] = [(await served(one, 'vkey')).trim(), (await served(two, 'vkey')).trim()];
  const witnessOne = await configure(one, [], [vkeyTwo]);
  const witnessTwo = await configure(two, [{ name: 'One', vkey: witnessOne, instance: one }], [vkeyOne]);
  await configure(one, [{ name: 'Two', vkey: witnessTwo, instance: two }], [vkeyTwo]);
  const policies = [witnessTwo, witnessOne].map((vkey) =>
    createWitnessPolicy([parseWitnessKey(vkey, sha256)], 1),
  );
  const [ofOne, ofTwo] = policies;
  assert(ofOne && ofTwo);

  await t.test('at once and after more actions', async () => {
    for (let round = 0; round < 2; round += 1) {
      await one.admin.ask('{ generalSettings { companyName } }');
      const [noteOne, noteTwo] = [await atRest(one), await atRest(two)];
      await checkPolicy(noteOne, ofOne);
      await checkPolicy(noteTwo, ofTwo);
    }
  });

  await t.test('and nothing is recorded or signed while nobody does anything', async () => {
    const before = [await served(one, 'checkpoint'), await served(two, 'checkpoint')];
    await delay(3_000);
    assert.deepEqual([await served(one, 'checkpoint'), await served(two, 'checkpoint')], before);
  });

  await t.test(
    'the proof of a record carries the cosignature, and the whole log is checked against it',
    async () => {
      const response = await one.admin.fetch('/internal/audit-log/3/proof');
      const { entry, proof } = (await response.json()) as { entry: string; proof: string };
      const checked = {
        entry: Buffer.from(entry, 'base64'),
        proof: parseTlogProof(proof),
        key: parseVerifierKey(vkeyOne, sha256),
        sha256,
      };
      await verifyTlogProof({ ...checked, policy: ofOne });
      await assert.rejects(verifyTlogProof({ ...checked, policy: ofTwo }), { code: 'not_witnessed' });
      const note = await atRest(one);
      const reader = {
        read: (path: string) => readFile(join(one.dataDirectory, 'ledger', path)).catch(() => undefined),
      };
      const { witnessed } = await checkLog({ reader, vkey: vkeyOne, sha256, policy: ofOne });
      assert.equal(witnessed?.size, sizeOf(note));
    },
  );

  await t.test('the state is there to be read', async () => {
    const note = await atRest(one);
    const { ledgerStatus, witnessSettings } = await one.admin.ask<Record<string, unknown>>(`{
      ledgerStatus { newest { size isWitnessed checkpoint cosignatures { name vkey } } witnessed { size isWitnessed }
        policy { required witnesses } vkey }
      witnessSettings { witnesses { name size error cosignedAt } } }`);
    const size = sizeOf(note);
    assert.deepEqual(ledgerStatus, {
      vkey: vkeyOne,
      newest: {
        size,
        isWitnessed: true,
        checkpoint: note,
        cosignatures: [{ name: 'Two', vkey: witnessTwo }],
      },
      witnessed: { size, isWitnessed: true },
      policy: { required: 1, witnesses: 1 },
    });
    const { witnesses } = witnessSettings as {
      witnesses: { size: number; error: null; cosignedAt: string }[];
    };
    assert.equal(witnesses[0]?.size, size);
    assert.equal(witnesses[0].error, null);
    assert.ok(Math.abs(Date.parse(witnesses[0].cosignedAt) - Date.now()) < 60_000);
  });

  await t.test('and all of it is there after a restart', async () => {
    const note = await atRest(one);
    await one.stop();
    const copy = join(folder, 'restarted');
    await cp(one.dataDirectory, copy, { recursive: true });
    await using again = await startTestInstance({ outboundNetworks, dataDirectory: copy });
    assert.ok(sizeOf(await served(again, 'checkpoint.witnessed')) >= sizeOf(note));
    await checkPolicy(await atRest(again), ofOne);
  });
});

test('a ledger that was restored from an older copy is refused by its witness, and this is reported', async () => {
  await using witness = await startTestInstance();
  const first = await startTestInstance({ outboundNetworks });
  const vkey = (await served(first, 'vkey')).trim();
  const witnessKey = await configure(witness, [], [vkey]);
  await configure(first, [{ name: 'Oak', vkey: witnessKey, instance: witness }], []);
  await atRest(first);
  await first.stop();
  const older = join(folder, 'older');
  await cp(first.dataDirectory, older, { recursive: true });

  const second = await startTestInstance({ outboundNetworks, dataDirectory: first.dataDirectory });
  for (let made = 0; made < 10; made += 1) await second.admin.ask('{ generalSettings { companyName } }');
  const note = await atRest(second);
  await second.stop();

  await using restored = await startTestInstance({ outboundNetworks, dataDirectory: older });
  const errors = async () => {
    const found = await restored.admin.ask<{
      systemErrors: { kind: string; subject: string; message: string }[];
    }>('{ systemErrors { kind subject message } }');
    return found.systemErrors.filter(({ kind }) => kind === 'witness');
  };
  for (let attempt = 0; attempt < 300 && (await errors()).length === 0; attempt += 1) await delay(200);
  const [error, ...others] = await errors();
  assert.deepEqual(others, []);
  assert.equal(error?.subject, 'Oak: history');
  assert.match(
    error.message,
    /^The history of this ledger may have been changed: the witness Oak says that it cosigned (\d+ entries of this ledger, which has only \d+ now: it was cut back|another history)/,
  );
  assert.ok(sizeOf(await served(restored, 'checkpoint.witnessed')) < sizeOf(note));
  await rm(first.dataDirectory, { recursive: true });
});
