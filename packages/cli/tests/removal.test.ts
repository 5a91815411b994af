import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { administrator, startTestInstance } from '@pawprint/testing';
import { makeRecords, pawprint } from './sample-log.ts';

// The log of an instance whose first records were removed after five years, and what somebody kept of it before.
const folder = await mkdtemp(join(tmpdir(), 'pawprint-removal-'));
const path = (name: string) => join(folder, name);
let aheadMs = 0;
const epochNanoseconds = () => Temporal.Now.instant().epochNanoseconds + BigInt(aheadMs) * 1_000_000n;
const instance = await startTestInstance({ clock: { epochNanoseconds } });
const address = `${instance.address}/ledger/`;
after(async () => {
  await instance[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
const text = async (name: string) => (await fetch(address + name)).text();
const vkey = (await text('vkey')).trim();

await makeRecords(instance, 700);
await instance.instance.settled();
await writeFile(path('kept'), await text('checkpoint'));
const { entry, proof } = (await (await instance.admin.fetch('/internal/audit-log/5/proof')).json()) as {
  entry: string;
  proof: string;
};
await writeFile(path('5.json'), Buffer.from(entry, 'base64'));
await writeFile(path('5.tlog-proof'), proof);
await cp(join(instance.dataDirectory, 'ledger'), path('before'), { recursive: true });

aheadMs = 1_826 * 86_400_000;
instance.instance.retention.wake();
await instance.instance.retention.settled();
const { size } = instance.instance.ledger;
const recordedAt = size - 1;
const admin = await instance.signIn(administrator.email, administrator.password);
const { createAPIToken } = await admin.ask<{ createAPIToken: { token: { value: string } } }>(
  'mutation { createAPIToken(input: { name: "verifier", permissions: [GeneralSettingsRead] }) { token { value } } }',
);
await writeFile(path('token'), createAPIToken.token.value);
await instance.instance.settled();
await cp(join(instance.dataDirectory, 'ledger'), path('log'), { recursive: true });

const verify = (log: string, ...more: string[]) => pawprint('verify', 'log', log, '--key', vkey, ...more);

/** A copy of the log without the front, after `tamper` had its way with it. */
async function verified(tamper: (log: string) => Promise<unknown>, ...more: string[]) {
  const log = await mkdtemp(path('tampered-'));
  await cp(path('log'), log, { recursive: true });
  await tamper(log);
  return verify(log, ...more);
}

suite('pawprint, on a log whose front was removed', async () => {
  test('verifies it, says what was removed and which record says so, and that it goes on from before', async () => {
    for (const more of [[path('log')], [address, '--token-file', path('token')]] as const) {
      const [log, ...options] = more;
      const { code, out, aside } = await verify(log, '--checkpoint', path('kept'), ...options);
      assert.deepEqual([code, aside], [0, '']);
      assert.match(
        out,
        new RegExp(
          `^OK: \\d+ entries of pawprint/\\S+, all as signed\nEntries 0 to 511 were removed, as record ${recordedAt} says; ` +
            'their hashes verify\nThey go on from the \\d+ entries of the checkpoint kept elsewhere\n$',
        ),
      );
    }
  });

  test('takes the word of who says where it begins, and then no other', async () => {
    const { code, out } = await verify(path('log'), '--from', '512');
    assert.equal(code, 0);
    assert.match(out, /\nOf entries before 512 only the hashes were checked\n/);
    const earlier = await verify(path('log'), '--from', '300');
    assert.deepEqual([earlier.code, earlier.aside], [1, 'FAILED: missing: tile/entries/001 is missing\n']);
    for (const from of ['x', '-1', '9999999'])
      assert.equal((await verify(path('log'), `--from=${from}`)).code, 2);
  });

  test('still verifies a record with the proof it was given before', async () => {
    const { code, out } = await pawprint(
      ...['verify', 'record', path('5.json'), '--proof', path('5.tlog-proof'), '--key', vkey],
    );
    assert.equal(code, 0);
    assert.match(out, /^OK: entry 5 of /);
  });

  test('exports what is kept, and says of the rest that it was removed', async () => {
    for (const log of [path('log'), address]) {
      const args = [log, '--key', vkey, '--token-file', path('token'), '--out', path('out.ndjson')];
      const early = await pawprint('export', ...args, '--from', '511');
      assert.deepEqual(
        [early.code, early.aside],
        [2, 'Entries before 512 were removed when their time was over\n'],
      );
      assert.match((await pawprint('export', ...args)).out, /^Wrote entries 512 to \d+ of /);
      const checked = await pawprint('verify', 'export', path('out.ndjson'), '--key', vkey);
      assert.match(checked.out, /^OK: entries 512 to /);
    }
  });

  const unexplained = ', and no entry of the log says that it was removed';
  const bundle = (log: string, name: string) => join(log, 'tile', 'entries', name);
  const first = await readFile(bundle(path('before'), '000'));
  const table: [
    what: string,
    log: () => Promise<{ code: number; aside: string }>,
    finding: string | RegExp,
  ][] = [
    [
      'a bundle removed at the front, and no record of it',
      async () => {
        await rm(bundle(path('before'), '000'));
        return verify(path('before'));
      },
      `missing: tile/entries/000 is missing${unexplained}`,
    ],
    [
      'a bundle gone behind what was removed',
      () => verified((log) => rm(bundle(log, '002.p'), { recursive: true })),
      /^missing: tile\/entries\/002\.p\/\d+ is missing$/,
    ],
    [
      'another bundle in the place of one that was removed',
      () => verified((log) => cp(bundle(path('before'), '001'), bundle(log, '000'))),
      'changed: entry 0 differs from its hash in tile/0/000',
    ],
    [
      'a bundle gone behind one that is there',
      () => verified((log) => writeFile(bundle(log, '000'), first)),
      'missing: tile/entries/001 is missing',
    ],
    [
      'a changed hash of what was removed',
      () =>
        verified(async (log) => {
          const bytes = await readFile(join(log, 'tile/0/001'));
          bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7);
          await writeFile(join(log, 'tile/0/001'), bytes);
        }),
      /^changed: hash 1 of tile\/1\/000\.p\/\d+ does not follow from the entries below it$/,
    ],
    [
      'a hash tile removed, too',
      () => verified((log) => rm(join(log, 'tile/0/000'))),
      'missing: tile/0/000 is missing',
    ],
  ];
  for (const [what, log, finding] of table) {
    test(`notices ${what}`, async () => {
      const { code, aside } = await log();
      assert.equal(code, 1);
      const found = aside.replace(/^FAILED: /, '').trimEnd();
      if (typeof finding === 'string') assert.equal(found, finding);
      else assert.match(found, finding);
    });
  }
});
