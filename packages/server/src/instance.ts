import { hash, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Lake, openLake } from '@pawprint/lake';
import {
  createSigner,
  type Journal,
  type Ledger,
  LedgerError,
  loadSigner,
  type ObjectStore,
  openLedger,
} from '@pawprint/ledger';
import packageJson from '../package.json' with { type: 'json' };
import { SignInThrottle } from './access/sign-in-throttle.ts';
import { startInstance as startInstanceAction } from './actions/instance/start-instance.ts';
import { stopInstance } from './actions/instance/stop-instance.ts';
import { restoreLedger } from './actions/ledger/restore-ledger.ts';
import { auditLogSource } from './actions/log-source/audit-log-source.ts';
import { enableAuditLogs } from './actions/log-source/enable-audit-logs.ts';
import { type Call, createActionRunner } from './actions/run-action.ts';
import type { Services } from './actions/services.ts';
import { setUpInstance } from './actions/session/set-up-instance.ts';
import { AddressUnavailable } from './address-unavailable.ts';
import { createHttpServer } from './api/http-server.ts';
import type { Config } from './config/config.ts';
import { type Following, follow } from './followers/follow.ts';
import { historyFollower } from './followers/history.ts';
import { LakeCatalogue } from './lake/catalogue.ts';
import { auditLogTable, lakeLoader } from './lake/lake-loader.ts';
import { forgetIfLost } from './lake/lost-files.ts';
import { createQueryRunner, type QueryRunner } from './lake/query-runner.ts';
import { openLedgerObjects, placeOfObjects } from './ledger/ledger-objects.ts';
import { takeOverLedger } from './ledger/take-over-ledger.ts';
import { readFirstIndex } from './retention/removed-records.ts';
import { KnownPeriods, keepRetention, type Retention } from './retention/retention.ts';
import { readRetentionPeriods } from './retention/retention-periods.ts';
import { type Capacity, watchCapacity } from './storage/capacity.ts';
import { takeDirectory } from './storage/instance-lock.ts';
import { OutboxJournal } from './store/outbox-journal.ts';
import { openPostgresqlStore } from './store/postgresql-store.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { createSystemErrors, type SystemErrors } from './system-errors/system-errors.ts';

/** A running instance. */
export interface Instance {
  /** Where it answers, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** The one-time link that makes the first administrator, while there is no user. */
  readonly setUpLink: string | undefined;
  /** The published entries. */
  readonly ledger: Pick<Ledger, 'size' | 'firstIndex' | 'read'>;
  /** What is wrong with the instance itself. */
  readonly systemErrors: SystemErrors;
  /** What removes records whose time is over. */
  readonly retention: Pick<Retention, 'wake' | 'settled'>;
  /** Until every action recorded so far is in the ledger, the history and (while it is a source) the lake. */
  settled(): Promise<void>;
  /** Stops answering, records the stop, and closes everything in order. */
  stop(): Promise<void>;
}

/** Something an operator should know of, in one line; `cause` for unexpected errors. */
export type Report = (message: string, cause?: unknown) => void;

