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
    masterKey: undefined,
    firstAdministrator: undefined,
  });
});

test('every setting is taken', () => {
  const config = readConfig({
    PAWPRINT_ADMIN_EMAIL: 'ada@example.com',
    PAWPRINT_ADMIN_PASSWORD: 'tidal-acorn-velvet',
    PAWPRINT_DATA_DIR: '/var/lib/pawprint',
    PAWPRINT_LISTEN: '[::1]:0',
    PAWPRINT_MASTER_KEY_FILE: '/run/secrets/master.key',
    PAWPRINT_OUTBOUND_NETWORKS: '192.0.2.0/24',
    PAWPRINT_TRUST_PROXY: '10.0.0.0/8, fd00::/8',
    DATABASE_URL: 'postgresql://pawprint:p%40ss@db.example.com:5432/pawprint?sslmode=require',
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

test('trusted proxies are networks, every one of them', () => {
  for (const text of ['10.0.0.1', '10.0.0.0/8,', '10.0.0.0/33', '10.0.0.0/8;fd00::/8', 'true']) {
    assert.deepEqual(problemsOf({ PAWPRINT_TRUST_PROXY: text }), [
      `PAWPRINT_TRUST_PROXY is "${text}": it must be networks such as 10.0.0.0/8,2001:db8::/32`,
    ]);
  }
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
  });
  assert.deepEqual(
    problems.map((problem) => problem.replace(/:.*/, '')),
    [
      'PAWPRINT_DATA_DIR is empty',
      'PAWPRINT_LISTEN is empty',
      'PAWPRINT_TRUST_PROXY is empty',
      'PAWPRINT_OUTBOUND_NETWORKS is empty',
      'DATABASE_URL is empty',
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
        'PAWPRINT_DATA_DIR, PAWPRINT_LISTEN, PAWPRINT_MASTER_KEY, PAWPRINT_MASTER_KEY_FILE, PAWPRINT_OUTBOUND_NETWORKS, PAWPRINT_TRUST_PROXY, DATABASE_URL',
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
