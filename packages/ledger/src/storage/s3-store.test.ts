import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openS3Store } from './s3-store.ts';

// What needs a server is in s3-store.integration.test.ts.

test('the SDK is loaded when a bucket is opened and not before; what fails then is told', async () => {
  const { cache } = createRequire(import.meta.url);
  const modulesOfSdk = () => Object.keys(cache).filter((path) => path.includes('@aws-sdk'));
  assert.deepEqual(modulesOfSdk(), []);
  const nowhere = { bucket: 'bucket', prefix: '', endpoint: 'http://127.0.0.1:9', region: 'us-east-1' };
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
  await assert.rejects(openS3Store({ ...nowhere, credentials }, 'COMPLIANCE'), {
    name: 'LedgerError',
    code: 'storage',
    message: "the ledger's storage could not open the bucket bucket: ECONNREFUSED",
  });
  assert.notDeepEqual(modulesOfSdk(), []);
});
