import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  formatVerifierKey,
  parseAddCheckpoint,
  parseCheckpoint,
  parseNote,
  readCosignatures,
} from '@pawprint/verifier';
import { createTestLog } from '../test-log.ts';
import {
  type Asked,
  cosign,
  eventually,
  type FickleWitness,
  openWitnessedLedger,
  startWitness,
  type WitnessedLedger,
} from './witnessed-ledger.ts';

const sizeOf = (note: string) => parseCheckpoint(parseNote(note).text).size;

/** Whether the newest checkpoint has the cosignatures of all of these, and the kept one is the same. */
async function isCosigned({ log }: WitnessedLedger, witnesses: readonly FickleWitness[]): Promise<boolean> {
  const { checkpoint, witnessed } = log;
  const found = await readCosignatures(
    checkpoint,
    witnesses.map(({ key }) => key),
  );
  return found.length === witnesses.length && checkpoint === witnessed;
}

const stranger = generateKeyPairSync('ed25519').privateKey;
const otherLog = createTestLog('pawprint/witnessed');

/** How a witness can fail, what is said of it, and how long it is waited for. */
const failings: [what: string, behaviour: (asked: Asked) => void, message: RegExp, timeoutMs?: number][] = [
  ['is silent', () => {}, /127\.0\.0\.1 did not answer in time/, 400],
  ['hangs up', ({ response }) => response.destroy(), /127\.0\.0\.1 could not be reached/],
  ['is in trouble', ({ response }) => response.writeHead(500).end(), /it answered 500/],
  [
    'does not know the log',
    ({ response }) => response.writeHead(404).end(),
    /it does not witness this ledger/,
  ],
  [
    'does not know the key',
    ({ response }) => response.writeHead(403).end(),
    /it does not accept this ledger's key/,
  ],
  ['answers without a signature', ({ response }) => response.end(), /its answer has no cosignature by w0/],
  [
    'answers garbage',
    ({ response }) => response.end('<html>\n'),
    /its answer is not a cosignature of this checkpoint: the signed note can't be read/,
  ],
  [
    'signs with another key',
    ({ body, response, key }) => response.end(cosign(parseAddCheckpoint(body).note, key, stranger)),
    /its answer is not a cosignature of this checkpoint: the cosignature by w0\.example does not hold/,
  ],
  [
    'signs another checkpoint',
    ({ response, key, privateKey }) => response.end(cosign(otherLog.checkpoint(5), key, privateKey)),
    /the cosignature by w0\.example does not hold/,
  ],
  [
    'answers without end',
    ({ response }) => response.end('x'.repeat(70_000)),
    /127\.0\.0\.1 answered more than 65536 bytes/,
  ],
  [
    'never knows what it cosigned',
    ({ response }) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${made++ % 2}\n`),
    /it can not say what it cosigned last/,
  ],
];
let made = 0;

suite('a witness that fails', { concurrency: 4 }, () => {
  for (const [what, behaviour, message, timeoutMs] of failings) {
    test(`because it ${what} is one system error, until it works again`, async () => {
      const [bad, good] = [await startWitness('w0.example'), await startWitness('w1.example')];
      await using ledger = await openWitnessedLedger({ timeoutMs });
      try {
        bad.behave(behaviour);
        await ledger.use([bad, good], 1);
        await eventually('it is reported', async () => (await ledger.errors()).length > 0);
        await eventually('the other cosigns', () => isCosigned(ledger, [good]));
        const { size } = ledger.log;
        const { asked } = bad;
        await eventually('it is asked again', () => bad.asked > asked + 2);
        assert.equal(ledger.log.size, size, 'asking makes no records');
        const [reported, ...more] = await ledger.errors();
        assert.match(reported ?? '', /^REPORT_SYSTEM_ERROR w0: The witness w0 does not cosign: /);
        assert.match(reported ?? '', message);
        assert.deepEqual(more, []);
        const state = await ledger.store.reader
          .selectFrom('witness_states')
          .select(['error', 'size'])
          .where('vkey', '=', formatVerifierKey(bad.key))
          .executeTakeFirstOrThrow();
        assert.match(state.error ?? '', message);

        bad.behave(({ honest }) => honest());
        await eventually('both cosign', () => isCosigned(ledger, [bad, good]));
        await eventually('it is resolved', async () => (await ledger.errors()).length > 1);
        assert.deepEqual((await ledger.errors()).slice(1), ['RESOLVE_SYSTEM_ERROR w0']);
        assert.deepEqual(ledger.faults, []);
      } finally {
        bad.close();
        good.close();
      }
    });
  }

  test('is not followed to where it redirects', async () => {
    let visited = false;
    const inside = createServer((_, response) => {
      visited = true;
      response.end();
    }).listen(0, '127.0.0.1');
    const bad = await startWitness('w0.example');
    await using ledger = await openWitnessedLedger();
    bad.behave(({ response }) => {
      const location = `http://127.0.0.1:${(inside.address() as AddressInfo).port}/`;
      response.writeHead(302, { location }).end();
    });
    await ledger.use([bad], 1);
    await eventually('it is reported', async () => (await ledger.errors()).length > 0);
    assert.match((await ledger.errors())[0] ?? '', /it answered 302/);
    assert.equal(visited, false);
    bad.close();
    inside.close();
  });

  test('is not asked at all at an address inside', async () => {
    await using ledger = await openWitnessedLedger();
    const witness = await startWitness('w0.example');
    await ledger.use([{ ...witness, url: witness.url.replace('127.0.0.1', '127.0.0.2') }], 1);
    await eventually('it is reported', async () => (await ledger.errors()).length > 0);
    assert.match((await ledger.errors())[0] ?? '', /127\.0\.0\.2 is not on the public internet/);
    assert.equal(witness.asked, 0);
    witness.close();
  });

  test('holds up no publication', async () => {
    const slow = await startWitness('w0.example');
    // It is waited for longer than this test takes.
    await using ledger = await openWitnessedLedger({ timeoutMs: 600_000 });
    slow.behave(() => {});
    await ledger.use([slow], 1);
    await eventually('it is asked', () => slow.asked === 1);
    const { size } = ledger.log;
    for (let round = 0; round < 40; round += 1) await ledger.act();
    assert.ok(ledger.log.size >= size + 40);
    assert.equal(slow.asked, 1);
    slow.close();
  });

  test('holds up the other witnesses for no longer than its time', async () => {
    const [slow, good] = [await startWitness('w0.example'), await startWitness('w1.example')];
    await using ledger = await openWitnessedLedger({ timeoutMs: 400 });
    slow.behave(() => {});
    await ledger.use([slow, good], 1);
    for (let round = 0; round < 40; round += 1) await ledger.act();
    await eventually('the other cosigns', () => isCosigned(ledger, [good]));
    slow.close();
    good.close();
  });

  test('and is taken out of the settings is no error any more', async () => {
    const bad = await startWitness('w0.example');
    await using ledger = await openWitnessedLedger();
    bad.behave(({ response }) => response.writeHead(500).end());
    await ledger.use([bad], 1);
    await eventually('it is reported', async () => (await ledger.errors()).length > 0);
    await ledger.use([], 0);
    await eventually(
      'it is resolved',
      async () => (await ledger.errors()).at(-1) === 'RESOLVE_SYSTEM_ERROR w0',
    );
    bad.close();
  });
});

