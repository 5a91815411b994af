import { join } from 'node:path';
import { type ObjectStore, openDirectoryStore, openS3Store, type S3Location } from '@pawprint/ledger';
import type { Config } from '../config/config.ts';

/** Opens the place of the ledger's objects. */
export function openLedgerObjects({ ledgerBucket, dataDirectory }: Config): Promise<ObjectStore> {
  return ledgerBucket === undefined
    ? openDirectoryStore(join(dataDirectory, 'ledger'))
    : openS3Store(ledgerBucket.location, ledgerBucket.lockMode);
}

/** That place, for messages. */
export function placeOfObjects({ ledgerBucket, dataDirectory }: Config): string {
  if (ledgerBucket === undefined) return join(dataDirectory, 'ledger');
  return addressOf(ledgerBucket.location);
}

/** A place in a bucket as `s3://bucket/prefix`. */
export function addressOf({ bucket, prefix }: S3Location): string {
  return `s3://${[bucket, prefix].filter((part) => part !== '').join('/')}`;
}
