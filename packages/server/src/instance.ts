import { hash, randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readManagedFiles } from '@pawprint/detections';
import { type DamagedFile, type Lake, openLake, tableKey } from '@pawprint/lake';
import {
  createSigner,
  type Journal,
  type Ledger,
  LedgerError,
  loadSigner,
  type ObjectStore,
  openLedger,
} from '@pawprint/ledger';
import { type AuditRecord, decodeEntry, type OpenedEntry, parseTimestamp } from '@pawprint/record';
import packageJson from '../package.json' with { type: 'json' };
import { SignInThrottle } from './access/sign-in-throttle.ts';
import { actorReference } from './actions/caller.ts';
import type { UploadResult } from './actions/detection/upload-archive.ts';
import { uploadDetections } from './actions/detection/upload-detections.ts';
import { updateManagedPack } from './actions/detection-pack/update-managed-pack.ts';
import { startInstance as startInstanceAction } from './actions/instance/start-instance.ts';
import { stopInstance } from './actions/instance/stop-instance.ts';
import { restoreLedger } from './actions/ledger/restore-ledger.ts';
import { auditLogSource } from './actions/log-source/audit-log-source.ts';
import { enableAuditLogs } from './actions/log-source/enable-audit-logs.ts';
import { type Call, createActionRunner } from './actions/run-action.ts';
import type { AnchorService, PublishedLog, Services, UploadService } from './actions/services.ts';
import { setUpInstance } from './actions/session/set-up-instance.ts';
import { readSetting } from './actions/settings/settings.ts';
import { AddressUnavailable } from './address-unavailable.ts';
import { type AlertDeliverer, createAlertDeliverer } from './alerts/alert-deliverer.ts';
import { alertEventsReader } from './alerts/alert-events.ts';
import { type AssigneeMailer, createAssigneeMailer } from './alerts/assignee-mailer.ts';
import { type AnchorSchedule, scheduleAnchors } from './anchors/anchor-schedule.ts';
import {
  createAnchorSender,
  forgetDestination,
  publishedTimestamps,
  reportingSender,
} from './anchors/anchor-sender.ts';
import { createHttpServer } from './api/http-server.ts';
import { type BacktestRunner, createBacktestRunner } from './backtests/backtest-runner.ts';
import { type Clock, systemClock, watchClock } from './clock.ts';
import type { Config } from './config/config.ts';
import { createContentChecker } from './content/content-checker.ts';
import { ContentJobs } from './content/content-jobs.ts';
import { startDetecting } from './detections/detecting.ts';
import { managedPackChange } from './detections/managed-pack.ts';
import { createEraser, type Eraser } from './erasures/eraser.ts';
import { follow } from './followers/follow.ts';
import { historyFollower } from './followers/history.ts';
import { lastPublishedRecord, lastWaitingRecord } from './followers/last-record.ts';
import type { FollowerWatch, Following } from './followers/steps.ts';
import { LakeCatalogue } from './lake/catalogue.ts';
import { eventCounter } from './lake/event-counts.ts';
import { auditLogTable, lakeLoader } from './lake/lake-loader.ts';
import { openLakeMirror } from './lake/lake-mirror.ts';
import { moveLakeRows } from './lake/lake-rows.ts';
import { markLostFiles } from './lake/lost-files.ts';
import { createQueryRunner, type QueryRunner } from './lake/query-runner.ts';
import { type QuerySchedule, scheduleQueries } from './lake/query-schedule.ts';
import { createTableRepairs, describeDamage, type TableRepairs } from './lake/table-repairs.ts';
import { openLedgerObjects, placeOfObjects } from './ledger/ledger-objects.ts';
import { takeOverLedger } from './ledger/take-over-ledger.ts';
import { createMail } from './outbound/mail.ts';
import { createSendOutbound } from './outbound/outbound-request.ts';
import { readFirstIndex } from './retention/removed-records.ts';
import { KnownPeriods, keepRetention, type Retention } from './retention/retention.ts';
import { readRetentionPeriods } from './retention/retention-periods.ts';
import { createKeyArchive } from './sealing/key-archive.ts';
import { openKeyWrapper } from './sealing/master-key.ts';
import { SubjectKeys } from './sealing/subject-keys.ts';
import { createLakeSearch } from './search/lake-search.ts';
import { createRecordSearch, type RecordSearch } from './search/record-search.ts';
import { type Capacity, watchCapacity } from './storage/capacity.ts';
import { type AskDiskSpace, askDiskSpace, watchDiskSpace } from './storage/disk-space.ts';
import { takeDirectory } from './storage/instance-lock.ts';
import { OutboxJournal } from './store/outbox-journal.ts';
import { openPostgresqlStore } from './store/postgresql-store.ts';
import { openSqliteStore } from './store/sqlite-store.ts';
import { type Rows, type Store, StoreError } from './store/store.ts';
import { describeStop, LedgerWatch, stopsForGood } from './system-errors/ledger-watch.ts';
import {
  createSystemErrors,
  type SystemErrorRecorder,
  type SystemErrors,
} from './system-errors/system-errors.ts';
import { CosignedCheckpoints } from './witnesses/cosigned-checkpoints.ts';
import { startCosigningRounds } from './witnesses/cosigning-rounds.ts';
import { openWitnessSigner, type WitnessSigner } from './witnesses/witness-signer.ts';

