import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord, Permission } from '@pawprint/record';
import {
  type AskDiskSpace,
  type Clock,
  type Config,
  type Instance,
  startInstance,
  systemClock,
} from '@pawprint/server';
import { type Client, sessionClient, tokenClient } from './client.ts';

export interface TestInstanceOptions {
  readonly trustedProxies?: Config['trustedProxies'];
  readonly outboundNetworks?: Config['outboundNetworks'];
  readonly smtp?: Config['smtp'];
  readonly anchorFile?: string;
  readonly databaseUrl?: string;
  readonly ledgerBucket?: Config['ledgerBucket'];
  readonly lakeBucket?: Config['lakeBucket'];
  readonly restore?: boolean;
  readonly masterKey?: Config['masterKey'];
  /** Keeps the data directory of an earlier instance. */
  readonly dataDirectory?: string;
  /** Without an administrator the instance waits for its set-up link. */
  readonly withoutAdministrator?: boolean;
  /** What differs from the system's clock. */
  readonly clock?: Partial<Clock>;
  /** The disk, of which a terabyte is free unless said otherwise: a test says nothing of this machine's. */
  readonly askDiskSpace?: AskDiskSpace;
}

/** A whole instance in this process, on a port and in a folder of its own. */
export interface TestInstance {
  readonly address: string;
  readonly dataDirectory: string;
  readonly instance: Instance;
  /** The administrator `admin@example.com`, signed in. */
  readonly admin: Client;
  /** What the instance reported to its operator. */
  readonly reports: readonly string[];
  /** Signs in; the client has a session. */
  signIn(email: string, password: string): Promise<Client>;
  /** A user with a role that has just these permissions, signed in. */
  userWith(
    permissions: readonly Permission[],
    access?: Record<string, unknown>,
  ): Promise<Client & { readonly id: string; readonly email: string }>;
  /** A token with just these permissions. */
  tokenWith(
    permissions: readonly Permission[],
    fields?: Record<string, unknown>,
  ): Promise<Client & { readonly id: string; readonly value: string }>;
  /** The records in the ledger from index `from` on, once all that was done is in it. */
  records(from?: number): Promise<readonly AuditRecord[]>;
  /** The records that `work` left. */
  recordsOf(work: () => Promise<unknown>): Promise<readonly AuditRecord[]>;
  /** Stops it and keeps the folder; once is enough. */
  stop(): Promise<void>;
  /** Stops it and removes the folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export const administrator = { email: 'admin@example.com', password: 'an uncommon pass phrase' };

let made = 0;

/** Starts an instance and signs its administrator in. */
export async function startTestInstance(options: TestInstanceOptions = {}): Promise<TestInstance> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'pawprint-instance-')));
  const reports: string[] = [];
  const instance = await startInstance(
    {
      dataDirectory,
      listen: { host: '127.0.0.1', port: 0 },
      trustedProxies: options.trustedProxies ?? [],
      outboundNetworks: options.outboundNetworks ?? [],
      databaseUrl: options.databaseUrl,
      ledgerBucket: options.ledgerBucket,
      lakeBucket: options.lakeBucket,
      restore: options.restore ?? false,
      smtp: options.smtp,
      anchorFile: options.anchorFile,
      masterKey: options.masterKey,
      firstAdministrator: options.withoutAdministrator ? undefined : administrator,
    },
    (message, cause) => reports.push(cause instanceof Error ? `${message}: ${cause.stack}` : message),
    { ...systemClock, ...options.clock },
    options.askDiskSpace ?? (async () => ({ freeBytes: 2 ** 40, totalBytes: 2 ** 40 })),
  );
  const { address } = instance;

  async function signIn(email: string, password: string): Promise<Client> {
    const response = await sessionClient(address).post('/internal/sign-in', { email, password });
    if (response.status !== 200) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
    return sessionClient(address, response.headers.get('set-cookie') ?? '');
  }

  const admin = options.withoutAdministrator
    ? sessionClient(address)
    : await signIn(administrator.email, administrator.password);

  async function records(from = 0): Promise<readonly AuditRecord[]> {
    await instance.settled();
    const entries = await instance.readRecords(from, instance.ledger.size);
    return entries.map(({ record }) => record);
  }

  let stopped: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopped ??= instance.stop();
    return stopped;
  }

  return {
    address,
    dataDirectory,
    instance,
    admin,
    reports,
    signIn,
    records,
    async userWith(permissions, access = {}) {
      made += 1;
      const email = `user${made}@example.com`;
      await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
        input: { name: `Role ${made}`, permissions, ...access },
      });
      const { inviteUser } = await admin.ask<{
        inviteUser: { user: { id: string }; invitationLink: string };
      }>('mutation ($input: InviteUserInput!) { inviteUser(input: $input) { user { id } invitationLink } }', {
        input: { email, role: { kind: 'NAME', value: `Role ${made}` } },
      });
      const [, token] = inviteUser.invitationLink.split('#token=');
      const response = await sessionClient(address).post('/internal/invitation', {
        token,
        password: administrator.password,
      });
      if (response.status !== 200) throw new Error(`invitation: ${response.status} ${await response.text()}`);
      return {
        ...sessionClient(address, response.headers.get('set-cookie') ?? ''),
        id: inviteUser.user.id,
        email,
      };
    },
    async tokenWith(permissions, fields = {}) {
      made += 1;
      const { createAPIToken } = await admin.ask<{
        createAPIToken: { token: { id: string; value: string } };
      }>('mutation ($input: CreateAPITokenInput!) { createAPIToken(input: $input) { token { id value } } }', {
        input: { name: `Token ${made}`, permissions, ...fields },
      });
      const { id, value } = createAPIToken.token;
      return { ...tokenClient(address, value), id, value };
    },
    async recordsOf(work) {
      await instance.settled();
      const from = instance.ledger.size;
      await work();
      return records(from);
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
