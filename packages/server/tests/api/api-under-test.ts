import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditRecord, decodeEntry, type Permission } from '@pawprint/record';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApiToken } from '../../src/actions/api-token/create-api-token.ts';
import { startInstance } from '../../src/actions/instance/start-instance.ts';
import { type ActionRunner, type Call, createActionRunner } from '../../src/actions/run-action.ts';
import type { PublishedLog } from '../../src/actions/services.ts';
import { setUpInstance } from '../../src/actions/session/set-up-instance.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/api/http-server.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { createTestServices } from '../test-services.ts';

export const administrator = { email: 'admin@example.com', password: 'an uncommon pass phrase' };

/** The HTTP server over a database in a folder of its own, with the outbox in place of the ledger. */
export interface ApiUnderTest {
  readonly server: HttpServer;
  readonly runner: ActionRunner;
  readonly store: Store;
  /** What an operator was told. */
  readonly reports: readonly unknown[];
  /** The clock of the limit on strangers. */
  readonly clock: { nowMs: number };
  /** From here on nothing can be written, as on a full disk. */
  refuseWrites(): void;
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
  /** A POST as the console sends it, with the administrator's session. */
  asConsole(url: string, body: unknown, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  /** An operation at /public/graphql, with a token. */
  asToken(query: string, variables?: Record<string, unknown>): Promise<LightMyRequestResponse>;
  readonly token: string;
  readonly cookie: string;
  /** The records that `work` left, in their order. */
  recordsOf(work: () => Promise<unknown>): Promise<readonly AuditRecord[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openApi(options: Partial<HttpServerOptions> = {}): Promise<ApiUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'pawprint-api-'));
  const store = await openSqliteStore(join(folder, 'pawprint.db'));
  const reports: unknown[] = [];
  const clock = { nowMs: 0 };
  let isFull = false;

  const { source: ledger, notify } = outboxAsLedger(store);
  const services = createTestServices(ledger);
  const runner = createActionRunner({
    transact: (work) => (isFull ? Promise.reject(new StoreError('full')) : store.transact(work)),
    reader: store.reader,
    services,
    onRecorded: notify,
    onInternalError: (error, reference) => reports.push(reference, error),
  });
  const { setUpToken } = await runner.run(startInstance, bySystem({}));
  assert(setUpToken !== undefined);
  await runner.run(setUpInstance, bySystem(administrator));
  const { token } = await runner.run(
    createApiToken,
    bySystem({ input: { name: 'test', permissions: ['UserRead', 'UserModify'] satisfies Permission[] } }),
  );

  const server = await createHttpServer({
    config: { listen: { host: '127.0.0.1', port: 0 }, trustedProxies: [] },
    runner,
    reader: store.reader,
    services,
    ledger,
    report: (message, cause) => reports.push(message, cause),
    consoleFolder: join(folder, 'no-console'),
    nowMs: () => clock.nowMs,
    ...options,
  });
  const post = (url: string, body: unknown, headers: Record<string, string>) =>
    server.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
  const signedIn = await post('/internal/sign-in', administrator, { 'x-pawprint-csrf': '1' });
  const [sessionCookie] = signedIn.cookies;
  const cookie = `${sessionCookie?.name}=${sessionCookie?.value}`;

  const records = async () => {
    const rows = await store.reader.selectFrom('outbox').select('entry').orderBy('id').execute();
    return rows.map(({ entry }) => decodeEntry(Buffer.from(entry)).record);
  };
  return {
    server,
    runner,
    store,
    reports,
    clock,
    token: token.value ?? '',
    cookie,
    refuseWrites: () => {
      isFull = true;
    },
    inject: (request) => server.app.inject(request),
    asConsole: (url, body, headers = {}) => post(url, body, { 'x-pawprint-csrf': '1', cookie, ...headers }),
    asToken: (query, variables) =>
      post('/public/graphql', { query, variables }, { 'x-api-key': token.value ?? '' }),
    async recordsOf(work) {
      const before = (await records()).length;
      await work();
      return (await records()).slice(before);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Nothing sequences the outbox here, so its rows are the entries in their order. */
function outboxAsLedger(store: Store) {
  const listeners = new Set<() => void>();
  let size = 0;
  const source: PublishedLog = {
    checkpoint: '',
    vkey: '',
    firstIndex: 0,
    objects: { read: async () => undefined },
    get size() {
      return size;
    },
    async read(from, to) {
      const rows = await store.reader
        .selectFrom('outbox')
        .select('entry')
        .orderBy('id')
        .limit(to - from)
        .offset(from)
        .execute();
      return rows.map(({ entry }) => Buffer.from(entry));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const notify = () => {
    size++;
    for (const listener of listeners) listener();
  };
  return { source, notify };
}

function bySystem(input: unknown): Call {
  return {
    caller: { kind: 'system' },
    origin: {},
    description: '',
    input,
    params: { dynamic: {}, static: {} },
  };
}
