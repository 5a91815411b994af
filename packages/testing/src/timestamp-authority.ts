import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether this machine can be an authority: `skip` of a test that needs one. */
export const withoutOpenssl =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not there to be the authority';

export interface TimestampAuthorityOptions {
  readonly key?: 'rsa' | 'ec';
  /** Of the authority's certificate, as `openssl ca` takes it; a day from now unless said otherwise. */
  readonly endDate?: string;
}

/** An RFC 3161 authority: `openssl ts` behind an HTTP server. */
export interface TimestampAuthority {
  readonly url: string;
  /** The PEM of the root that its certificate leads to. */
  readonly root: string;
  readonly rootFile: string;
  /** The answer to a query. */
  reply(query: Uint8Array): Promise<Buffer>;
  /** What the server answers instead; undefined gives no answer at all. */
  answer: (query: Uint8Array) => Promise<Uint8Array | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an authority with a root, an intermediate and a certificate of its own. */
export async function startTimestampAuthority({
  key = 'rsa',
  endDate,
}: TimestampAuthorityOptions = {}): Promise<TimestampAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-authority-'));
  const openssl = (...args: readonly string[]) => run('openssl', args, { cwd: folder });
  await writeFile(join(folder, 'openssl.cnf'), configuration);
  await writeFile(join(folder, 'index.txt'), '');
  await writeFile(join(folder, 'serial'), '0');
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const request = (name: string, newKey = ec) =>
    openssl(
      'req',
      '-new',
      ...newKey,
      '-nodes',
      '-config',
      'openssl.cnf',
      '-subj',
      `/CN=Test ${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
  const issue = (name: string, issuer: string, extensions: string, ...more: readonly string[]) =>
    openssl(
      'ca',
      '-batch',
      '-notext',
      '-rand_serial',
      '-config',
      'openssl.cnf',
      '-extensions',
      extensions,
      '-keyfile',
      `${issuer}.key`,
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      '-startdate',
      '20200101000000Z',
      ...more,
    );
  await request('root');
  await request('intermediate');
  await request('authority', key === 'rsa' ? ['-newkey', 'rsa:2048'] : ec);
  await issue('root', 'root', 'authority_of_others', '-selfsign', '-days', '9000');
  await issue('intermediate', 'root', 'authority_of_others', '-cert', 'root.pem', '-days', '9000');
  const end = endDate === undefined ? ['-days', '9000'] : ['-enddate', endDate];
  await issue('authority', 'intermediate', 'time_stamping', '-cert', 'intermediate.pem', ...end);

  let made = 0;
  async function reply(query: Uint8Array): Promise<Buffer> {
    made += 1;
    const file = join(folder, `${made}.tsq`);
    await writeFile(file, query);
    await openssl('ts', '-reply', '-config', 'openssl.cnf', '-queryfile', file, '-out', `${file}.tsr`);
    return readFile(`${file}.tsr`);
  }

  const server = createServer(async (request, response) => {
    const query = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>));
    const answer = await authority.answer(query);
    if (answer === undefined) return;
    response.setHeader('content-type', 'application/timestamp-reply').end(answer);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const authority: TimestampAuthority = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    root: await readFile(join(folder, 'root.pem'), 'utf8'),
    rootFile: join(folder, 'root.pem'),
    reply,
    answer: reply,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  return authority;
}

const configuration = `
[req]
distinguished_name = name
[name]
[ca]
default_ca = any
[any]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
unique_subject = no
policy = policy
[policy]
commonName = supplied
[authority_of_others]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[time_stamping]
basicConstraints = CA:false
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = stamps
[stamps]
serial = tsa-serial
crypto_device = builtin
signer_cert = authority.pem
signer_key = authority.key
signer_digest = sha256
certs = intermediate.pem
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;