/** A running instance. */
export interface Instance {
  /** Where it answers, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** The one-time link that makes the first administrator, while there is no user. */
  readonly setUpLink: string | undefined;
  /** The published entries. */
  readonly ledger: Pick<Ledger, 'size' | 'firstIndex' | 'read'>;
  /** The published entries from index `from` up to but not including `to`, as they may be read now. */
  readRecords(from: number, to: number): Promise<readonly OpenedEntry[]>;
  /** What is wrong with the instance itself. */
  readonly systemErrors: SystemErrors;
  /** What removes records whose time is over. */
  readonly retention: Pick<Retention, 'wake' | 'settled'>;
  /** Takes alerts to their destinations. */
  readonly alertDeliveries: Pick<AlertDeliverer, 'wake' | 'settled'>;
  /** Writes to assignees; undefined where the operator set no mail server. */
  readonly assigneeMails: Pick<AssigneeMailer, 'wake'> | undefined;
  /** Sends the checkpoint to where it is due. */
  readonly anchors: Pick<AnchorSchedule, 'check'>;
  /** Runs scheduled queries that are due. */
  readonly querySchedule: Pick<QuerySchedule, 'check'>;
  /** Until every action so far is in the ledger, the history and (while it is a source) the lake, detections have seen it, and erasures
   * have ended. */
  settled(): Promise<void>;
  /** Stops answering, records the stop, and closes everything in order. */
  stop(): Promise<void>;
}

/** Something an operator should know of, in one line; `cause` for unexpected errors. */
export type Report = (message: string, cause?: unknown) => void;

const keysFollower = { kind: 'follower', subject: 'subject-keys' } as const;
const erasureFollower = { kind: 'follower', subject: 'erasure' } as const;

/** How long a stop waits for the followers. */
const settlingMsMax = 10_000;

