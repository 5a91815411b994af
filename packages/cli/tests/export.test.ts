import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { decodeEntry } from '@pawprint/record';
import { createSampleLog, pawprint } from './sample-log.ts';

const sample = await createSampleLog();
after(() => sample[Symbol.asyncDispose]());
const { instance, vkey, folder, entries, last } = sample;
const address = `${instance.address}/ledger`;
const path = (name: string) => join(folder, name);
const lines = async (file: string) => (await readFile(file, 'utf8')).split('\n').slice(0, -1);

const token = await instance.tokenWith(['GeneralSettingsRead']);
await writeFile(path('token'), `${token.value}\n`);
await writeFile(path('key'), `${vkey}\n`);

async function exported(name: string, ...more: string[]): Promise<string> {
  const out = path(name);
  const args = [address, '--key', vkey, '--token-file', path('token'), '--out', out, ...more];
  const { code, aside } = await pawprint('export', ...args);
  assert.deepEqual([code, aside], [0, '']);
  return out;
}

function check(file: string, ...more: string[]) {
  return pawprint('verify', 'export', file, '--key', vkey, ...more);
}

suite('pawprint export', () => {
  test('writes the entries of a range as NDJSON, with a proof that holds offline', async () => {
    const file = await exported('range.ndjson', '--from', '100', '--to', '399');
    const shown = (await lines(file)).map((line) => JSON.parse(line));
    assert.deepEqual(
      shown.map(({ record }) => record),
      (await instance.records()).slice(100, 400),
    );
    assert.deepEqual(
      shown.map(({ id }) => id),
      entries.slice(100, 400).map((entry) => decodeEntry(entry).id),
    );
    const { code, out } = await check(file);
    assert.equal(code, 0);
    assert.match(out, /^OK: entries 100 to 399 of pawprint\/\S+, among the first \d+\n$/);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('.partial')),
      [],
    );
  });

  test('writes everything as CSV, which verifies in all its columns', async () => {
    const file = await exported('all.csv', '--format', 'csv');
    const [header, ...rows] = await lines(file);
    assert.match(header ?? '', /^index,id,timestamp,/);
    assert.ok(rows.length >= entries.length);
    assert.match(rows[5] ?? '', new RegExp(`^5,${decodeEntry(entries[5] ?? Buffer.of()).id},"2`));
    assert.equal((await check(file)).code, 0);
  });

  test('leaves two records for each bundle it read: one for the entries, one for their keys', async () => {
    const records = await instance.recordsOf(() => exported('recorded.ndjson', '--from', '0', '--to', '300'));
    assert.deepEqual(
      records.map(({ actionName, actor }) => `${actionName} ${actor.type}`),
      Array(4).fill('GET_AUDIT_LOG_ENTRIES TOKEN'),
    );
  });

  test('also reads a log in a directory, where what identifies people stays sealed', async () => {
    const out = path('offline.ndjson');
    const { code, aside } = await pawprint(
      'export',
      sample.log,
      '--key',
      path('key'),
      '--out',
      out,
      '--from',
      '590',
    );
    assert.equal(code, 0);
    assert.match(aside, /^What identifies people stays sealed: the keys .* come from a running instance/);
    assert.deepEqual(
      await lines(out),
      entries.slice(590).map((entry) => Buffer.from(entry).toString()),
    );
    assert.equal((await check(out)).code, 0);
  });

  test('writes nothing of a log that does not verify', async () => {
    const forged = path('forged');
    await sample.rewrite(forged, entries);
    await writeFile(
      join(forged, 'tile/entries/000'),
      (await readFile(join(forged, 'tile/entries/000'))).reverse(),
    );
    const { code } = await pawprint('export', forged, '--key', vkey, '--out', path('nothing'));
    assert.equal(code, 1);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('nothing')),
      [],
    );
  });
});

