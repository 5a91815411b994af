import { hash, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Lake, openLake } from '@pawprint/lake';
import {
  createSigner,
  type Journal,
  type Ledger,
  LedgerError,
  loadSigner,
  type ObjectStore,
  openDirectoryStore,
  openLedger,
} from '@pawprint/ledger';
import { decodeEntry, type OpenedEntry } from '@pawprint/record';
import packageJson from '../package.json' with { type: 'json' };
import { SignInThrottle } from './access/sign-in-throttle.ts';
import { startInstance as startInstanceAction } from './actions/instance/start-instance.ts';
import { stopInstance } from './actions/instance/stop-instance.ts';
import { type Call, createActionRunner } from './actions/run-action.ts';
import type { Services } from './actions/services.ts';
import { setUpInstance } from './actions/session/set-up-instance.ts';
import { AddressUnavailable } from './address-unavailable.ts';
import { createHttpServer } from './api/http-server.ts';
import type { Config } from './config/config.ts';
import { createEraser, type Eraser } from './erasures/eraser.ts';
import { type Following, follow } from './followers/follow.ts';
import { historyFollower } from './followers/history.ts';
import { LakeCatalogue } from './lake/catalogue.ts';
import { auditLogTable, lakeLoader } from './lake/lake-loader.ts';
import { forgetIfLost } from './lake/lost-files.ts';
import { createQueryRunner, type QueryRunner } from './lake/query-runner.ts';
import { createKeyArchive } from './sealing/key-archive.ts';
import { openKeyWrapper } from './sealing/master-key.ts';
import { SubjectKeys } from './sealing/subject-keys.ts';
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
  readonly ledger: Pick<Ledger, 'size' | 'read'>;
  /** The published entries from index `from` up to but not including `to`, as they may be read now. */
  readRecords(from: number, to: number): Promise<readonly OpenedEntry[]>;
  /** What is wrong with the instance itself. */
  readonly systemErrors: SystemErrors;
  /** Until every action so far is in the ledger, the history and (while it is a source) the lake, and erasures have ended. */
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

const keysFollower = { kind: 'follower', subject: 'subject-keys' } as const;
const erasureFollower = { kind: 'follower', subject: 'erasure' } as const;

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

  // Set below, once actions can be run; nothing fails before.
  let systemErrors: (SystemErrors & { stop(): void }) | undefined;
  const store = await openStore(config);
  onClose(() => store.close());
  const journal = await OutboxJournal.open(store, `pawprint/${randomUUID()}`);
  const objects = await openDirectoryStore(join(config.dataDirectory, 'ledger'));
  const archive = createKeyArchive({
    ...{ store, objects },
    onFailure: (error) => systemErrors?.report(keysFollower, `Keys could not be stored: ${messageOf(error)}`),
    onSuccess: () => systemErrors?.resolve(keysFollower),
  });
  onClose(archive.stop);
  const subjectKeys = new SubjectKeys({
    reader: store.reader,
    wrapper: await openKeyWrapper(config.masterKey, config.dataDirectory, store.reader),
    onNewKeys: archive.wake,
  });
  const ledger = await openInstanceLedger(config.dataDirectory, objects, journal, report);
  onClose(() => ledger.close());

  let eraser: Eraser | undefined;
  // After the lake, which lets go of what it waits for.
  onClose(() => eraser?.stop());
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
  const history = follow(ledger, historyFollower(store, subjectKeys), onFollowerError);
  onClose(() => history.stop());
  const loader = follow(ledger, lakeLoader(store, catalogue, lake, subjectKeys), onFollowerError);
  onClose(() => loader.stop());

  eraser = createEraser({
    ...{ store, ledger, subjectKeys, lake, archive },
    followers: [history, loader],
    onFailure: (error) =>
      systemErrors?.report(erasureFollower, `An erasure does not get on: ${messageOf(error)}`),
    onSuccess: () => systemErrors?.resolve(erasureFollower),
  });

  let address = '';
  const services = createServices({
    ...{ clock, capacity, ledger, lake, queries, loader, subjectKeys, eraser },
    address: () => address,
  });
  const runner = createActionRunner({
    transact: store.transact,
    reader: store.reader,
    services,
    onRecorded: () => ledger.notify(),
    onInternalError: (error, reference) => report(`Internal error ${reference}`, error),
  });

  systemErrors = await createSystemErrors({
    runner,
    reader: store.reader,
    bySystem,
    onFailure: (error) => report('A system error could not be recorded yet', error),
  });
  onClose(systemErrors.stop);
  archive.wake();
  eraser.wake();

  const { setUpToken } = await runner.run(startInstanceAction, bySystem('The instance starts'));
  const admin = config.firstAdministrator;
  if (setUpToken !== undefined && admin !== undefined) {
    const input = { email: admin.email, password: admin.password };
    await runner.run(setUpInstance, bySystem('The first administrator is made from the settings', input));
  }

  const server = await createHttpServer({ config, runner, reader: store.reader, services, ledger, report });
  address = await server.listen().catch((error: unknown) => {
    throw AddressUnavailable.from(error, config) ?? error;
  });
  onClose(() => server.close());

  const resources = opened.move();
  const settled = async () => {
    await ledger.settled();
    await Promise.all([history.settled(), loader.settled(), archive.settled(), eraser.settled()]);
  };
  return {
    address,
    setUpLink:
      setUpToken === undefined || admin !== undefined
        ? undefined
        : services.consoleLink('/set-up', setUpToken),
    ledger,
    readRecords: async (from, to) => subjectKeys.open((await ledger.read(from, to)).map(decodeEntry)),
    systemErrors,
    settled,
    async stop() {
      await server.close();
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

async function openInstanceLedger(
  directory: string,
  store: ObjectStore,
  journal: OutboxJournal,
  report: Report,
): Promise<Ledger> {
  await mkdir(join(directory, 'keys'), { recursive: true, mode: 0o700 });
  const keyFile = join(directory, 'keys', 'ledger.pem');
  let signer = await loadSigner(keyFile, journal.origin);
  if (signer === undefined) {
    // A new key for an old ledger would start a second history under the same name.
    if ((await journal.published()) !== undefined)
      throw new LedgerError('signing_key', `The ledger's signing key ${keyFile} is missing`);
    signer = await createSigner(keyFile, journal.origin);
  }
  return openLedger({
    store,
    journal: journal satisfies Journal,
    signer,
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
  readonly subjectKeys: SubjectKeys;
  readonly eraser: Eraser;
  address(): string;
}

function createServices({ clock, lake, loader, address, ...parts }: Parts): Services {
  return {
    version: packageJson.version,
    now: () => dateAt(clock).toISOString(),
    epochNanoseconds: clock.epochNanoseconds,
    newId: randomUUID,
    sha256: (bytes) => hash('sha256', bytes),
    consoleLink: (path, secret) => `${address()}${path}#token=${secret}`,
    ...parts,
    signInThrottle: new SignInThrottle({ nowMs: clock.monotonicMs }),
    lakeTables: lake.tables(),
    wakeLakeLoader: () => loader.wake(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