suite('a witness that knows another history', () => {
  const forks: [what: string, behaviour: (asked: Asked) => void, message: RegExp][] = [
    [
      'of the same size',
      ({ response, body }) =>
        parseAddCheckpoint(body).oldSize === 0
          ? response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('2\n')
          : response.writeHead(422).end(),
      /says that it cosigned another history, whose first 2 entries are not those of this ledger$/,
    ],
    [
      'that is longer',
      ({ response }) => response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('1000000\n'),
      /says that it cosigned 1000000 entries of this ledger, which has only \d+ now: it was cut back, or restored from an older copy$/,
    ],
  ];
  for (const [what, behaviour, message] of forks) {
    test(`${what} is reported at once, once`, async () => {
      const witness = await startWitness('w0.example');
      await using ledger = await openWitnessedLedger();
      witness.behave(behaviour);
      await ledger.use([witness], 1);
      await eventually('it is reported', async () => (await ledger.errors()).length > 0);
      const { asked } = witness;
      await eventually('it is asked again', () => witness.asked > asked + 2);
      const [reported = '', ...more] = await ledger.errors();
      assert.match(
        reported,
        /^REPORT_SYSTEM_ERROR w0: history: The history of this ledger may have been changed: the witness w0 /,
      );
      assert.match(reported, message);
      assert.deepEqual(more, []);
      assert.equal(ledger.log.witnessed, undefined);
      witness.close();
    });
  }
});

test('a witness that stumbles now and then makes no records, so that all comes to rest', async () => {
  const witness = await startWitness('w0.example');
  await using ledger = await openWitnessedLedger();
  let turn = 0;
  witness.behave(({ honest, response }) => {
    turn += 1;
    if (turn % 2 === 1) response.writeHead(500).end();
    else honest();
  });
  await ledger.use([witness], 1);
  for (let round = 0; round < 5; round += 1) {
    await ledger.act();
    await eventually('it is cosigned', () => isCosigned(ledger, [witness]));
  }
  const { asked } = witness;
  await delay(300);
  assert.equal(witness.asked, asked, 'at rest nobody is asked');
  assert.deepEqual(await ledger.errors(), []);
  witness.close();
});

test('under load the newest checkpoint is cosigned, not each, and what was witnessed only grows', async () => {
  const witnesses = [await startWitness('w0.example'), await startWitness('w1.example')];
  await using ledger = await openWitnessedLedger();
  await ledger.use(witnesses, 2);
  let last = 0;
  for (let round = 0; round < 80; round += 1) {
    await ledger.act();
    const { witnessed } = ledger.log;
    if (witnessed === undefined) continue;
    assert.ok(sizeOf(witnessed) >= last);
    last = sizeOf(witnessed);
  }
  assert.ok(last > 0, 'it went on under load');
  await eventually('both cosign', () => isCosigned(ledger, witnesses));
  assert.ok((witnesses[0]?.asked ?? 0) < 80);
  for (const witness of witnesses) witness.close();
});

test('where none is required, a cosignature that comes is kept all the same', async () => {
  const witness = await startWitness('w0.example');
  await using ledger = await openWitnessedLedger();
  await ledger.use([witness], 0);
  await eventually('it is cosigned', () => isCosigned(ledger, [witness]));
  witness.close();
});