/** Opens the data directory, recovers what a crash left, records the start, and answers. */
export async function startInstance(
  config: Config,
  report: Report,
  clock: Clock = systemClock,
  ask: AskDiskSpace = askDiskSpace,
): Promise<Instance> {
  await using opened = new AsyncDisposableStack();
  const onClose = (close: () => unknown) => opened.defer(async () => void (await close()));

  onClose(await takeDirectory(config.dataDirectory));
  const capacity = await watchCapacity(config.dataDirectory, { ask });
  onClose(capacity.stop);

  const store = await openStore(config);
  onClose(() => store.close());
  const systemErrors = await createSystemErrors({
    reader: store.reader,
    bySystem,
    onFailure: (error) => report('A system error could not be recorded yet', error),
  });
  onClose(systemErrors.stop);
  capacity.follow((hasRoom) => reportRoom(hasRoom, systemErrors, report));

  const isNew = await hasNoRecord(store);
  const objects = await openLedgerObjects(config);
  const keyFile = join(config.dataDirectory, 'keys', 'ledger.pem');
  const journal = await takeOverLedger({
    isWanted: config.restore,
    isNew,
    store,
    journal: await OutboxJournal.open(store, `pawprint/${randomUUID()}`),
    objects,
    place: placeOfObjects(config),
    keyFile,
    onProgress: (verified, size) => report(`${verified} of ${size} entries of the ledger are verified`),
  });
  const archive = createKeyArchive({
    ...{ store, objects },
    onFailure: (error) =>
      systemErrors.report(keysFollower, `Keys could not be stored: ${publicMessage(error)}`),
    onSuccess: () => systemErrors.resolve(keysFollower),
  });
  onClose(archive.stop);
  const subjectKeys = new SubjectKeys({
    reader: store.reader,
    wrapper: await openKeyWrapper(config.masterKey, config.dataDirectory, store.reader),
    onNewKeys: archive.wake,
  });
  const waiting = await lastWaitingRecord(store.reader);
  const ledgerWatch = new LedgerWatch(systemErrors);
  const periods = new KnownPeriods(await readRetentionPeriods(store.reader));
  const ledger = await openInstanceLedger({
    ...{ objects, journal, keyFile, report },
    watch: ledgerWatch,
    firstIndex: await readFirstIndex(store.reader),
    retainUntil: () => periods.lockedUntil(dateAt(clock).getTime()),
  }).catch(async (error: unknown) => {
    throw await recordRefusedStart(error, { store, systemErrors, capacity, clock, subjectKeys });
  });
  const isRestored = isNew && ledger.size > 0;
  onClose(() => ledger.close());
  const checkpoints = await CosignedCheckpoints.open(store, objects);
  const log = checkpoints.over(ledger);
  const witnessSigner = await openWitnessSigner(join(config.dataDirectory, 'keys', 'witness.pem'));
  ledger.settled().then(
    () => ledgerWatch.works(),
    () => undefined,
  );
  const disk = watchDiskSpace(
    [
      { name: 'the data directory', directory: config.dataDirectory },
      ...(config.ledgerBucket === undefined
        ? [{ name: 'the ledger', directory: join(config.dataDirectory, 'ledger') }]
        : []),
    ],
    ask,
    systemErrors,
  );
  onClose(disk.stop);
  await disk.check();

  const last = waiting ?? (await lastPublishedRecord(ledger));
  const watchedClock = watchClock(
    clock,
    last === undefined ? undefined : parseTimestamp(last.timestamp),
    (message) => {
      report(message);
      systemErrors.note({ kind: 'clock' }, message);
    },
  );
  onClose(watchedClock.stop);

  let eraser: Eraser | undefined;
  // After the lake, which lets go of what it waits for.
  onClose(() => eraser?.stop());
  const catalogue = new LakeCatalogue(store);
  const lakeDirectory = join(config.dataDirectory, 'lake');
  const lakePlace = { directory: lakeDirectory, catalogue };
  const mirror = await openLakeMirror(config, lakePlace, systemErrors, report);
  const reportDamage = (table: string, files: readonly DamagedFile[]): void => {
    const message = describeDamage(table, files);
    report(message);
    systemErrors.report({ kind: 'lake_files', subject: table }, message);
  };
  const lake = await openLake({
    directory: lakeDirectory,
    resultsDirectory: join(config.dataDirectory, 'results'),
    ...{ catalogue, mirror },
    clock: () => dateAt(watchedClock),
    // Nothing is missing or slow to appear while small files wait to be merged, so this is no system error.
    onBackgroundError: (error) => report('Files of the data lake could not be merged yet', error),
    onDamaged: (table, file) => reportDamage(table, [file]),
  });
  onClose(() => lake.close());
  const nowText = () => dateAt(watchedClock).toISOString();
  const queries = await createQueryRunner(store, lake, nowText, report);
  const snapshotDirectory = join(config.dataDirectory, 'python');
  const backtests = await createBacktestRunner({
    ...{ store, lake, snapshotDirectory, report },
    newId: randomUUID,
    now: nowText,
  });
  onClose(backtests.close);

  const followerWatch = watchFollowers(systemErrors, report);
  const history = follow(ledger, historyFollower(store, subjectKeys), followerWatch);
  onClose(() => history.stop());
  const loader = follow(ledger, lakeLoader(store, catalogue, lake, subjectKeys), followerWatch);
  onClose(() => loader.stop());
  const lakeRows = moveLakeRows(store, catalogue, lake, followerWatch);
  onClose(() => lakeRows.stop());
  const repairs = createTableRepairs({
    ...{ store, ledger, catalogue, subjectKeys, lake },
    hasCopy: mirror !== undefined,
    onFailure(table, error) {
      report(`The data lake's table ${table} could not be built again`, error);
    },
    onRepaired: (table) => systemErrors.resolve({ kind: 'lake_files', subject: table }),
  });
  onClose(() => repairs.stop());
  for (const table of lake
    .tables()
    .filter(({ unites }) => unites === undefined)
    .map(tableKey)) {
    const lost = await markLostFiles(catalogue, lakeDirectory, table);
    if (table !== auditLogTable) {
      if (lost.length > 0) reportDamage(table, lost);
    } else if ((await catalogue.damagedFiles(table)).length > 0) {
      const message = `Files of the data lake's table ${table} are missing: it is built again from the ledger`;
      report(message);
      systemErrors.note({ kind: 'lake_files' }, message);
      repairs.start(table);
    }
  }
  const sendOutbound = createSendOutbound(config.outboundNetworks);
  const mail = config.smtp === undefined ? undefined : createMail(config.smtp);
  let address = '';
  const consoleAddress = async (rows: Rows) => (await readSetting(rows, 'publicURL')) || address;
  const alertDeliverer = createAlertDeliverer({
    ...{ store, systemErrors },
    tools: { sendOutbound, mail },
    now: () => dateAt(watchedClock).toISOString(),
    consoleAddress: () => consoleAddress(store.reader),
    onFailure: (error) => report('Alerts could not be delivered and are tried again', error),
  });
  onClose(alertDeliverer.stop);
  const assigneeMailer =
    mail &&
    createAssigneeMailer({
      ...{ store, systemErrors, mail },
      now: () => dateAt(watchedClock).toISOString(),
      consoleAddress: () => consoleAddress(store.reader),
      onFailure: (error) => report('Assignees could not be told of their alerts and are tried again', error),
    });
  onClose(() => assigneeMailer?.stop());
  const detecting = startDetecting({
    ...{ store, ledger, subjectKeys, systemErrors, watch: followerWatch },
    epochNanoseconds: watchedClock.epochNanoseconds,
    snapshotDirectory,
    onDetected() {
      lakeRows.wake();
      alertDeliverer.wake();
    },
  });
  onClose(() => detecting.stop());

  eraser = createEraser({
    ...{ store, ledger, subjectKeys, lake, backtests, archive },
    followers: [history, loader, detecting, lakeRows, repairs],
    cache: detecting.cache,
    onFailure: (error) =>
      systemErrors.report(erasureFollower, `An erasure does not get on: ${publicMessage(error)}`),
    onSuccess: () => systemErrors.resolve(erasureFollower),
  });

  const anchorSender = createAnchorSender({
    ...{ config, mail, sendOutbound },
    objects,
    retainUntil: () => periods.lockedUntil(dateAt(clock).getTime()),
  });
  let anchors: AnchorSchedule | undefined;
  let retention: Retention | undefined;
  let querySchedule: QuerySchedule | undefined;
  const uploadJobs = new ContentJobs<UploadResult>('upload', () => services.now());
  onClose(() => uploadJobs.settled());
  const services: Services = createServices({
    clock: watchedClock,
    contentDirectory: snapshotDirectory,
    uploads: {
      requireIdle: () => uploadJobs.requireIdle(),
      job: (receiptId, owner) => uploadJobs.job(receiptId, owner),
      start({ receiptId, caller, origin, data }) {
        const input = { input: { data } };
        const call = { caller, origin, input, params: { dynamic: input, static: {} } };
        const description = 'Takes in an archive of detections that was accepted before';
        uploadJobs.start(receiptId, actorReference(caller), () =>
          runner.run(uploadDetections, { ...call, description, details: { receiptId } }),
        );
      },
    },
    capacity,
    ledger: log,
    witnessSigner,
    subjectKeys,
    eraser,
    recordSearch: createRecordSearch({
      ...{ reader: store.reader, ledger, subjectKeys },
      lake: createLakeSearch(lake, catalogue, store.reader),
    }),
    lake,
    queries,
    repairs,
    backtests,
    scheduledQueries: { changed: () => void querySchedule?.check() },
    loader,
    lakeRows,
    detectionsChanged: detecting.changed,
    retention: () => retention,
    anchors: {
      ...reportingSender(anchorSender, systemErrors),
      changed(removed) {
        for (const name of removed) forgetDestination(name, systemErrors);
        void anchors?.checkAnew();
      },
    },
    alertDeliverer,
    assigneeMailer,
    consoleAddress,
  });
  const runner = createActionRunner({
    transact: store.transact,
    reader: store.reader,
    services,
    onRecorded: () => ledger.notify(),
    // The action is on record as FAILED, with the reference.
    onInternalError: (error, reference) => report(`Internal error ${reference}`, error),
  });

  const settled = async () => {
    await ledger.settled();
    await Promise.all([history, loader, detecting, archive, eraser].map((each) => each?.settled()));
    await Promise.all([lakeRows.settled(), repairs.settled()]);
  };
  async function recordStop(reason?: string): Promise<void> {
    await anchors?.stop();
    await querySchedule?.stop();
    await retention?.stop();
    await atMostSettling(systemErrors.settled());
    // Nothing comes after the stop, so that a start sees whether there was one.
    systemErrors.stop();
    const details = reason === undefined ? {} : { details: { reason } };
    await runner.run(stopInstance, { ...bySystem('The instance stops'), ...details });
    // What a failing disk keeps waiting is in the outbox, and published after the next start.
    await atMostSettling(settled().catch(() => undefined));
  }

  if (isRestored) {
    await runner.run(restoreLedger, bySystem('The instance takes over the ledger of an earlier one'));
    if ((await auditLogSource(store.reader)) === undefined) {
      await runner.run(enableAuditLogs, bySystem('The lake takes the records of the restored ledger'));
    }
  }
  const { setUpToken } = await runner.run(startInstanceAction, {
    ...bySystem('The instance starts'),
    ...(last !== undefined && { details: { lastRun: endOfRun(last) } }),
  });
  if (last !== undefined && !endOfRun(last).stoppedInOrder) {
    const message = `The instance had not stopped in order before this start. Its last record before is of ${last.timestamp} UTC`;
    systemErrors.note({ kind: 'unclean_stop' }, message);
  }
  systemErrors.start(runner);
  if (
    (await auditLogSource(store.reader)) !== undefined &&
    (await managedPackChange(store.reader, await readManagedFiles())) !== undefined
  ) {
    await runner.run(updateManagedPack, bySystem('The managed rules come to those of this version'));
  }
  archive.wake();
  eraser.wake();
  const rounds = startCosigningRounds({
    ledger,
    checkpoints,
    store,
    send: sendOutbound,
    systemErrors,
    nowMs: clock.monotonicMs,
    onError: (error) => report("The ledger's witnesses could not be asked", error),
  });
  onClose(() => rounds.stop());
  const admin = config.firstAdministrator;
  const server = await createHttpServer({
    config,
    runner,
    reader: store.reader,
    services,
    ledger: log,
    timestamps: publishedTimestamps(objects),
    ledgerState: () => ledgerWatch.state,
    report,
  });
  try {
    if (setUpToken !== undefined && admin !== undefined) {
      const input = { email: admin.email, password: admin.password };
      await runner.run(setUpInstance, bySystem('The first administrator is made from the settings', input));
    }
    address = await server.listen().catch((error: unknown) => {
      throw AddressUnavailable.from(error, config) ?? error;
    });
  } catch (error) {
    await recordStop(`The start failed: ${publicMessage(error)}`);
    throw error;
  }
  onClose(() => server.close());
  alertDeliverer.start();
  assigneeMailer?.start();
  retention = keepRetention({
    ...{ store, ledger, lake, repairs, runner, systemErrors, bySystem },
    periods,
    nowMs: () => dateAt(clock).getTime(),
    folder: config.ledgerBucket === undefined ? join(config.dataDirectory, 'ledger') : undefined,
    locks: (config.ledgerBucket?.lockMode ?? 'NONE') === 'NONE' ? undefined : objects,
  });
  onClose(retention.stop);
  anchors = scheduleAnchors({
    runner,
    reader: store.reader,
    ledger: log,
    offered: anchorSender.offered,
    clock: watchedClock,
    bySystem,
  });
  querySchedule = scheduleQueries({
    ...{ store, runner, queries, systemErrors, bySystem },
    clock: watchedClock,
    onResult: detecting.judge,
    onError: (error) => report('Scheduled queries do not get on yet', error),
  });

  const resources = opened.move();
  return {
    address,
    setUpLink:
      setUpToken === undefined || admin !== undefined
        ? undefined
        : await services.consoleLink(store.reader, '/set-up', setUpToken),
    ledger,
    readRecords: async (from, to) => subjectKeys.open((await ledger.read(from, to)).map(decodeEntry)),
    systemErrors,
    retention,
    alertDeliveries: alertDeliverer,
    assigneeMails: assigneeMailer,
    anchors,
    querySchedule,
    settled,
    async stop() {
      await server.close();
      try {
        await recordStop();
      } finally {
        await resources.disposeAsync();
      }
    },
  };
}

