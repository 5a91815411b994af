import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { openS3Store, type S3Location } from '../src/storage/s3-store.ts';
import type { StorePlace } from './test-log.ts';

/** Why tests against S3 are skipped; undefined when there is a server. `npm run test:integration` starts one. */
export const withoutS3 =
  process.env.TEST_S3_ENDPOINT === undefined ? 'TEST_S3_ENDPOINT is not set' : undefined;

const endpoint = process.env.TEST_S3_ENDPOINT ?? 'http://127.0.0.1:9';
const credentials = {
  accessKeyId: process.env.TEST_S3_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.TEST_S3_SECRET_ACCESS_KEY ?? '',
};

/** The server's owner, past our store: what an attacker with all its credentials can do. */
export const owner = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });

/** A place that nobody else uses, in the bucket with Object Lock. */
export function newLocation(): S3Location {
  const bucket = process.env.TEST_S3_BUCKET ?? '';
  return { bucket, prefix: `test-${randomUUID()}`, endpoint, region: 'us-east-1', credentials };
}

/** The objects of a log below a prefix of its own, full ones locked. */
export function placeIn(location = newLocation()): StorePlace {
  const open = () => openS3Store(location, 'COMPLIANCE');
  return {
    open,
    async copy() {
      const copy = newLocation();
      const [from, to] = [await open(), await openS3Store(copy, 'COMPLIANCE')];
      for await (const key of from.list('')) await to.write(key, (await from.read(key)) ?? Buffer.of());
      return placeIn(copy);
    },
  };
}

/** A bucket of its own. */
export async function createBucket(withLock: boolean): Promise<string> {
  const bucket = `test-${randomUUID()}`;
  await owner.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: withLock }));
  return bucket;
}

/** `key version` of all that is below a prefix, deletion marks too. */
export async function versionsAt({
  bucket,
  prefix,
}: S3Location): Promise<{ Key: string; VersionId: string }[]> {
  const found = await owner.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `${prefix}/` }));
  if (found.IsTruncated) throw new Error(`there are more versions below ${prefix} than fit into one page`);
  return [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])].map(({ Key = '', VersionId = '' }) => ({
    Key: Key.slice(prefix.length + 1),
    VersionId,
  }));
}

/** Deletes one version as the owner. */
export async function deleteVersion(
  { bucket, prefix }: S3Location,
  { Key, VersionId }: { Key: string; VersionId?: string },
  { bypass = false } = {},
): Promise<void> {
  const input = { Bucket: bucket, Key: `${prefix}/${Key}`, VersionId, BypassGovernanceRetention: bypass };
  await owner.send(new DeleteObjectCommand(input));
}
