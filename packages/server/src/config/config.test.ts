import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientAddress } from '../access/client-address.ts';
import { ConfigError, readConfig } from './config.ts';
import type { Environment } from './env.ts';

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return error.problems;
  }
  return [];
}

test('an empty environment is enough', () => {
  assert.deepEqual(readConfig({ PATH: '/bin', HOME: undefined }), {
    dataDirectory: './data',
    listen: { host: '127.0.0.1', port: 8080 },
    trustedProxies: [],
    outboundNetworks: [],
    databaseUrl: undefined,
    ledgerBucket: undefined,
    lakeBucket: undefined,
    restore: false,
    smtp: undefined,
    anchorFile: undefined,
    masterKey: undefined,
    firstAdministrator: undefined,
  });
});

test('every setting is taken', () => {
  const config = readConfig({
    PAWPRINT_ADMIN_EMAIL: 'ada@example.com',
    PAWPRINT_ADMIN_PASSWORD: 'tidal-acorn-velvet',
    PAWPRINT_ANCHOR_FILE: '/mnt/elsewhere/checkpoints',
    PAWPRINT_DATA_DIR: '/var/lib/pawprint',
    PAWPRINT_LISTEN: '[::1]:0',
    PAWPRINT_LAKE_STORE: 's3://data-lake',
    PAWPRINT_LEDGER_STORE: 's3://audit-ledger/pawprint/one',
    PAWPRINT_MASTER_KEY_FILE: '/run/secrets/master.key',
    PAWPRINT_OUTBOUND_NETWORKS: '192.0.2.0/24',
    PAWPRINT_RESTORE: 'true',
    PAWPRINT_S3_ENDPOINT: 'http://127.0.0.1:9000',
    PAWPRINT_S3_LOCK_MODE: 'GOVERNANCE',
    PAWPRINT_SMTP_FROM: 'pawprint@example.com',
    PAWPRINT_SMTP_URL: 'smtps://pawprint:p%40ss@mail.example.com',
    PAWPRINT_TRUST_PROXY: '10.0.0.0/8, fd00::/8',
    DATABASE_URL: 'postgresql://pawprint:p%40ss@db.example.com:5432/pawprint?sslmode=require',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
  });
  assert.deepEqual(
    {
      ...config,
      trustedProxies: config.trustedProxies.length,
      outboundNetworks: config.outboundNetworks.length,
    },
    {
      dataDirectory: '/var/lib/pawprint',
      listen: { host: '::1', port: 0 },
      trustedProxies: 2,
      outboundNetworks: 1,
      databaseUrl: 'postgresql://pawprint:p%40ss@db.example.com:5432/pawprint?sslmode=require',
      ledgerBucket: {
        location: {
          bucket: 'audit-ledger',
          prefix: 'pawprint/one',
          endpoint: 'http://127.0.0.1:9000',
          region: 'eu-central-1',
          credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
        },
        lockMode: 'GOVERNANCE',
      },
      lakeBucket: {
        bucket: 'data-lake',
        prefix: '',
        endpoint: 'http://127.0.0.1:9000',
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
      },
      restore: true,
      smtp: { url: 'smtps://pawprint:p%40ss@mail.example.com', from: 'pawprint@example.com' },
      anchorFile: '/mnt/elsewhere/checkpoints',
      masterKey: { kind: 'file', path: '/run/secrets/master.key' },
      firstAdministrator: { email: 'ada@example.com', password: 'tidal-acorn-velvet' },
    },
  );
  const connection = { remoteAddress: 'fd00::1', forwardedFor: '198.51.100.7' };
  assert.equal(clientAddress({ ...connection, ...config }).sourceIP, '198.51.100.7');
});

