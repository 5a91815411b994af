import type { LockMode, S3Location } from '@pawprint/ledger';
import type { Environment } from './env.ts';

/** The bucket of an S3 server that holds the ledger's objects. */
export interface LedgerBucket {
  readonly location: S3Location;
  readonly lockMode: LockMode;
}

export const ledgerBucketVariables = [
  'PAWPRINT_LEDGER_STORE',
  'PAWPRINT_S3_ENDPOINT',
  'PAWPRINT_S3_LOCK_MODE',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
] as const;

export type LedgerBucketVariable = (typeof ledgerBucketVariables)[number];

type Read = <Value>(
  variable: LedgerBucketVariable,
  parse: (text: string) => Value | undefined,
  accepted: string,
) => Value | undefined;

/** The variables of AWS are looked at only when there is a bucket: other programs set them, too. */
export function readLedgerBucket(
  environment: Environment,
  read: Read,
  problems: string[],
): LedgerBucket | undefined {
  const address = read(
    'PAWPRINT_LEDGER_STORE',
    parseAddress,
    'a bucket, perhaps with a prefix, such as s3://audit-ledger/pawprint',
  );
  const endpoint = read('PAWPRINT_S3_ENDPOINT', parseEndpoint, 'a URL such as https://s3.example.com:9000');
  const lockMode = read('PAWPRINT_S3_LOCK_MODE', parseLockMode, 'COMPLIANCE, GOVERNANCE or NONE');
  if (environment.PAWPRINT_LEDGER_STORE === undefined) {
    for (const variable of ['PAWPRINT_S3_ENDPOINT', 'PAWPRINT_S3_LOCK_MODE'] as const) {
      if (environment[variable] === undefined) continue;
      problems.push(`${variable} is set, but PAWPRINT_LEDGER_STORE names no bucket`);
    }
    return undefined;
  }

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
  if (address === undefined) return undefined;
  return {
    location: {
      ...address,
      endpoint,
      // Other servers have hardly ever regions, but sign requests with the name of one.
      region: region ?? (endpoint === undefined ? undefined : 'us-east-1'),
      credentials:
        accessKeyId === undefined || secretAccessKey === undefined
          ? undefined
          : { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    },
    lockMode: lockMode ?? 'COMPLIANCE',
  };
}

function parseAddress(text: string): Pick<S3Location, 'bucket' | 'prefix'> | undefined {
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