/** Waits for `work`, but not longer than `settlingMsMax`; until then this alone keeps the process from ending. */
async function atMostSettling(work: Promise<void>): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, delay(settlingMsMax, undefined, { signal: over.signal })]);
  } finally {
    over.abort();
  }
}

/** How the last run ended, for the record of the next start. */
function endOfRun({ actionName, timestamp, pantherVersion }: AuditRecord) {
  return { stoppedInOrder: actionName === 'STOP_INSTANCE', lastRecordAt: timestamp, version: pantherVersion };
}

function reportRoom(hasRoom: boolean, systemErrors: SystemErrors, report: Report): void {
  const subject = { kind: 'disk_space', subject: 'changes are refused' } as const;
  if (hasRoom) {
    if (systemErrors.resolve(subject)) report('There is room on the disk again');
  } else {
    report('The disk is nearly full: changes are refused');
    systemErrors.report(subject, 'The disk is nearly full: changes are refused until there is room for them');
  }
}

/** So often may a follower fail before it is a system error; that takes it less than a second. */
const passingFailures = 3;

function watchFollowers(systemErrors: SystemErrors, report: Report): FollowerWatch {
  return {
    failed(follower, error, times) {
      report(`The follower ${follower} failed and tries again`, error);
      if (times <= passingFailures) return;
      const message = `The ${follower} does not take what is new in the ledger: ${publicMessage(error)}. It tries again`;
      systemErrors.report({ kind: 'follower', subject: follower }, message);
    },
    works: (follower) => systemErrors.resolve({ kind: 'follower', subject: follower }),
  };
}