test('the master key is 32 bytes, or a file with them, and is never shown', () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  assert.deepEqual(readConfig({ PAWPRINT_MASTER_KEY: key }).masterKey, {
    kind: 'key',
    key: Buffer.alloc(32, 7),
  });
  for (const text of ['secret', key.slice(4), `${key.slice(0, -1)}`]) {
    assert.throws(() => readConfig({ PAWPRINT_MASTER_KEY: text }), {
      problems: ['PAWPRINT_MASTER_KEY can not be read: it must be 32 bytes in base64'],
    });
  }
  assert.throws(() => readConfig({ PAWPRINT_MASTER_KEY: key, PAWPRINT_MASTER_KEY_FILE: 'x' }), {
    problems: ['PAWPRINT_MASTER_KEY and PAWPRINT_MASTER_KEY_FILE are set both: one is enough'],
  });
});

test('addresses to listen on', () => {
  const accepted = {
    '0.0.0.0:80': { host: '0.0.0.0', port: 80 },
    '[::]:65535': { host: '::', port: 65_535 },
    'localhost:0': { host: 'localhost', port: 0 },
    'audit-1.example.com:443': { host: 'audit-1.example.com', port: 443 },
  };
  for (const [text, listen] of Object.entries(accepted)) {
    assert.deepEqual(readConfig({ PAWPRINT_LISTEN: text }).listen, listen);
  }
  const refused = ['8080', ':8080', '127.0.0.1', '::1:8080', '[127.0.0.1]:80', '[::1]', '127.0.0.256:80'];
  refused.push(
    '127.1:80',
    'localhost:65536',
    'localhost:-1',
    'localhost:http',
    'a b:80',
    'http://localhost:80',
  );
  for (const text of refused) {
    assert.deepEqual(problemsOf({ PAWPRINT_LISTEN: text }), [
      `PAWPRINT_LISTEN is "${text}": it must be an address and a port such as 127.0.0.1:8080, [::1]:8080 or localhost:0`,
    ]);
  }
});

