import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3';
import {
  createBucket,
  deleteVersion,
  newLocation,
  owner,
  versionsAt,
  withoutS3,
} from '../../tests/s3-server.ts';
import { testObjectStore } from './object-store.conformance.ts';
import { type LockMode, openS3Store, type S3Location } from './s3-store.ts';

const hour = 3_600_000;
const inAnHour = () => new Date(Date.now() + hour);
const locked = /AccessDenied|InvalidRequest/;

function testConformance(kind: string, lockMode: LockMode): void {
  testObjectStore(kind, async () => {
    const location = newLocation();
    return { open: () => openS3Store(location, lockMode), remove: async () => undefined };
  });
}

if (withoutS3 === undefined) {
  testConformance('S3 store', 'COMPLIANCE');
  testConformance('S3 store without locks', 'NONE');
}

suite('a bucket', { skip: withoutS3 ?? false }, () => {
  test('keeps a locked object and its bytes until its time, from us and from its owner', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'COMPLIANCE');
    await store.write('tile/0/000', Buffer.from('hashes'), { retainUntil: inAnHour() });
    await assert.rejects(store.delete('tile/0/000'), {
      name: 'LedgerError',
      code: 'storage',
      message: /^the ledger's storage does not delete tile\/0\/000: it is locked until 20\d\d-/,
    });
    await assert.rejects(store.deleteAll('tile/'), {
      code: 'storage',
      message: /tile\/0\/000: it is locked/,
    });

    const [version] = await versionsAt(location);
    assert.ok(version);
    await assert.rejects(deleteVersion(location, version), locked);
    await assert.rejects(deleteVersion(location, version, { bypass: true }), locked);
    await assert.rejects(shorten(location, 'tile/0/000', 'COMPLIANCE'), locked);
    // What hides it can be taken away again.
    await deleteVersion(location, { Key: 'tile/0/000' });
    assert.equal(await store.read('tile/0/000'), undefined);
    const mark = (await versionsAt(location)).find(({ VersionId }) => VersionId !== version.VersionId);
    assert.ok(mark);
    await deleteVersion(location, mark);
    assert.equal(String(await store.read('tile/0/000')), 'hashes');
  });

  test('gives a locked object up after its time', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'COMPLIANCE');
    await store.write('tile/0/000', Buffer.from('hashes'), { retainUntil: new Date(Date.now() + 4_000) });
    await assert.rejects(store.delete('tile/0/000'), { code: 'storage' });
    await delay(4_500);
    await store.delete('tile/0/000');
    assert.deepEqual(await versionsAt(location), []);
  });

  test('in the mode GOVERNANCE lets go only with the permission for it', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'GOVERNANCE');
    await store.write('tile/0/000', Buffer.from('hashes'), { retainUntil: inAnHour() });
    await assert.rejects(store.delete('tile/0/000'), { code: 'storage', message: /locked until/ });
    const [version] = await versionsAt(location);
    assert.ok(version);
    await assert.rejects(deleteVersion(location, version), locked);
    await deleteVersion(location, version, { bypass: true });
    assert.equal(await store.read('tile/0/000'), undefined);
  });

  test('lengthens a lock and never shortens it', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'COMPLIANCE');
    const soon = new Date(Date.now() + 4_000);
    await store.write('bundle', Buffer.from('entries'), { retainUntil: soon });
    await store.retain('bundle', inAnHour());
    await store.retain('bundle', soon);
    await delay(4_500);
    await assert.rejects(store.delete('bundle'), { code: 'storage', message: /locked until/ });
    await assert.rejects(store.retain('none', soon), { code: 'missing_object', message: /none/ });
  });

  test('keeps an object under legal hold until the hold is taken away', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'COMPLIANCE');
    await store.write('bundle', Buffer.from('entries'));
    await store.hold('bundle', true);
    await assert.rejects(store.delete('bundle'), {
      code: 'storage',
      message: /bundle: it is under legal hold/,
    });
    await store.hold('bundle', false);
    await store.delete('bundle');
    assert.deepEqual(await versionsAt(location), []);
    await assert.rejects(store.hold('bundle', true), { code: 'missing_object' });
  });

  test('holds one version of what is replaced, and none of what is deleted', async () => {
    const location = newLocation();
    let store = await openS3Store(location, 'COMPLIANCE');
    const keys = async () => (await versionsAt(location)).map(({ Key }) => Key).toSorted();
    for (const text of ['one', 'two', 'three']) {
      await store.write('checkpoint', Buffer.from(text));
      await store.write('tile/0/000.p/1', Buffer.from(text));
      // Longer keys that begin alike are others.
      await store.write('tile/0/000.p/11', Buffer.from(text));
    }
    assert.deepEqual(await keys(), ['checkpoint', 'tile/0/000.p/1', 'tile/0/000.p/11']);

    // A process died after writing and before deleting what it replaced.
    for (const text of ['four', 'five']) await putAsOwner(location, 'checkpoint', text);
    assert.equal((await keys()).length, 5);
    store = await openS3Store(location, 'COMPLIANCE');
    await store.write('checkpoint', Buffer.from('six'));
    assert.equal(String(await store.read('checkpoint')), 'six');
    assert.deepEqual(await keys(), ['checkpoint', 'tile/0/000.p/1', 'tile/0/000.p/11']);

    await putAsOwner(location, 'tile/0/000.p/1', 'twice');
    await deleteVersion(location, { Key: 'checkpoint' });
    await store.delete('checkpoint');
    await store.delete('tile/0/000.p/1');
    assert.deepEqual(await keys(), ['tile/0/000.p/11']);
    await putAsOwner(location, 'tile/0/000.p/11', 'twice');
    await store.deleteAll('tile/0/000.p/');
    assert.deepEqual(await keys(), []);
  });

  test('holds one version of a locked object that is written again, and both when they differ', async () => {
    const location = newLocation();
    const store = await openS3Store(location, 'COMPLIANCE');
    const soon = new Date(Date.now() + 30_000);
    await store.write('tile/0/000', Buffer.from('hashes'), { retainUntil: soon });
    await store.write('tile/0/000', Buffer.from('hashes'), { retainUntil: inAnHour() });
    assert.equal((await versionsAt(location)).length, 1);
    await assert.rejects(store.delete('tile/0/000'), {
      message: new RegExp(inAnHour().toISOString().slice(0, 13)),
    });
    await store.write('tile/0/000', Buffer.from('others'), { retainUntil: inAnHour() });
    assert.equal(String(await store.read('tile/0/000')), 'others');
    assert.equal((await versionsAt(location)).length, 2);
  });

  test('locks nothing in the mode NONE, with versions or without', async () => {
    for (const bucket of [newLocation().bucket, await createBucket(false)]) {
      const location = { ...newLocation(), bucket };
      const store = await openS3Store(location, 'NONE');
      for (const text of ['one', 'two']) {
        await store.write('object', Buffer.from(text), { retainUntil: inAnHour() });
        assert.equal(String(await store.read('object')), text);
      }
      await store.retain('object', inAnHour());
      await store.hold('object', true);
      assert.equal((await versionsAt(location)).length, 1);
      await store.delete('object');
      assert.deepEqual(await versionsAt(location), []);
    }
  });
});