/** What may be read on record and in the console; the operator is told the rest. */
function publicMessage(error: unknown): string {
  const isPublic =
    error instanceof LedgerError || error instanceof StoreError || error instanceof AddressUnavailable;
  return isPublic ? error.message : 'it failed in the instance, whose own output says more';
}

interface RefusedStart {
  readonly store: Store;
  readonly systemErrors: SystemErrorRecorder;
  readonly capacity: Capacity;
  readonly clock: Clock;
  readonly subjectKeys: SubjectKeys;
}

/**
 * A ledger that does not continue what was signed stops the start. That is a system error like any other: its record
 * waits for the ledger in the database.
 * @returns the error with what helps.
 */
async function recordRefusedStart(error: unknown, parts: RefusedStart): Promise<unknown> {
  if (!(error instanceof LedgerError) || !stopsForGood(error)) return error;
  const { store, systemErrors, capacity, clock, subjectKeys } = parts;
  // Reporting asks for no other services; they come with the ledger. Nothing is delivered before the next start.
  const services = {
    ...createCoreServices(clock, capacity),
    subjectKeys,
    alertDeliveries: { wake: () => undefined },
    wakeLakeRows: () => undefined,
  } as Services;
  systemErrors.start(
    createActionRunner({
      transact: store.transact,
      reader: store.reader,
      services,
      onRecorded: () => undefined,
      onInternalError: () => undefined,
    }),
  );
  const message = describeStop(error);
  systemErrors.report({ kind: 'ledger_stopped' }, message);
  await atMostSettling(systemErrors.settled());
  return new LedgerError(error.code, message, { cause: error });
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
  watch,
  report,
}: {
  readonly objects: ObjectStore;
  readonly journal: OutboxJournal;
  readonly keyFile: string;
  readonly firstIndex: number;
  readonly retainUntil: () => Date;
  readonly watch: LedgerWatch;
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
    onError(error) {
      report(`The ledger: ${error.message}`, error);
      watch.failed(error);
    },
    onRecovered() {
      report('The ledger works again');
      watch.works();
    },
  });
}

