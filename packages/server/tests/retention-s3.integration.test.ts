import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectLegalHoldCommand, GetObjectRetentionCommand, S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '@pawprint/server';
import { administrator, type Client, startTestInstance, type TestInstance } from '@pawprint/testing';

// What the server itself says of locks and holds, asked past our own store.
const endpoint = process.env.TEST_S3_ENDPOINT;
const credentials = {
  accessKeyId: process.env.TEST_S3_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.TEST_S3_SECRET_ACCESS_KEY ?? '',
};
const bucket = process.env.TEST_S3_BUCKET ?? '';
const dayMs = 86_400_000;

function newPlace() {
  const server = { endpoint, region: 'us-east-1', credentials };
  const prefix = `test-${randomUUID()}`;
  const client = new S3Client({
    ...server,
    region: 'us-east-1',
    forcePathStyle: true,
    endpoint: endpoint ?? '',
  });
  const object = (key: string) => ({ Bucket: bucket, Key: `${prefix}/${key}` });
  return {
    ledgerBucket: { location: { ...server, bucket, prefix }, lockMode: 'COMPLIANCE' as const },
    async lockedUntilMs(key: string): Promise<number> {
      const { Retention } = await client.send(new GetObjectRetentionCommand(object(key)));
      return Retention?.RetainUntilDate?.getTime() ?? 0;
    },
    async isHeld(key: string): Promise<boolean> {
      // A server answers with an error where there never was a hold.
      const answer = await client.send(new GetObjectLegalHoldCommand(object(key))).catch(() => undefined);
      return answer?.LegalHold?.Status === 'ON';
    },
  };
}

async function makeRecords({ instance }: TestInstance, client: Client, count: number): Promise<void> {
  const fields = Array.from({ length: 20 }, (_, at) => `f${at}: generalSettings { companyName }`).join(' ');
  for (let made = 0; made < count; made += 20) await client.ask(`{ ${fields} }`);
  await instance.settled();
}

async function ask(instance: TestInstance, client: Client, field: string): Promise<string> {
  const answer = await client.ask<Record<string, { legalHold?: { id: string } }>>(`mutation { ${field} }`);
  await instance.instance.retention.settled();
  return Object.values(answer)[0]?.legalHold?.id ?? '';
}

const setDays = (days: number) =>
  `updateRetentionSettings(input: { days: ${days} }) { retentionSettings { days } }`;

suite('in a bucket with Object Lock', {
  skip: endpoint === undefined && 'TEST_S3_ENDPOINT is not set',
}, () => {
  const objects = ['tile/entries/000', 'tile/0/000'];

  test('a longer period lengthens the locks of all objects there are, and a shorter one leaves them', async () => {
    const place = newPlace();
    await using instance = await startTestInstance({ ledgerBucket: place.ledgerBucket });
    const startedAtMs = Date.now();
    await makeRecords(instance, instance.admin, 300);
    const isAfter = async (key: string, days: number) => {
      const locked = (await place.lockedUntilMs(key)) - startedAtMs - days * dayMs;
      assert.ok(locked > 0 && locked < 120_000, `${key}: ${locked} ms after ${days} days`);
    };
    for (const key of objects) await isAfter(key, 1_826);
    await ask(instance, instance.admin, setDays(4_000));
    for (const key of objects) await isAfter(key, 4_000);
    await ask(instance, instance.admin, setDays(10));
    await makeRecords(instance, instance.admin, 260);
    for (const key of [...objects, 'tile/entries/001']) await isAfter(key, 4_000);
    const status = async () => {
      const { retentionSettings } = await instance.admin.ask<{
        retentionSettings: { recordsToLock: number; ledgerBytes: number | null };
      }>('{ retentionSettings { recordsToLock ledgerBytes } }');
      return retentionSettings;
    };
    // Each look leaves a record. What a busy server refuses is tried again within a minute.
    for (let tries = 0; (await status()).recordsToLock > 0; tries += 1) {
      assert.ok(tries < 25, 'the locks were never all lengthened');
      await delay(Math.min(100 * 2 ** tries, 6_000));
    }
    assert.deepEqual(await status(), { recordsToLock: 0, ledgerBytes: null });
  });

  test('a hold is on its objects until the last hold that covers them is released, also on later ones', async () => {
    const place = newPlace();
    await using instance = await startTestInstance({ ledgerBucket: place.ledgerBucket });
    await makeRecords(instance, instance.admin, 300);
    const held = () => Promise.all(objects.map(place.isHeld));
    const create = (range: string) =>
      ask(
        instance,
        instance.admin,
        `createLegalHold(input: { ${range}, reason: "case" }) { legalHold { id } }`,
      );
    const release = (id: string) =>
      ask(instance, instance.admin, `releaseLegalHold(input: { id: "${id}" }) { legalHold { id } }`);
    assert.deepEqual(await held(), [false, false]);
    const one = await create('from: 0, to: 0');
    const other = await create('from: 200');
    assert.deepEqual(await held(), [true, true]);
    await release(one);
    assert.deepEqual(await held(), [true, true]);
    await makeRecords(instance, instance.admin, 260);
    for (let tries = 0; !(await place.isHeld('tile/entries/001')); tries += 1) {
      assert.ok(tries < 600, 'the hold never reached a later object');
      await delay(100);
    }
    await release(other);
    assert.deepEqual([...(await held()), await place.isHeld('tile/entries/001')], [false, false, false]);
  });

  test('what the server still locks is a system error, and goes when its lock is over', async () => {
    const place = newPlace();
    let aheadMs = -dayMs - 7_200_000;
    const epochNanoseconds = () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n;
    await using instance = await startTestInstance({
      ledgerBucket: place.ledgerBucket,
      clock: { epochNanoseconds },
    });
    const { ledger, retention, systemErrors } = instance.instance;
    await ask(instance, instance.admin, setDays(1));
    // By the clock of the server the locks of what is written now last a few seconds.
    aheadMs = -dayMs + 10_000;
    const now = await instance.signIn(administrator.email, administrator.password);
    await makeRecords(instance, now, 300);
    const lockedUntilMs = await place.lockedUntilMs('tile/entries/000');
    assert.ok(lockedUntilMs > Date.now() && lockedUntilMs < Date.now() + 30_000);

    aheadMs = 2 * dayMs;
    const later = await instance.signIn(administrator.email, administrator.password);
    const look = async () => {
      retention.wake();
      await retention.settled();
      await systemErrors.settled();
      const answer = await later.ask<{ systemErrors: { kind: string; subject: string; message: string }[] }>(
        '{ systemErrors { kind subject message resolvedAt } }',
      );
      return answer.systemErrors.filter(({ kind }) => kind === 'retention');
    };
    const [refused] = await look();
    assert.match(
      refused?.message ?? '',
      /^Records whose time is over could not be removed: the ledger's storage does not delete tile\/entries\/000: it is locked until 20/,
    );
    assert.equal(ledger.firstIndex, 256, 'they are not shown any more');
    assert.equal((await look()).length, 1, 'it is reported once');
    await delay(Math.max(0, lockedUntilMs - Date.now()) + 1_500);
    assert.ok((await look()).every((error) => 'resolvedAt' in error && error.resolvedAt !== null));
    await assert.rejects(place.lockedUntilMs('tile/entries/000'), { name: /NoSuchKey|NotFound/ });
    assert.ok((await place.lockedUntilMs('tile/0/000')) > 0, 'hash tiles stay');
  });
});
