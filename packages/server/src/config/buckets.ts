import type { LockMode, S3Location } from '@pawprint/ledger';
import type { Environment } from './env.ts';

/** The bucket of an S3 server that holds the ledger's objects. */
export interface LedgerBucket {
  readonly location: S3Location;
  readonly lockMode: LockMode;
}

export interface Buckets {
  /** Where the ledger's objects are; undefined for a folder of the data directory. */
  readonly ledgerBucket: LedgerBucket | undefined;
  /** Where a copy of the lake's files is kept; undefined for none. */
  readonly lakeBucket: S3Location | undefined;
}

export const bucketVariables = [
  'PAWPRINT_LEDGER_STORE',
  'PAWPRINT_LAKE_STORE',
  'PAWPRINT_S3_ENDPOINT',
  'PAWPRINT_S3_LOCK_MODE',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const;

export type BucketVariable = (typeof bucketVariables)[number];

type Read = <Value>(
  variable: BucketVariable,
  parse: (text: string) => Value | undefined,
  accepted: string,
) => Value | undefined;

/** The variables of AWS are looked at only when there is a bucket: other programs set them, too. */
export function readBuckets(environment: Environment, read: Read, problems: string[]): Buckets {
  const ledger = read('PAWPRINT_LEDGER_STORE', parseAddress, accepted('audit-ledger'));
  const lake = read('PAWPRINT_LAKE_STORE', parseAddress, accepted('data-lake'));
  const endpoint = read('PAWPRINT_S3_ENDPOINT', parseEndpoint, 'a URL such as https://s3.example.com:9000');
  const lockMode = read('PAWPRINT_S3_LOCK_MODE', parseLockMode, 'COMPLIANCE, GOVERNANCE or NONE');
  const { PAWPRINT_LEDGER_STORE: ledgerStore, PAWPRINT_LAKE_STORE: lakeStore } = environment;
  if (environment.PAWPRINT_S3_LOCK_MODE !== undefined && ledgerStore === undefined) {
    problems.push('PAWPRINT_S3_LOCK_MODE is set, but PAWPRINT_LEDGER_STORE names no bucket');
  }
  if (ledgerStore === undefined && lakeStore === undefined) {
    if (environment.PAWPRINT_S3_ENDPOINT !== undefined) {
      problems.push(
        'PAWPRINT_S3_ENDPOINT is set, but neither PAWPRINT_LEDGER_STORE nor PAWPRINT_LAKE_STORE names a bucket',
      );
    }
    return { ledgerBucket: undefined, lakeBucket: undefined };
  }
  if (ledger !== undefined && lake !== undefined && overlap(ledger, lake)) {
    problems.push('PAWPRINT_LEDGER_STORE and PAWPRINT_LAKE_STORE must not be within each other');
  }
  const server = readServer(environment, endpoint, read, problems);
  return {
    ledgerBucket: ledger && { location: { ...ledger, ...server }, lockMode: lockMode ?? 'COMPLIANCE' },
    lakeBucket: lake && { ...lake, ...server },
  };
}

function accepted(bucket: string): string {
  return `a bucket, perhaps with a prefix, such as s3://${bucket}/pawprint`;
}

type Address = Pick<S3Location, 'bucket' | 'prefix'>;

function overlap(a: Address, b: Address): boolean {
  const [one, other] = [`${a.prefix}/`, `${b.prefix}/`];
  const isWithin = a.prefix === '' || b.prefix === '' || one.startsWith(other) || other.startsWith(one);
  return a.bucket === b.bucket && isWithin;
}

function readServer(
  environment: Environment,
  endpoint: string | undefined,
  read: Read,
  problems: string[],
): Pick<S3Location, 'endpoint' | 'region' | 'credentials'> {
  const region = read('AWS_REGION', (text) => text, 'the name of a region such as eu-central-1');
  const accessKeyId = read('AWS_ACCESS_KEY_ID', (text) => text, 'an access key');
  const secretAccessKey = read('AWS_SECRET_ACCESS_KEY', (text) => text, 'a secret access key');
  const sessionToken = read('AWS_SESSION_TOKEN', (text) => text, 'a session token');
  if ((environment.AWS_ACCESS_KEY_ID === undefined) !== (environment.AWS_SECRET_ACCESS_KEY === undefined)) {
    const missing =
      environment.AWS_ACCESS_KEY_ID === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY';
    problems.push(
      `${missing} is not set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set both or neither`,
    );
  }
  return {
    endpoint,
    // Other servers have hardly ever regions, but sign requests with the name of one.
    region: region ?? (endpoint === undefined ? undefined : 'us-east-1'),
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  };
}

function parseAddress(text: string): Address | undefined {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z\d][a-z\d.-]{1,61}[a-z\d])(?:\/([A-Za-z\d][\w.-]*(?:\/[A-Za-z\d][\w.-]*)*))?\/?$/.exec(
      text,
    ) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

function parseEndpoint(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === '' && url.search === '' && url.hash === '';
  return isPlain && /^https?:$/.test(url.protocol) ? text : undefined;
}

function parseLockMode(text: string): LockMode | undefined {
  return text === 'COMPLIANCE' || text === 'GOVERNANCE' || text === 'NONE' ? text : undefined;
}