interface Parts {
  readonly clock: Clock;
  readonly capacity: Capacity;
  readonly ledger: PublishedLog;
  readonly witnessSigner: WitnessSigner;
  readonly subjectKeys: SubjectKeys;
  readonly eraser: Eraser;
  readonly recordSearch: RecordSearch;
  readonly lake: Lake;
  readonly queries: QueryRunner;
  readonly repairs: TableRepairs;
  readonly backtests: BacktestRunner;
  readonly scheduledQueries: Services['scheduledQueries'];
  readonly loader: Following;
  readonly lakeRows: Following;
  readonly detectionsChanged: () => void;
  readonly anchors: AnchorService;
  readonly alertDeliverer: AlertDeliverer;
  readonly assigneeMailer: AssigneeMailer | undefined;
  /** Where what Python starts from is kept. */
  readonly contentDirectory: string;
  readonly uploads: UploadService;
  /** Undefined until it is made, which needs the services. */
  retention(): Retention | undefined;
  /** Where the console is for people, such as `https://pawprint.example.com`. */
  consoleAddress(rows: Rows): Promise<string>;
}

function createServices(parts: Parts): Services {
  const {
    clock,
    capacity,
    ledger,
    witnessSigner,
    subjectKeys,
    eraser,
    recordSearch,
    lake,
    queries,
    repairs,
    backtests,
    scheduledQueries,
    loader,
    lakeRows,
    detectionsChanged,
    anchors,
    alertDeliverer,
    assigneeMailer,
    contentDirectory,
    uploads,
    retention,
    consoleAddress,
  } = parts;
  const core = createCoreServices(clock, capacity);
  return {
    ...core,
    contentChecker: createContentChecker(contentDirectory),
    uploads,
    validations: new ContentJobs('validation', core.now),
    consoleLink: async (rows, path, secret) => `${await consoleAddress(rows)}${path}#token=${secret}`,
    signInThrottle: new SignInThrottle({ nowMs: clock.monotonicMs }),
    ledger,
    witnessSigner,
    subjectKeys,
    eraser,
    recordSearch,
    lakeTables: lake.tables(),
    tableRepairs: repairs,
    queries,
    backtests,
    scheduledQueries,
    anchors,
    alertDeliveries: alertDeliverer,
    assigneeMails: assigneeMailer,
    readAlertEvents: alertEventsReader(lake),
    countEvents: eventCounter(lake),
    retention: {
      wake: () => retention()?.wake(),
      status: () => retention()?.status() ?? { ledgerBytes: null, recordsToLock: null },
    },
    wakeLakeRows: lakeRows.wake,
    wakeLakeLoader: () => loader.wake(),
    detectionsChanged,
  };
}

/** What every record is made with. */
function createCoreServices(clock: Clock, capacity: Capacity) {
  return {
    version: packageJson.version,
    now: () => dateAt(clock).toISOString(),
    epochNanoseconds: clock.epochNanoseconds,
    newId: randomUUID,
    sha256: (bytes: Uint8Array) => hash('sha256', bytes),
    capacity,
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