suite('opening a bucket', { skip: withoutS3 ?? false }, () => {
  const refuses = (location: Partial<S3Location>, message: RegExp) =>
    assert.rejects(openS3Store({ ...newLocation(), ...location }, 'COMPLIANCE'), {
      name: 'LedgerError',
      code: 'storage',
      message,
    });

  test('that is not there, or at nobody, is refused', async () => {
    await refuses({ bucket: 'there-is-none' }, /could not open the bucket there-is-none: NoSuchBucket$/);
    await refuses({ endpoint: 'http://127.0.0.1:9' }, /could not open the bucket .*: ECONNREFUSED$/);
  });

  test('without versioning or Object Lock is refused unless the mode is NONE', async () => {
    const bucket = await createBucket(false);
    await refuses({ bucket }, /does not have Object Lock enabled.* only the lock mode NONE goes without/);
    await openS3Store({ ...newLocation(), bucket }, 'NONE');
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await owner.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
    await refuses({ bucket }, /does not have Object Lock enabled/);
  });

  test('that locks every object by default is refused', async () => {
    const bucket = await createBucket(true);
    const Rule = { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } } as const;
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule } as const;
    await owner.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }));
    await refuses({ bucket }, /locks every new object by a default retention/);
  });

  test('with wrong credentials says so and shows none', async () => {
    const { credentials } = newLocation();
    for (const [wrong, why] of [
      [
        { accessKeyId: 'AKIDNOBODY', secretAccessKey: 'hunter2-hunter2' }, // The name that versitygw gives it, too.
        /InvalidAccessKeyId|XAdminUserNotFound/,
      ],
      [
        { accessKeyId: credentials?.accessKeyId ?? '', secretAccessKey: 'hunter2-hunter2' },
        /SignatureDoesNotMatch/,
      ],
    ] as const) {
      const error: unknown = await openS3Store({ ...newLocation(), credentials: wrong }, 'COMPLIANCE').catch(
        (failure: unknown) => failure,
      );
      assert.match(String(error), why);
      assert.ok(error instanceof Error && error.cause instanceof Error);
      assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /hunter2/);
    }
  });
});

function shorten({ bucket, prefix }: S3Location, key: string, mode: 'COMPLIANCE'): Promise<unknown> {
  const Retention = { Mode: mode, RetainUntilDate: new Date(Date.now() + 60_000) };
  const input = { Bucket: bucket, Key: `${prefix}/${key}`, Retention, BypassGovernanceRetention: true };
  return owner.send(new PutObjectRetentionCommand(input));
}

function putAsOwner({ bucket, prefix }: S3Location, key: string, text: string): Promise<unknown> {
  return owner.send(
    new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/${key}`, Body: Buffer.from(text) }),
  );
}
