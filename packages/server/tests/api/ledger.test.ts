import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, suite, test } from 'node:test';
import { type Client, startTestInstance } from '@pawprint/testing';
import {
  checkLog,
  decodeEntryBundle,
  parseTlogProof,
  parseVerifierKey,
  type Sha256,
  verifyTlogProof,
} from '@pawprint/verifier';
import { actorOf, anonymous, expectedRecord, recordOf, recordsOf } from '../expected-record.ts';

const sha256: Sha256 = (data) => hash('sha256', data, 'buffer');
const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { address, admin } = instance;
const permission = 'GeneralSettingsRead';
const noAccess = {
  logTypeAccessKind: 'DENY',
  logTypeAccess: ['Panther.Audit'],
};

// More records than a bundle holds.
const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`);
for (let round = 0; round < 15; round += 1) await admin.ask(`{ ${fields.join(' ')} }`);
await instance.records();

const stranger = (path: string, init?: RequestInit) =>
  fetch(`${address}/ledger/${path}`, {
    ...init,
    headers: { 'user-agent': 'pawprint-test/1.0', ...init?.headers },
  });
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const entriesDescription = 'Fetches a bundle of ledger entries';
const proofDescription = 'Fetches a record with the proof that it is in the ledger';

async function problem(response: Response): Promise<unknown> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  return ((await response.json()) as { detail: string }).detail;
}

suite('a stranger', () => {
  test('reads checkpoint, key and hash tiles as the specification says, unrecorded', async () => {
    const records = await instance.recordsOf(async () => {
      for (const path of ['checkpoint', 'vkey']) {
        const response = await stranger(path);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
        assert.equal(response.headers.get('cache-control'), 'no-cache');
        assert.match(
          await response.text(),
          path === 'vkey' ? /^pawprint\/[^+]+\+[^+]+\+\S+\n$/ : /^pawprint\//,
        );
      }
      const tile = await stranger('tile/0/000');
      assert.equal(tile.status, 200);
      assert.equal(tile.headers.get('content-type'), 'application/octet-stream');
      assert.equal(tile.headers.get('cache-control'), 'public, max-age=31536000, immutable');
      const [first = new Uint8Array()] = await instance.instance.ledger.read(0, 1);
      const bytes = Buffer.from(await tile.arrayBuffer());
      assert.equal(bytes.length, 8_192);
      assert.deepEqual(bytes.subarray(0, 32), sha256(Buffer.concat([Buffer.of(0), first])));
      assert.equal((await stranger('checkpoint', { method: 'HEAD' })).status, 200);
    });
    assert.deepEqual(records, []);
  });

  test('finds nothing under any other name', async () => {
    const names = ['', 'tile', 'tile/0', 'tile/0/0', 'tile/0/001', 'tile/0/000.p/0', 'tile/0/000.p/256'];
    const spelt = [
      'tile/%30/000',
      'tile/0/x000/000',
      'tile/00/000',
      'tile/0/000/',
      'tile//0/000',
      'Checkpoint',
    ];
    for (const path of [
      ...names,
      ...spelt,
      'checkpoint/',
      'index.html',
      'tile/1/000',
      'tile/0/..%2f..%2fkeys',
    ]) {
      const response = await stranger(path);
      assert.equal(response.status, 404, path);
      assert.equal(await problem(response), 'There is nothing at this address');
    }
    // The full tile is there instead (Partial Tiles).
    assert.equal((await stranger('tile/0/000.p/9')).status, 404);
    assert.equal((await stranger('tile/entries/000', { method: 'HEAD' })).status, 404);
  });

  test('reads no entries, and is on record for trying', async () => {
    const message = 'Sign in or send a valid API token';
    const record = await recordOf(instance, async () => {
      const response = await stranger('tile/entries/000');
      assert.equal(response.status, 401);
      assert.equal(await problem(response), message);
    });
    const dynamic = { path: 'tile/entries/000' };
    assert.deepEqual(
      record,
      expectedRecord({
        action: 'GET_AUDIT_LOG_ENTRIES',
        description: entriesDescription,
        actor: anonymous,
        dynamic,
        errors: [message],
      }),
    );
  });

  test('with a token that is not valid reads none either', async () => {
    const record = await recordOf(instance, async () => {
      const response = await stranger('tile/entries/000', { headers: { 'x-api-key': 'nonsense' } });
      assert.equal(response.status, 401);
    });
    assert.equal(record.actionName, 'GET_AUDIT_LOG_ENTRIES');
    assert.deepEqual(record.errors, [{ message: 'The API token is not valid' }]);
  });
});

suite('entries', () => {
  test('are read by who may read the audit log, one record a bundle', async () => {
    const user = await instance.userWith([permission]);
    const actor = await actorOf(user);
    const records = await recordsOf(instance, async () => {
      const response = await user.fetch('/ledger/tile/entries/000');
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/octet-stream');
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(response.headers.get('content-encoding'), 'gzip');
      const entries = decodeEntryBundle(new Uint8Array(await response.arrayBuffer()));
      assert.deepEqual(entries.map(text), (await instance.instance.ledger.read(0, 256)).map(text));
      const plain = await user.fetch('/ledger/tile/entries/001.p/2', {
        headers: { 'accept-encoding': 'identity' },
      });
      assert.equal(plain.headers.get('content-encoding'), null);
      assert.equal(decodeEntryBundle(new Uint8Array(await plain.arrayBuffer())).length, 2);
    });
    const common = { action: 'GET_AUDIT_LOG_ENTRIES', description: entriesDescription, actor } as const;
    assert.deepEqual(records, [
      expectedRecord({ ...common, dynamic: { path: 'tile/entries/000' }, details: { from: 0, to: 255 } }),
      expectedRecord({
        ...common,
        dynamic: { path: 'tile/entries/001.p/2' },
        details: { from: 256, to: 257 },
      }),
    ]);
  });

  test('verify as a whole over HTTP, with a token', async () => {
    const token = await instance.tokenWith([permission]);
    await instance.records();
    const read = async (path: string) => {
      const response = await token.fetch(`/ledger/${path}`);
      return response.status === 404 ? undefined : new Uint8Array(await response.arrayBuffer());
    };
    const vkey = (await (await stranger('vkey')).text()).trim();
    const { size } = await checkLog({ reader: { read }, vkey, sha256 });
    assert.ok(size > 300);
  });

  const refused: [
    what: string,
    client: () => Promise<Client>,
    path: string,
    status: number,
    message: string,
  ][] = [
    ['permission', () => instance.userWith([]), '000', 403, `This needs the permission ${permission}`],
    [
      'access to the log type',
      () => instance.userWith([permission], noAccess),
      '000',
      403,
      'Your role may not see the log type Panther.Audit',
    ],
    ['a name that is one', () => instance.userWith([permission]), '0', 404, 'There is no such entry bundle'],
    ['there being such', () => instance.userWith([permission]), '999', 404, 'There is no such entry bundle'],
    [
      'another site keeping out',
      async () => {
        const user = await instance.userWith([permission]);
        const headers = { 'sec-fetch-site': 'cross-site' };
        return {
          ...user,
          fetch: (path, init) => user.fetch(path, { ...init, headers: { ...headers, ...init?.headers } }),
        };
      },
      '000',
      403,
      'Requests from other sites are not accepted',
    ],
  ];
  for (const [what, make, name, status, message] of refused) {
    test(`are refused without ${what}, on record`, async () => {
      const client = await make();
      const path = `tile/entries/${name}`;
      const record = await recordOf(instance, async () => {
        const response = await client.fetch(`/ledger/${path}`);
        assert.equal(response.status, status);
        assert.equal(await problem(response), message);
      });
      const actor = message.includes('other sites') ? anonymous : await actorOf(client);
      assert.deepEqual(
        record,
        expectedRecord({
          action: 'GET_AUDIT_LOG_ENTRIES',
          description: entriesDescription,
          actor,
          dynamic: { path },
          errors: [message],
        }),
      );
    });
  }
});

suite('the proof of a record', () => {
  test('holds against the published key, and asking for it is on record', async () => {
    const user = await instance.userWith([permission]);
    const actor = await actorOf(user);
    const key = parseVerifierKey((await (await stranger('vkey')).text()).trim(), sha256);
    for (const index of [0, 255, 256, instance.instance.ledger.size - 1]) {
      const record = await recordOf(instance, async () => {
        const response = await user.fetch(`/internal/audit-log/${index}/proof`);
        assert.equal(response.status, 200);
        const answer = (await response.json()) as { entry: string; proof: string };
        const entry = Buffer.from(answer.entry, 'base64');
        const [published = Buffer.of()] = await instance.instance.ledger.read(index, index + 1);
        assert.equal(text(entry), text(published));
        const proof = parseTlogProof(answer.proof);
        assert.equal(proof.index, index);
        assert.ok((await verifyTlogProof({ entry, proof, key, sha256 })).size > index);
      });
      assert.deepEqual(
        record,
        expectedRecord({
          action: 'GET_AUDIT_LOG_PROOF',
          description: proofDescription,
          actor,
          dynamic: { index: String(index) },
        }),
      );
    }
  });

  const refused: [
    what: string,
    client: () => Promise<Client>,
    index: string,
    status: number,
    message: string,
  ][] = [
    ['permission', () => instance.userWith([]), '0', 403, `This needs the permission ${permission}`],
    [
      'access to the log type',
      () => instance.userWith([permission], noAccess),
      '0',
      403,
      'Your role may not see the log type Panther.Audit',
    ],
    ['such a record', () => instance.userWith([permission]), '99999', 404, 'There is no record 99999'],
    [
      'an index',
      () => instance.userWith([permission]),
      '-1',
      400,
      'index: Too small: expected number to be >=0',
    ],
    [
      'a number',
      () => instance.userWith([permission]),
      'first',
      400,
      'index: Invalid input: expected number, received NaN',
    ],
  ];
  for (const [what, make, index, status, message] of refused) {
    test(`is refused without ${what}, on record`, async () => {
      const client = await make();
      const record = await recordOf(instance, async () => {
        const response = await client.fetch(`/internal/audit-log/${index}/proof`);
        assert.equal(response.status, status);
        assert.equal(await problem(response), message);
      });
      assert.deepEqual(
        record,
        expectedRecord({
          action: 'GET_AUDIT_LOG_PROOF',
          description: proofDescription,
          actor: await actorOf(client),
          dynamic: { index },
          errors: [message],
        }),
      );
    });
  }

  test('is not for strangers', async () => {
    const record = await recordOf(instance, async () => {
      assert.equal((await fetch(`${address}/internal/audit-log/0/proof`)).status, 401);
    });
    assert.equal(record.actionName, 'GET_AUDIT_LOG_PROOF');
    assert.deepEqual(record.errors, [{ message: 'Sign in first' }]);
  });
});
