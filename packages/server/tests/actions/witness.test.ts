import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { parseWitnessKey, readCosignatures } from '@pawprint/verifier';
import { testActions } from '../action-cases.ts';
import { anonymous, expectedRecord, recordOf, recordsOf } from '../expected-record.ts';
import { createTestLog, sha256 } from '../test-log.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin, address } = instance;

const settingsFields = `witnesses { name vkey url size cosignedAt error } required
  ownWitness { enabled name vkey logs { origin vkey size cosignedAt } }`;
const update = `mutation ($input: UpdateWitnessSettingsInput!) {
  updateWitnessSettings(input: $input) { witnessSettings { ${settingsFields} } } }`;
const read = `{ witnessSettings { ${settingsFields} } }`;

// Keys of nobody, for the settings alone.
const [oakKey, elmKey] = [
  'oak.example/w+205c4187+BAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB',
  'elm.example/w+98f401e1+BAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC',
];
const witness = (name: string, vkey: string | undefined) => ({ name, vkey, url: 'https://w.example/submit' });
const noWitnesses = { witnesses: [], required: 0, ownWitness: { enabled: false, name: '', logs: [] } };
const log = createTestLog('example.com/log');

const given = {
  witnesses: [witness('Oak', oakKey), witness('Elm', elmKey)],
  required: 1,
  ownWitness: { enabled: true, name: 'witness.example/a', logs: [{ vkey: log.vkey }] },
};
const stored = {
  ...given,
  ownWitness: { ...given.ownWitness, logs: [{ origin: log.origin, vkey: log.vkey }] },
};
const refusal = (change: object, field: string, problem: string) => ({
  variables: { input: { ...given, ...change } },
  field: `input.${field}`,
  message: `input.${field}: ${problem}`,
});

testActions(instance, [
  {
    operation: read,
    action: 'GET_WITNESS_SETTINGS',
    description: 'Fetches the witnesses of the ledger, and what this instance witnesses',
    permission: 'GeneralSettingsRead',
  },
  {
    operation:
      '{ ledgerStatus { vkey newest { size isWitnessed } witnessed { size } policy { required witnesses } } }',
    action: 'GET_LEDGER_STATUS',
    description: 'Shows what the ledger holds, and who vouches for it',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: update,
    action: 'UPDATE_WITNESS_SETTINGS',
    description: 'Updates the witnesses of the ledger, and what this instance witnesses',
    permission: 'GeneralSettingsModify',
    given: () => ({ input: given }),
    details: ({ updateWitnessSettings: { witnessSettings } }) => {
      const { witnesses, ownWitness } = witnessSettings;
      assert.deepEqual(witnesses[1], { ...given.witnesses[1], size: 0, cosignedAt: null, error: null });
      assert.deepEqual(ownWitness.logs, [{ ...stored.ownWitness.logs[0], size: 0, cosignedAt: null }]);
      assert.match(ownWitness.vkey, /^witness\.example\/a\+[0-9a-f]{8}\+B/);
      return { before: noWitnesses, after: stored };
    },
    refusals: [
      refusal({ required: 3 }, 'required', 'there are only 2 witnesses'),
      refusal({ required: -1 }, 'required', 'must not be negative'),
      refusal(
        { witnesses: [witness('Oak', oakKey), witness('oak', elmKey)] },
        'witnesses.1.name',
        'another witness has this name',
      ),
      refusal(
        { witnesses: [witness('Oak', oakKey), witness('Ash', oakKey)] },
        'witnesses.1.vkey',
        'another witness has this key',
      ),
      refusal(
        { witnesses: [witness('Oak', log.vkey)] },
        'witnesses.0.vkey',
        "the verifier key is not a witness's key (an Ed25519 cosignature key)",
      ),
      refusal(
        { witnesses: [{ ...witness('Oak', oakKey), url: 'ftp://w.example' }] },
        'witnesses.0.url',
        'not an http:// or https:// address',
      ),
      refusal(
        { witnesses: Array.from({ length: 17 }, (_, at) => witness(`W${at}`, oakKey)) },
        'witnesses',
        'at most 16 witnesses',
      ),
      refusal(
        { ownWitness: { ...given.ownWitness, name: 'with space' } },
        'ownWitness.name',
        'must have no spaces, plus signs or control characters',
      ),
      refusal(
        { ownWitness: { ...given.ownWitness, logs: [{ vkey: oakKey }] } },
        'ownWitness.logs.0.vkey',
        'the verifier key is not an Ed25519 key',
      ),
      refusal(
        { ownWitness: { ...given.ownWitness, logs: [{ vkey: log.vkey }, { vkey: log.vkey }] } },
        'ownWitness.logs.1.origin',
        'another log has this origin',
      ),
    ],
  },
]);

const description = 'Asks for a cosignature on a checkpoint of another log';

/** Sends a request as another log's program does. */
function submit(body: string | Buffer): Promise<Response> {
  const headers = { 'user-agent': 'pawprint-test/1.0' };
  return fetch(`${address}/witness/add-checkpoint`, {
    method: 'POST',
    headers,
    body: new Uint8Array(Buffer.from(body)),
  });
}

/** Becomes the witness of a new log. @returns it, and this instance's key */
async function witnessNewLog() {
  const fresh = createTestLog(`example.com/${crypto.randomUUID()}`);
  const ownWitness = { enabled: true, name: 'witness.example/a', logs: [{ vkey: fresh.vkey }] };
  const { updateWitnessSettings } = await admin.ask<{
    updateWitnessSettings: { witnessSettings: { ownWitness: { vkey: string } } };
  }>(update, { input: { ...noWitnesses, ownWitness } });
  const { vkey } = updateWitnessSettings.witnessSettings.ownWitness;
  return { log: fresh, key: parseWitnessKey(vkey, sha256) };
}

