import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './free-port.ts';
import { goProgram } from './go-program.ts';

const credentials = { accessKeyId: 'pawprint', secretAccessKey: 'only-for-these-tests' };
const bucket = 'with-object-lock';

/** A server and what tests are told of it. */
export interface S3Server {
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Starts versitygw, an S3 server that keeps Object Lock's promises, on a temporary folder, with one bucket. Where there is
 * no Go to build it with, there is no server, and tests that need one are skipped.
 */
export async function startS3(): Promise<S3Server> {
  const program = await goProgram('github.com/versity/versitygw/cmd/versitygw', 'v1.8.0');
  if (program === undefined) {
    console.log('There is no Go to build an S3 server with: tests against S3 are skipped');
    return { environment: {}, stop: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-s3-'));
  const [data, versions] = [join(folder, 'data'), join(folder, 'versions')];
  for (const path of [data, versions]) await mkdir(path);
  const port = await freePort();
  const server = spawn(
    program,
    ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', '--versioning-dir', versions, data],
    {
      env: {
        PATH: process.env.PATH,
        ROOT_ACCESS_KEY_ID: credentials.accessKeyId,
        ROOT_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      },
      stdio: 'ignore',
    },
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await createBucket(endpoint, () => server.exitCode !== null);
  return {
    environment: {
      TEST_S3_ENDPOINT: endpoint,
      TEST_S3_BUCKET: bucket,
      TEST_S3_ACCESS_KEY_ID: credentials.accessKeyId,
      TEST_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Once the server answers. */
async function createBucket(endpoint: string, hasEnded: () => boolean): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
      return;
    } catch (error) {
      if (hasEnded() || attempt === 600) throw error;
      await delay(100);
    }
  }
}
