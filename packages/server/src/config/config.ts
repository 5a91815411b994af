import { isIP, isIPv6 } from 'node:net';
import { type CidrBlock, parseCidrBlock } from '../access/cidr-block.ts';
import { emailAddressSchema } from '../access/email-address.ts';
import { passwordProblem } from '../access/password-policy.ts';
import { parseMasterKey } from '../sealing/key-wrapper.ts';
import { type Buckets, bucketVariables, readBuckets } from './buckets.ts';
import type { Environment } from './env.ts';
import { nearestName } from './nearest-name.ts';

export interface Config extends Buckets {
  /** As given; a relative path starts at the working directory. */
  readonly dataDirectory: string;
  readonly listen: Listen;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly CidrBlock[];
  /** Networks that requests to addresses set by users may go to, beside the public internet. */
  readonly outboundNetworks: readonly CidrBlock[];
  /** Of PostgreSQL, perhaps with a password in it; undefined for SQLite in the data directory. */
  readonly databaseUrl: string | undefined;
  /** Whether an empty database takes over the ledger that is there. */
  readonly restore: boolean;
  /** The mail server, perhaps with a password in its URL, and whom messages are from. */
  readonly smtp: { readonly url: string; readonly from: string } | undefined;
  /** To which checkpoints are appended, as a copy kept outside. */
  readonly anchorFile: string | undefined;
  /** What wraps the keys of people's data; undefined for a file in the data directory. */
  readonly masterKey: MasterKeySource | undefined;
  /** To be made when there is no user yet. */
  readonly firstAdministrator: FirstAdministrator | undefined;
}

/** The master key itself, or the file that holds it. */
export type MasterKeySource =
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | { readonly kind: 'file'; readonly path: string };

