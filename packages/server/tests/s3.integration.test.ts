import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { openS3Store, type S3Location } from '@pawprint/ledger';
import { decodeEntry } from '@pawprint/record';
import { administrator, type Client, sessionClient, startTestInstance } from '@pawprint/testing';
import { testRestore } from './restore.conformance.ts';
import { address, folder, type Program, run } from './running-program.ts';

const skip = process.env.TEST_S3_ENDPOINT === undefined ? 'TEST_S3_ENDPOINT is not set' : false;

function newLocation(): S3Location {
  const { TEST_S3_ENDPOINT: endpoint, TEST_S3_BUCKET: bucket = '' } = process.env;
  const { TEST_S3_ACCESS_KEY_ID: accessKeyId = '', TEST_S3_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    process.env;
  const credentials = { accessKeyId, secretAccessKey };
  return { bucket, prefix: `instance-${randomUUID()}`, endpoint, region: 'us-east-1', credentials };
}

/** The settings that lead a program to a bucket. */
function settingsOf({ bucket, prefix, endpoint = '', credentials }: S3Location): Record<string, string> {
  return {
    PAWPRINT_LEDGER_STORE: `s3://${bucket}/${prefix}`,
    PAWPRINT_S3_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  };
}

async function copyOf(location: S3Location): Promise<string> {
  const copy = join(folder, randomUUID());
  const objects = await openS3Store(location, 'COMPLIANCE');
  for await (const key of objects.list('')) {
    await mkdir(dirname(join(copy, key)), { recursive: true });
    await writeFile(join(copy, key), (await objects.read(key)) ?? '');
  }
  return copy;
}

if (skip === false) {
  testRestore('a bucket', () => {
    const location = newLocation();
    return {
      options: { ledgerBucket: { location, lockMode: 'COMPLIANCE' } },
      bring: async () => undefined,
      open: () => openS3Store(location, 'COMPLIANCE'),
      name: () => `s3://${location.bucket}/${location.prefix}`,
    };
  });
}

suite('an instance on a bucket', { skip }, () => {
  test('killed five times under load, has everything acknowledged in a log that others verify and nobody deletes', async () => {
    const location = newLocation();
    const dataDirectory = join(folder, 'killed');
    const settings = {
      ...settingsOf(location),
      PAWPRINT_DATA_DIR: dataDirectory,
      PAWPRINT_ADMIN_EMAIL: administrator.email,
      PAWPRINT_ADMIN_PASSWORD: administrator.password,
    };
    const created = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      const program = run(settings);
      const at = await address(program);
      await actUntilKilled(program, await signedIn(at), created);
    }
    assert.ok(created.size > 100, `only ${created.size} actions were acknowledged`);

    const ledgerBucket = { location, lockMode: 'COMPLIANCE' } as const;
    await using instance = await startTestInstance({ dataDirectory, ledgerBucket });
    await instance.instance.settled();
    const { size } = instance.instance.ledger;
    const entries = (await instance.instance.ledger.read(0, size)).map(decodeEntry);
    assert.equal(new Set(entries.map(({ id }) => id)).size, size, 'an entry stands in the ledger twice');
    const recorded = new Set(entries.map(({ record }) => JSON.stringify(record.actionParams)));
    for (const name of created) {
      assert.ok(
        [...recorded].some((params) => params.includes(name)),
        `${name} was acknowledged and has no record`,
      );
    }
    const key = join(folder, 'vkey');
    await writeFile(key, await (await fetch(`${instance.address}/ledger/vkey`)).text());
    await instance.stop();

    const cli = join(import.meta.dirname, '../../cli/src/main.ts');
    const args = [cli, 'verify', 'log', await copyOf(location), '--key', key];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^OK: [\d,]+ entries of pawprint\/\S+, all as signed/);
    const objects = await openS3Store(location, 'COMPLIANCE');
    const inFiveYears = `locked until ${new Date().getUTCFullYear() + 5}-`;
    for (const path of ['tile/entries/000', 'tile/0/000']) {
      await assert.rejects(objects.delete(path), { code: 'storage', message: new RegExp(inFiveYears) });
    }
  });

  test('does not start where objects could not be locked, and says what to do', async () => {
    const program = run({
      ...settingsOf({ ...newLocation(), bucket: 'there-is-none' }),
      PAWPRINT_DATA_DIR: join(folder, 'none'),
    });
    assert.equal(await program.ended, 1);
    assert.equal(
      program.said.error,
      "the ledger's storage could not open the bucket there-is-none: NoSuchBucket\n",
    );
  });
});

async function signedIn(at: string): Promise<Client> {
  const response = await sessionClient(at).post('/internal/sign-in', administrator);
  assert.equal(response.status, 200, await response.text());
  return sessionClient(at, response.headers.get('set-cookie') ?? '');
}

/** Makes roles, noting each that was acknowledged, until the program is killed amid that, after 30 or more. */
async function actUntilKilled(program: Program, client: Client, created: Set<string>): Promise<void> {
  const enough = created.size + 30 + Math.floor(Math.random() * 100);
  const act = async () => {
    for (;;) {
      const name = `role ${randomUUID()}`;
      const query = 'mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }';
      try {
        await client.ask(query, { input: { name, permissions: [] } });
      } catch {
        return;
      }
      created.add(name);
      if (created.size === enough) setTimeout(() => program.child.kill('SIGKILL'), Math.random() * 20);
    }
  };
  await Promise.all(Array.from({ length: 8 }, act));
  assert.equal(await program.ended, 'SIGKILL', program.said.error);
}