test('buckets to keep the ledger in', () => {
  const bucketOf = (environment: Environment) => readConfig(environment).ledgerBucket;
  assert.deepEqual(bucketOf({ PAWPRINT_LEDGER_STORE: 's3://audit-ledger' }), {
    location: {
      bucket: 'audit-ledger',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      credentials: undefined,
    },
    lockMode: 'COMPLIANCE',
  });
  const withEndpoint = {
    PAWPRINT_LEDGER_STORE: 's3://audit.ledger/a/',
    PAWPRINT_S3_ENDPOINT: 'https://s3.example.com',
  };
  const { bucket, prefix, region } = bucketOf(withEndpoint)?.location ?? {};
  assert.deepEqual([bucket, prefix, region], ['audit.ledger', 'a', 'us-east-1']);
  // What other programs are told of AWS is no concern of an instance without a bucket.
  assert.equal(bucketOf({ AWS_REGION: '', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE' }), undefined);

  for (const text of ['audit-ledger', 's3://', 's3://a', 's3://Audit', 's3://audit/../x', 's3://audit//x']) {
    assert.deepEqual(problemsOf({ PAWPRINT_LEDGER_STORE: text }), [
      `PAWPRINT_LEDGER_STORE is "${text}": it must be a bucket, perhaps with a prefix, such as s3://audit-ledger/pawprint`,
    ]);
  }
  assert.deepEqual(
    problemsOf({
      PAWPRINT_LEDGER_STORE: 's3://audit-ledger',
      PAWPRINT_S3_ENDPOINT: 's3.example.com',
      PAWPRINT_S3_LOCK_MODE: 'governance',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      PAWPRINT_RESTORE: 'yes',
    }),
    [
      'PAWPRINT_S3_ENDPOINT is "s3.example.com": it must be a URL such as https://s3.example.com:9000',
      'PAWPRINT_S3_LOCK_MODE is "governance": it must be COMPLIANCE, GOVERNANCE or NONE',
      'AWS_SECRET_ACCESS_KEY is not set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set both or neither',
      'PAWPRINT_RESTORE is "yes": it must be true or false',
    ],
  );
  assert.deepEqual(problemsOf({ PAWPRINT_S3_LOCK_MODE: 'NONE', PAWPRINT_S3_ENDPOINT: 'http://s3' }), [
    'PAWPRINT_S3_LOCK_MODE is set, but PAWPRINT_LEDGER_STORE names no bucket',
    'PAWPRINT_S3_ENDPOINT is set, but neither PAWPRINT_LEDGER_STORE nor PAWPRINT_LAKE_STORE names a bucket',
  ]);
});

test('a bucket to copy the lake to', () => {
  const both = {
    PAWPRINT_LEDGER_STORE: 's3://audit/ledger',
    PAWPRINT_LAKE_STORE: 's3://audit/lake',
    PAWPRINT_S3_ENDPOINT: 'https://s3.example.com',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const server = {
    endpoint: 'https://s3.example.com',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  };
  const { ledgerBucket, lakeBucket } = readConfig(both);
  assert.deepEqual(ledgerBucket?.location, { bucket: 'audit', prefix: 'ledger', ...server });
  assert.deepEqual(lakeBucket, { bucket: 'audit', prefix: 'lake', ...server });
  const { PAWPRINT_LEDGER_STORE, ...lakeOnly } = both;
  assert.equal(readConfig(lakeOnly).ledgerBucket, undefined);
  assert.deepEqual(readConfig(lakeOnly).lakeBucket, lakeBucket);

  assert.deepEqual(problemsOf({ PAWPRINT_LAKE_STORE: 'data-lake' }), [
    'PAWPRINT_LAKE_STORE is "data-lake": it must be a bucket, perhaps with a prefix, such as s3://data-lake/pawprint',
  ]);
  for (const within of ['s3://audit', 's3://audit/ledger', 's3://audit/ledger/lake']) {
    assert.deepEqual(problemsOf({ ...both, PAWPRINT_LAKE_STORE: within }), [
      'PAWPRINT_LEDGER_STORE and PAWPRINT_LAKE_STORE must not be within each other',
    ]);
  }
});

test('trusted proxies are networks, every one of them', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8,', '10.0.0.0/33', '10.0.0.0/8;fd00::/8', 'true']) {
    assert.deepEqual(problemsOf({ PAWPRINT_TRUST_PROXY: text }), [
      `PAWPRINT_TRUST_PROXY is "${text}": it must be networks such as 10.0.0.0/8,2001:db8::/32`,
    ]);
  }
});

test('a mail server is a URL, and has a sender', () => {
  const from = { PAWPRINT_SMTP_FROM: 'pawprint@example.com' };
  for (const url of ['mail.example.com', 'https://mail.example.com', 'smtp:']) {
    const [problem = ''] = problemsOf({ ...from, PAWPRINT_SMTP_URL: url });
    assert.match(problem, /^PAWPRINT_SMTP_URL can not be read: it must be a URL such as smtps:\/\//);
  }
  assert.deepEqual(problemsOf(from), [
    'PAWPRINT_SMTP_URL and PAWPRINT_SMTP_FROM must be set both or neither',
  ]);
});

test('a variable that is set to nothing is a problem', () => {
  const problems = problemsOf({
    PAWPRINT_DATA_DIR: '',
    PAWPRINT_LISTEN: ' ',
    PAWPRINT_OUTBOUND_NETWORKS: '',
    PAWPRINT_TRUST_PROXY: '',
    DATABASE_URL: '',
    PAWPRINT_ADMIN_EMAIL: '',
    PAWPRINT_ADMIN_PASSWORD: '',
    PAWPRINT_LEDGER_STORE: '',
    PAWPRINT_RESTORE: '',
    AWS_SECRET_ACCESS_KEY: '',
  });
  assert.deepEqual(
    problems.map((problem) => problem.replace(/:.*/, '')),
    [
      'PAWPRINT_DATA_DIR is empty',
      'PAWPRINT_LISTEN is empty',
      'PAWPRINT_TRUST_PROXY is empty',
      'PAWPRINT_OUTBOUND_NETWORKS is empty',
      'DATABASE_URL is empty',
      'PAWPRINT_LEDGER_STORE is empty',
      'AWS_SECRET_ACCESS_KEY is empty',
      'AWS_ACCESS_KEY_ID is not set',
      'PAWPRINT_RESTORE is empty',
      'PAWPRINT_ADMIN_EMAIL is empty',
      'PAWPRINT_ADMIN_PASSWORD must have at least 12 characters',
    ],
  );
});

test('the first administrator has both an e-mail address and a good password', () => {
  const email = { PAWPRINT_ADMIN_EMAIL: 'ada@example.com' };
  const password = { PAWPRINT_ADMIN_PASSWORD: 'tidal-acorn-velvet' };
  const both = 'PAWPRINT_ADMIN_EMAIL and PAWPRINT_ADMIN_PASSWORD must be set both or neither';
  assert.deepEqual(problemsOf(email), [`PAWPRINT_ADMIN_PASSWORD is not set: ${both}`]);
  assert.deepEqual(problemsOf(password), [`PAWPRINT_ADMIN_EMAIL is not set: ${both}`]);
  assert.deepEqual(problemsOf({ ...password, PAWPRINT_ADMIN_EMAIL: 'ada' }), [
    'PAWPRINT_ADMIN_EMAIL is "ada": it must be an e-mail address such as ada@example.com',
  ]);
  assert.deepEqual(problemsOf({ ...email, PAWPRINT_ADMIN_PASSWORD: 'ada@example.com' }), [
    'PAWPRINT_ADMIN_PASSWORD must not be the e-mail address',
  ]);
});

test('unknown settings are named, with the one that was probably meant', () => {
  assert.deepEqual(
    problemsOf({
      PAWPRINT_LISTN: 'localhost:0',
      PAWPRINT_TRUSTED_PROXIES: '10.0.0.0/8',
      PAWPRINT_DATABASE_URL: 'postgres://db',
      pawprint_data_dir: '/data',
      PAWPRINT_COLOUR: 'brown',
    }),
    [
      'PAWPRINT_LISTN is not a setting: did you mean PAWPRINT_LISTEN?',
      'PAWPRINT_TRUSTED_PROXIES is not a setting: did you mean PAWPRINT_TRUST_PROXY?',
      'PAWPRINT_DATABASE_URL is not a setting: did you mean DATABASE_URL?',
      'pawprint_data_dir is not a setting: did you mean PAWPRINT_DATA_DIR?',
      'PAWPRINT_COLOUR is not a setting: the settings are PAWPRINT_ADMIN_EMAIL, PAWPRINT_ADMIN_PASSWORD, ' +
        'PAWPRINT_ANCHOR_FILE, PAWPRINT_DATA_DIR, PAWPRINT_LISTEN, PAWPRINT_MASTER_KEY, PAWPRINT_MASTER_KEY_FILE, ' +
        'PAWPRINT_OUTBOUND_NETWORKS, PAWPRINT_RESTORE, PAWPRINT_SMTP_FROM, PAWPRINT_SMTP_URL, PAWPRINT_TRUST_PROXY, ' +
        'DATABASE_URL, PAWPRINT_LEDGER_STORE, PAWPRINT_LAKE_STORE, PAWPRINT_S3_ENDPOINT, PAWPRINT_S3_LOCK_MODE, AWS_REGION, ' +
        'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN',
    ],
  );
});

test('all problems are told at once, and no secret with them', () => {
  const secret = 'hunter2';
  const problems = problemsOf({
    PAWPRINT_ADMIN_EMAIL: 'ada',
    PAWPRINT_ADMIN_PASSWORD: secret,
    PAWPRINT_ADMIN_PASSWROD: secret,
    PAWPRINT_LISTEN: 'nowhere',
    DATABASE_URL: `mysql://root:${secret}@db`,
  });
  assert.equal(problems.length, 5);
  assert.ok(!problems.join().includes(secret));
  for (const url of [`postgres//u:${secret}@db`, `postgres://u:${secret}@db:port`, `POSTGRES:u:${secret}`]) {
    const [problem = ''] = problemsOf({ DATABASE_URL: url });
    assert.match(problem, /^DATABASE_URL can not be read: it must be a URL that starts with postgres:\/\//);
    assert.ok(!problem.includes(secret));
  }
});