export interface Listen {
  /** An IP address, without brackets, or a host name. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface FirstAdministrator {
  readonly email: string;
  readonly password: string;
}

/** The environment can't be used. The message has a line for each problem, and never a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Each names its variable and says what is accepted. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The configuration can not be used:', ...problems].join('\n  '));
    this.problems = problems;
  }
}

const variables = [
  'PAWPRINT_ADMIN_EMAIL',
  'PAWPRINT_ADMIN_PASSWORD',
  'PAWPRINT_ANCHOR_FILE',
  'PAWPRINT_DATA_DIR',
  'PAWPRINT_LISTEN',
  'PAWPRINT_MASTER_KEY',
  'PAWPRINT_MASTER_KEY_FILE',
  'PAWPRINT_OUTBOUND_NETWORKS',
  'PAWPRINT_RESTORE',
  'PAWPRINT_SMTP_FROM',
  'PAWPRINT_SMTP_URL',
  'PAWPRINT_TRUST_PROXY',
  'DATABASE_URL',
  ...bucketVariables,
] as const;

type Variable = (typeof variables)[number];

const secrets: ReadonlySet<Variable> = new Set([
  'PAWPRINT_ADMIN_PASSWORD',
  'PAWPRINT_MASTER_KEY',
  'PAWPRINT_SMTP_URL',
  'DATABASE_URL',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
]);

/**
 * Decides how the instance runs. A variable that is set to nothing is a problem, not a default: whatever should have filled
 * it in did not.
 *
 * @throws ConfigError naming all that is wrong, not only the first.
 */
export function readConfig(environment: Environment): Config {
  const problems = unknownVariables(environment);

  function read<Value>(
    variable: Variable,
    parse: (text: string) => Value | undefined,
    accepted: string,
  ): Value | undefined {
    const text = environment[variable];
    if (text === undefined) return undefined;
    const value = text.trim() === '' ? undefined : parse(text);
    if (value === undefined) problems.push(`${variable} ${shown(variable, text)}: it must be ${accepted}`);
    return value;
  }

  function readFirstAdministrator(): FirstAdministrator | undefined {
    const { PAWPRINT_ADMIN_EMAIL: emailText, PAWPRINT_ADMIN_PASSWORD: password } = environment;
    const email = read(
      'PAWPRINT_ADMIN_EMAIL',
      parseEmailAddress,
      'an e-mail address such as ada@example.com',
    );
    const fault = password === undefined ? undefined : passwordProblem(password, email ?? '');
    if (fault !== undefined) problems.push(`PAWPRINT_ADMIN_PASSWORD ${fault}`);
    if ((emailText === undefined) !== (password === undefined)) {
      const missing = password === undefined ? 'PAWPRINT_ADMIN_PASSWORD' : 'PAWPRINT_ADMIN_EMAIL';
      problems.push(
        `${missing} is not set: PAWPRINT_ADMIN_EMAIL and PAWPRINT_ADMIN_PASSWORD must be set both or neither`,
      );
    }
    return email === undefined || password === undefined ? undefined : { email, password };
  }

  function readSmtp(): Config['smtp'] {
    const accepted =
      'a URL such as smtps://user:password@mail.example.com, with special characters in the password percent-encoded';
    const url = read('PAWPRINT_SMTP_URL', parseSmtpUrl, accepted);
    const from = read(
      'PAWPRINT_SMTP_FROM',
      parseEmailAddress,
      'an e-mail address such as pawprint@example.com',
    );
    if ((environment.PAWPRINT_SMTP_URL === undefined) !== (environment.PAWPRINT_SMTP_FROM === undefined)) {
      problems.push('PAWPRINT_SMTP_URL and PAWPRINT_SMTP_FROM must be set both or neither');
    }
    return url === undefined || from === undefined ? undefined : { url, from };
  }

  function readMasterKey(): MasterKeySource | undefined {
    const key = read('PAWPRINT_MASTER_KEY', parseMasterKey, '32 bytes in base64');
    const path = read('PAWPRINT_MASTER_KEY_FILE', (text) => text, 'the path of a file');
    if (key !== undefined && path !== undefined)
      problems.push('PAWPRINT_MASTER_KEY and PAWPRINT_MASTER_KEY_FILE are set both: one is enough');
    if (key !== undefined) return { kind: 'key', key };
    return path === undefined ? undefined : { kind: 'file', path };
  }

  const config: Config = {
    dataDirectory: read('PAWPRINT_DATA_DIR', (text) => text, 'the path of a directory') ?? './data',
    listen: read(
      'PAWPRINT_LISTEN',
      parseListen,
      'an address and a port such as 127.0.0.1:8080, [::1]:8080 or localhost:0',
    ) ?? { host: '127.0.0.1', port: 8080 },
    trustedProxies:
      read('PAWPRINT_TRUST_PROXY', parseNetworks, 'networks such as 10.0.0.0/8,2001:db8::/32') ?? [],
    outboundNetworks:
      read('PAWPRINT_OUTBOUND_NETWORKS', parseNetworks, 'networks such as 10.0.0.0/8,2001:db8::/32') ?? [],
    databaseUrl: read(
      'DATABASE_URL',
      parseDatabaseUrl,
      'a URL that starts with postgres:// or postgresql://, with special characters in the password percent-encoded',
    ),
    ...readBuckets(environment, read, problems),
    restore: read('PAWPRINT_RESTORE', parseBoolean, 'true or false') ?? false,
    smtp: readSmtp(),
    anchorFile: read('PAWPRINT_ANCHOR_FILE', (text) => text, 'the path of a file'),
    masterKey: readMasterKey(),
    firstAdministrator: readFirstAdministrator(),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

function unknownVariables(environment: Environment): string[] {
  const known: ReadonlySet<string> = new Set(variables);
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith('PAWPRINT_') && !known.has(name))
    .map((name) => {
      const nearest = nearestName(name.toUpperCase(), variables);
      const advice =
        nearest === undefined ? `the settings are ${variables.join(', ')}` : `did you mean ${nearest}?`;
      return `${name} is not a setting: ${advice}`;
    });
}

function shown(variable: Variable, text: string): string {
  if (text.trim() === '') return 'is empty';
  return secrets.has(variable) ? 'can not be read' : `is ${JSON.stringify(text)}`;
}

function parseListen(text: string): Listen | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain ?? '';
  const isHost = bracketed === undefined ? isHostOrIPv4(host) : isIPv6(host);
  return isHost && port <= 65_535 ? { host, port } : undefined;
}

/** A name of RFC 1123 §2.1: what ends in a number is an address, and then has to be a whole one. */
function isHostOrIPv4(host: string): boolean {
  if (/(^|\.)\d+$/.test(host)) return isIP(host) === 4;
  return host.length <= 253 && /^[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i.test(host);
}

function parseNetworks(text: string): readonly CidrBlock[] | undefined {
  const networks = text.split(',').map((item) => parseCidrBlock(item.trim()));
  return networks.every((network) => network !== undefined) ? networks : undefined;
}

function parseDatabaseUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined;
}

function parseBoolean(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function parseSmtpUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== '' ? text : undefined;
}

function parseEmailAddress(text: string): string | undefined {
  return emailAddressSchema.safeParse(text).data;
}