/** What time it is, for whoever is not content with the system's. */
export interface Clock {
  /** Now, in nanoseconds since 1970-01-01T00:00:00Z. */
  epochNanoseconds(): bigint;
  /** Milliseconds from any start, never going back. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  epochNanoseconds: () => Temporal.Now.instant().epochNanoseconds,
  monotonicMs: () => performance.now(),
};

/** How long a stop waits for the followers. */
const settlingMsMax = 10_000;

/** Opens the data directory, recovers what a crash left, records the start, and answers. */
export async function startInstance(
  config: Config,
  report: Report,
  clock: Clock = systemClock,
): Promise<Instance> {
  await using opened = new AsyncDisposableStack();
  const onClose = (close: () => unknown) => opened.defer(async () => void (await close()));

  onClose(await takeDirectory(config.dataDirectory));
  const capacity = await watchCapacity(config.dataDirectory, {
    onChange: (hasRoom) =>
      report(hasRoom ? 'There is room on the disk again' : 'The disk is nearly full: changes are refused'),
  });
  onClose(capacity.stop);

  const store = await openStore(config);
  onClose(() => store.close());
  const isNew = await hasNoRecord(store);
  const objects = await openLedgerObjects(config);
  const keyFile = join(config.dataDirectory, 'keys', 'ledger.pem');
  const journal = await takeOverLedger({
    isWanted: config.restore,
    isNew,
    journal: await OutboxJournal.open(store, `pawprint/${randomUUID()}`),
    objects,
    place: placeOfObjects(config),
    keyFile,
    onProgress: (verified, size) => report(`${verified} of ${size} entries of the ledger are verified`),
  });
  const periods = new KnownPeriods(await readRetentionPeriods(store.reader));
  const ledger = await openInstanceLedger({
    ...{ objects, journal, keyFile, report },
    firstIndex: await readFirstIndex(store.reader),
    retainUntil: () => periods.lockedUntil(dateAt(clock).getTime()),
  });
  const isRestored = isNew && ledger.size > 0;
  onClose(() => ledger.close());

  const catalogue = new LakeCatalogue(store);
  const lakeDirectory = join(config.dataDirectory, 'lake');
  if (await forgetIfLost(catalogue, lakeDirectory, auditLogTable)) {
    report(`Files of the data lake's table ${auditLogTable} are missing: it is built again from the ledger`);
  }
  const lake = await openLake({
    directory: lakeDirectory,
    resultsDirectory: join(config.dataDirectory, 'results'),
    catalogue,
    clock: () => dateAt(clock),
    onBackgroundError: (error) => report('Files of the data lake could not be merged yet', error),
  });
  onClose(() => lake.close());
  const queries = await createQueryRunner(store, lake, report);

  const onFollowerError = (follower: string, error: unknown) =>
    report(`The follower ${follower} failed and tries again`, error);
  const history = follow(ledger, historyFollower(store), onFollowerError);
  onClose(() => history.stop());
  const loader = follow(ledger, lakeLoader(store, catalogue, lake), onFollowerError);
  onClose(() => loader.stop());

  let address = '';
  let retentionOrNone: Retention | undefined;
  const services = createServices({
    ...{ clock, capacity, ledger, lake, queries, loader },
    retention: () => retentionOrNone,
    address: () => address,
  });
  const runner = createActionRunner({
    transact: store.transact,
    reader: store.reader,
    services,
    onRecorded: () => ledger.notify(),
    onInternalError: (error, reference) => report(`Internal error ${reference}`, error),
  });

  const systemErrors = await createSystemErrors({
    runner,
    reader: store.reader,
    bySystem,
    onFailure: (error) => report('A system error could not be recorded yet', error),
  });
  onClose(systemErrors.stop);

  if (isRestored) {
    await runner.run(restoreLedger, bySystem('The instance takes over the ledger of an earlier one'));
    if ((await auditLogSource(store.reader)) === undefined) {
      await runner.run(enableAuditLogs, bySystem('The lake takes the records of the restored ledger'));
    }
  }
  const { setUpToken } = await runner.run(startInstanceAction, bySystem('The instance starts'));
  const admin = config.firstAdministrator;
  if (setUpToken !== undefined && admin !== undefined) {
    const input = { email: admin.email, password: admin.password };
    await runner.run(setUpInstance, bySystem('The first administrator is made from the settings', input));
  }

  const retention = keepRetention({
    ...{ store, ledger, lake, runner, systemErrors, bySystem },
    periods,
    nowMs: () => dateAt(clock).getTime(),
    folder: config.ledgerBucket === undefined ? join(config.dataDirectory, 'ledger') : undefined,
    locks: (config.ledgerBucket?.lockMode ?? 'NONE') === 'NONE' ? undefined : objects,
  });
  retentionOrNone = retention;
  onClose(retention.stop);

  const server = await createHttpServer({ config, runner, reader: store.reader, services, ledger, report });
  address = await server.listen().catch((error: unknown) => {
    throw AddressUnavailable.from(error, config) ?? error;
  });
  onClose(() => server.close());

  const resources = opened.move();
  const settled = async () => {
    await ledger.settled();
    await Promise.all([history.settled(), loader.settled()]);
  };
  return {
    address,
    setUpLink:
      setUpToken === undefined || admin !== undefined
        ? undefined
        : services.consoleLink('/set-up', setUpToken),
    ledger,
    systemErrors,
    retention,
    settled,
    async stop() {
      await server.close();
      // The record of the stop is the last one.
      await retention.stop();
      await Promise.race([systemErrors.settled(), delay(settlingMsMax, undefined, { ref: false })]);
      try {
        await runner.run(stopInstance, bySystem('The instance stops'));
        // What a failing disk keeps waiting is in the outbox, and published after the next start.
        await Promise.race([settled(), delay(settlingMsMax, undefined, { ref: false })]);
      } finally {
        await resources.disposeAsync();
      }
    },
  };
}

function openStore({ databaseUrl, dataDirectory }: Config): Promise<Store> {
  return databaseUrl === undefined
    ? openSqliteStore(join(dataDirectory, 'pawprint.db'))
    : openPostgresqlStore(databaseUrl);
}

/** Whether nothing was ever done here: the first start makes the default roles with its record. */
async function hasNoRecord(store: Store): Promise<boolean> {
  return (await store.reader.selectFrom('roles').select('id').limit(1).executeTakeFirst()) === undefined;
}

async function openInstanceLedger({
  objects,
  journal,
  keyFile,
  firstIndex,
  retainUntil,
  report,
}: {
  readonly objects: ObjectStore;
  readonly journal: OutboxJournal;
  readonly keyFile: string;
  readonly firstIndex: number;
  readonly retainUntil: () => Date;
  readonly report: Report;
}): Promise<Ledger> {
  await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
  let signer = await loadSigner(keyFile, journal.origin);
  if (signer === undefined) {
    // A new key for an old ledger would start a second history under the same name.
    if ((await journal.published()) !== undefined)
      throw new LedgerError('signing_key', `The ledger's signing key ${keyFile} is missing`);
    signer = await createSigner(keyFile, journal.origin);
  }
  return openLedger({
    store: objects,
    journal: journal satisfies Journal,
    signer,
    firstIndex,
    retainUntil,
    // Far below the second in which a record is to be seen; each publication rewrites the partial tiles.
    publishIntervalMs: 200,
    onError: (error) => report(`The ledger: ${error.message}`, error),
    onRecovered: () => report('The ledger works again'),
  });
}

interface Parts {
  readonly clock: Clock;
  readonly capacity: Capacity;
  readonly ledger: Ledger;
  readonly lake: Lake;
  readonly queries: QueryRunner;
  readonly loader: Following;
  /** Undefined until it is made, which needs the services. */
  retention(): Retention | undefined;
  address(): string;
}

function createServices(parts: Parts): Services {
  const { clock, capacity, ledger, lake, queries, loader, retention, address } = parts;
  return {
    version: packageJson.version,
    now: () => dateAt(clock).toISOString(),
    epochNanoseconds: clock.epochNanoseconds,
    newId: randomUUID,
    sha256: (bytes) => hash('sha256', bytes),
    consoleLink: (path, secret) => `${address()}${path}#token=${secret}`,
    capacity,
    signInThrottle: new SignInThrottle({ nowMs: clock.monotonicMs }),
    ledger,
    lakeTables: lake.tables(),
    queries,
    retention: {
      wake: () => retention()?.wake(),
      status: () => retention()?.status() ?? { ledgerBytes: null, recordsToLock: null },
    },
    wakeLakeLoader: () => loader.wake(),
  };
}

function dateAt(clock: Clock): Date {
  return new Date(Number(clock.epochNanoseconds() / 1_000_000n));
}

function bySystem(description: string, input: Record<string, unknown> = {}): Call {
  return {
    caller: { kind: 'system' },
    origin: {},
    description,
    input,
    params: { dynamic: {}, static: input },
  };
}