suite('pawprint verify export', async () => {
  const ndjson = await exported('good.ndjson', '--from', '100', '--to', '149');
  const csv = await exported('good.csv', '--from', '100', '--to', '149', '--format', 'csv');

  const table: [what: string, file: string, change: (all: string[]) => string[], finding: RegExp][] = [
    [
      'a changed record',
      ndjson,
      (all) => all.with(7, all[7]?.replace('SUCCEEDED', 'FAILED') ?? ''),
      /changed: entry 107 differs/,
    ],
    [
      'a changed name, which is sealed in the log',
      ndjson,
      (all) => all.with(7, all[7]?.replace('"name":"admin', '"name":"Admin') ?? ''),
      /changed: entry 107 differs/,
    ],
    [
      'a name passed off as erased',
      ndjson,
      (all) => all.with(7, all[7]?.replace(/"name":"[^"]+"/, '"name":"(erased)"') ?? ''),
      /changed: entry 107 differs/,
    ],
    [
      'another key',
      ndjson,
      (all) => all.with(7, all[7]?.replace(/"key":"..../, '"key":"AAAA') ?? ''),
      /changed: entry 107 differs/,
    ],
    [
      'swapped records',
      ndjson,
      (all) => all.with(3, all[4] ?? '').with(4, all[3] ?? ''),
      /reordered: entries 103 and 104 are swapped/,
    ],
    ['a record left out', ndjson, (all) => all.toSpliced(20, 1), /missing: entry 120 is missing/],
    ['records cut off', ndjson, (all) => all.slice(0, -3), /missing: entries 147 to 149 are missing/],
    [
      'a record put in',
      ndjson,
      (all) => all.toSpliced(20, 0, '{}'),
      /changed: an entry that is not in the log stands before entry 120/,
    ],
    [
      'a record more',
      ndjson,
      (all) => [...all, '{}'],
      /changed: there are 1 entries too many after entry 149/,
    ],
    ['nothing left', ndjson, () => [], /missing: entries 100 to 149 are missing/],
    [
      'a changed entry in CSV',
      csv,
      (all) => all.with(8, all[8]?.replace('""SUCCEEDED""', '""FAILED""') ?? ''),
      /changed: entry 107 differs/,
    ],
    [
      'a changed column in CSV',
      csv,
      (all) => all.with(8, all[8]?.replace('"SUCCEEDED"', '"FAILED"') ?? ''),
      /changed: the columns of entry 107 do not say/,
    ],
    [
      'another index in CSV',
      csv,
      (all) => all.with(8, all[8]?.replace('107,', '108,') ?? ''),
      /changed: the columns of entry 107 do not say/,
    ],
    [
      'swapped rows in CSV',
      csv,
      (all) => all.with(3, all[4] ?? '').with(4, all[3] ?? ''),
      /reordered: entries 102 and 103 are swapped/,
    ],
  ];
  for (const [what, good, change, finding] of table) {
    test(`notices ${what}`, async () => {
      const file = path('changed');
      const text = change(await lines(good)).map((line) => `${line}\n`);
      await writeFile(file, text.join(''));
      const { code, out, aside } = await check(file, '--proof', `${good}.proof`);
      assert.deepEqual([code, out], [1, '']);
      assert.match(aside, finding);
    });
  }

  test('notices any line of the proof that was changed', async () => {
    const proof = await lines(`${ndjson}.proof`);
    const spoiled = path('spoiled.proof');
    for (const at of [
      0,
      1,
      2,
      10,
      60,
      proof.length - 5,
      proof.length - 4,
      proof.length - 3,
      proof.length - 1,
    ]) {
      const line = Buffer.from(proof[at] ?? '');
      const position = Math.floor(line.length / 2);
      line.writeUInt8(line.readUInt8(position) ^ 1, position);
      await writeFile(spoiled, `${proof.with(at, line.toString()).join('\n')}\n`);
      assert.equal((await check(ndjson, '--proof', spoiled)).code, 1, `line ${at}: ${line}`);
    }
  });
});

suite('pawprint verify record', () => {
  test('holds for a record with its proof, and for no other', async () => {
    const response = await instance.admin.fetch('/internal/audit-log/300/proof');
    const { entry, proof } = (await response.json()) as { entry: string; proof: string };
    const bytes = Buffer.from(entry, 'base64');
    await writeFile(path('300.json'), bytes);
    await writeFile(path('300-edited.json'), Buffer.concat([bytes, Buffer.from('\r\n')]));
    await writeFile(path('301.json'), entries[301] ?? Buffer.of());
    await writeFile(path('300.tlog-proof'), proof);
    const verify = (file: string) =>
      pawprint('verify', 'record', path(file), '--proof', path('300.tlog-proof'), '--key', path('key'));
    for (const file of ['300.json', '300-edited.json']) {
      const { code, out } = await verify(file);
      assert.equal(code, 0);
      assert.match(out, /^OK: entry 300 of pawprint\/\S+, among the first \d+\n$/);
    }
    const { code, aside } = await verify('301.json');
    assert.equal(code, 1);
    assert.match(aside, /^FAILED: not proven: the inclusion proof of entry 300 does not lead to the root/);
  });
});

suite('pawprint', () => {
  test('verifies a whole log over HTTP', async () => {
    const { code, out } = await pawprint(
      'verify',
      'log',
      address,
      '--key',
      vkey,
      '--token-file',
      path('token'),
      '--checkpoint',
      last,
    );
    assert.equal(code, 0);
    assert.match(
      out,
      /^OK: \d+ entries .*\nThey go on from the \d+ entries of the checkpoint kept elsewhere\n$/,
    );
  });

  const refused: [what: string, args: () => string[], message: RegExp][] = [
    ['an unknown command', () => ['bless', 'log'], /There is no command bless log\nSee pawprint --help/],
    ['no command but verify', () => ['verify'], /There is no command verify\n/],
    ['no log', () => ['verify', 'log', '--key', vkey], /Say which log/],
    ['no key', () => ['verify', 'log', sample.log], /Say the log's public key with --key/],
    [
      'a key that is none',
      () => ['verify', 'log', sample.log, '--key', 'log+01234567+AAAA'],
      /--key: the verifier key/,
    ],
    [
      'a key file that is not there',
      () => ['verify', 'log', sample.log, '--key', path('nokey')],
      /nokey: ENOENT/,
    ],
    ['an unknown option', () => ['verify', 'log', sample.log, '--force'], /Unknown option '--force'/],
    [
      'too many arguments',
      () => ['verify', 'log', sample.log, 'x', '--key', vkey],
      /x is one argument too many/,
    ],
    ['a file that is not there', () => ['verify', 'export', path('no'), '--key', vkey], /no\.proof: ENOENT/],
    ['no output file', () => ['export', sample.log, '--key', vkey], /Say where to write with --out/],
    [
      'an unwritable output',
      () => ['export', sample.log, '--key', vkey, '--out', path('no/file')],
      /no\/file\.partial: ENOENT/,
    ],
    [
      'a format that is none',
      () => ['export', sample.log, '--key', vkey, '--out', 'x', '--format', 'constructor'],
      /--format is ndjson or csv/,
    ],
    [
      'an index past the end',
      () => ['export', sample.log, '--key', vkey, '--out', 'x', '--from', '99999'],
      /--from is the index of an entry, from 0 to \d+/,
    ],
    [
      'a range backwards',
      () => ['export', sample.log, '--key', vkey, '--out', 'x', '--from', '9', '--to', '3'],
      /--from 9 is past --to 3/,
    ],
    [
      'no token',
      () => ['verify', 'log', address, '--key', vkey],
      /tile\/entries\/000: 401 Sign in or send a valid API token/,
    ],
    [
      'an address nobody answers at',
      () => ['verify', 'log', 'http://127.0.0.1:1/ledger', '--key', vkey],
      /http:\/\/127\.0\.0\.1:1\/ledger\/checkpoint: /,
    ],
  ];
  for (const [what, args, message] of refused) {
    test(`refuses ${what}`, async () => {
      const { code, out, aside } = await pawprint(...args());
      assert.deepEqual([code, out], [2, '']);
      assert.match(aside, message);
    });
  }

  test('does not follow a server to another one with the token', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const { code } = await pawprint(
      'verify',
      'log',
      `http://127.0.0.1:${port}/`,
      '--key',
      vkey,
      '--token-file',
      path('token'),
    );
    server.close();
    assert.equal(code, 2);
    assert.deepEqual(seen, ['/checkpoint']);
  });

  test('is a program: help, results and errors go where they belong', () => {
    const main = join(import.meta.dirname, '../src/main.ts');
    const start = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    const help = start('--help');
    assert.equal(help.status, 0);
    assert.match(help.stdout, /^Usage:\n {2}pawprint verify record /);
    assert.equal(start().status, 2);
    const good = start('verify', 'log', sample.log, '--key', vkey, '--checkpoint', last);
    assert.deepEqual([good.status, good.stderr], [0, '']);
    const bad = start('verify', 'log', folder, '--key', vkey);
    assert.deepEqual(
      [bad.status, bad.stdout, bad.stderr],
      [1, '', 'FAILED: missing: the checkpoint is missing\n'],
    );
  });
});