suite('as a witness', () => {
  test('an instance cosigns what goes on from before, and leaves no record of that', async () => {
    const { log, key } = await witnessNewLog();
    const before = Math.floor(Date.now() / 1_000);
    const records = await recordsOf(instance, async () => {
      for (const [oldSize, size] of [
        [0, 0],
        [0, 3],
        [3, 3],
        [3, 300],
        [300, 1_000],
      ] as const) {
        const response = await submit(await log.request(oldSize, size));
        assert.equal(response.status, 200, `${oldSize} to ${size}`);
        assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
        const answer = await response.text();
        assert.match(answer, /^\u2014 witness\.example\/a \S+\n$/);
        const [cosignature] = await readCosignatures(log.checkpoint(size) + answer, [key]);
        assert(cosignature && cosignature.timestamp >= before && cosignature.timestamp < before + 60);
      }
    });
    assert.deepEqual(records, []);
    const { witnessSettings } = await admin.ask<{
      witnessSettings: { ownWitness: { logs: { size: number; cosignedAt: string }[] } };
    }>(read);
    const [state] = witnessSettings.ownWitness.logs;
    assert.equal(state?.size, 1_000);
    assert.match(state.cosignedAt, /^\d{4}-/);
  });

  const refusals: [
    what: string,
    body: (own: Awaited<ReturnType<typeof witnessNewLog>>) => Promise<string>,
    status: number,
    type: string,
    message: RegExp,
  ][] = [
    ['what is no request', async () => 'old 5\n', 400, 'text/plain', /^Not an add-checkpoint request: /],
    [
      'a log that it does not witness',
      () => createTestLog('example.com/stranger').request(0, 5),
      404,
      'text/plain',
      /^This instance is not a witness of that log$/,
    ],
    [
      'a checkpoint that the log did not sign',
      ({ log }) => createTestLog(log.origin).request(10, 12),
      403,
      'text/plain',
      /^The checkpoint is not the log's: the note is not signed by example\.com/,
    ],
    [
      'a smaller tree than the one before',
      ({ log }) => log.request(10, 5),
      400,
      'text/plain',
      /^The checkpoint of 5 entries is smaller than the old size 10$/,
    ],
    [
      'an old size that is not the last one',
      ({ log }) => log.request(9, 12),
      409,
      'text/x.tlog.size',
      /^The last checkpoint cosigned of this log is of 10 entries, not of 9$/,
    ],
    [
      'another history of the same size',
      ({ log }) => log.fork(4).request(10, 10),
      409,
      'text/plain',
      /^The log has two histories: another root hash was cosigned for its first 10 entries$/,
    ],
    [
      'a history that goes on from another',
      ({ log }) => log.fork(4).request(10, 20),
      422,
      'text/plain',
      /^The log does not show that it goes on from what was cosigned before: /,
    ],
    [
      'a proof where none is due',
      async ({ log }) => (await log.request(10, 10)).replace('\n', `\n${'A'.repeat(43)}=\n`),
      422,
      'text/plain',
      /proof has hashes where it must be empty$/,
    ],
  ];
  for (const [what, make, status, type, message] of refusals) {
    test(`it does not cosign ${what}, and has the attempt on record`, async () => {
      const own = await witnessNewLog();
      assert.equal((await submit(await own.log.request(0, 10))).status, 200);
      const body = await make(own);
      const record = await recordOf(instance, async () => {
        const response = await submit(body);
        assert.equal(response.status, status);
        assert.equal(response.headers.get('content-type')?.split(';')[0], type);
        const answer = await response.text();
        if (type === 'text/x.tlog.size') assert.equal(answer, '10\n');
        else assert.match(answer.trimEnd(), message);
      });
      const errors = record.errors?.map((error) => error.message) ?? [];
      assert.match(errors.join(), message);
      assert.deepEqual(
        record,
        expectedRecord({
          action: 'COSIGN_CHECKPOINT',
          description,
          actor: anonymous,
          dynamic: { body },
          errors,
        }),
      );
      // What was cosigned before is still what it goes on from.
      assert.equal((await submit(await own.log.request(10, 11))).status, 200);
    });
  }

  test('it takes no body that is too long, or not text', async () => {
    const { log } = await witnessNewLog();
    const request = await log.request(0, 1);
    assert.equal((await submit(request + '\u2014 x AAAAAAAA\n'.repeat(10_000))).status, 413);
    assert.equal((await submit(Buffer.concat([Buffer.from(request), Buffer.of(0xff)]))).status, 400);
    assert.equal((await submit('')).status, 400);
  });

  test('it remembers a log that it was told not to witness for a while', async () => {
    const { log } = await witnessNewLog();
    assert.equal((await submit(await log.request(0, 10))).status, 200);
    await admin.ask(update, { input: noWitnesses });
    assert.equal((await submit(await log.request(10, 11))).status, 404);
    const ownWitness = { enabled: true, logs: [{ vkey: log.vkey }] };
    await admin.ask(update, { input: { ...noWitnesses, ownWitness } });
    assert.equal((await submit(await log.fork(2).request(0, 5))).status, 409);
    assert.equal((await submit(await log.request(10, 11))).status, 200);
  });

  test('it is not a witness of itself', async () => {
    await witnessNewLog();
    const { witnessSettings } = await admin.ask<{ witnessSettings: { ownWitness: { vkey: string } } }>(read);
    const { errors } = await admin.graphql(update, {
      input: {
        ...given,
        witnesses: [witness('Me', witnessSettings.ownWitness.vkey)],
        ownWitness: { enabled: true, name: 'witness.example/a', logs: [] },
      },
    });
    assert.deepEqual(errors[0]?.message, 'input.witnesses.0.vkey: this is the key of this instance itself');
  });
});
