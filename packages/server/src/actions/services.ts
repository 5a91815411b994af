import type { ContentProblem } from '@pawprint/detections';
import type { TableDefinition } from '@pawprint/lake';
import type { LogReader } from '@pawprint/verifier';
import type { SignInThrottle } from '../access/sign-in-throttle.ts';
import type { AlertDeliveries } from '../alerts/alert-deliverer.ts';
import type { ReadAlertEvents } from '../alerts/alert-events.ts';
import type { AnchorSender } from '../anchors/anchor-sender.ts';
import type { BacktestRunner } from '../backtests/backtest-runner.ts';
import type { ContentChecker } from '../content/content-checker.ts';
import type { ContentJobs } from '../content/content-jobs.ts';
import type { Eraser } from '../erasures/eraser.ts';
import type { EntrySource } from '../followers/follow.ts';
import type { CountEvents } from '../lake/event-counts.ts';
import type { QueryRunner } from '../lake/query-runner.ts';
import type { TableRepairs } from '../lake/table-repairs.ts';
import type { Retention } from '../retention/retention.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { RecordSearch } from '../search/record-search.ts';
import type { Capacity } from '../storage/capacity.ts';
import type { Rows } from '../store/store.ts';
import type { WitnessSigner } from '../witnesses/witness-signer.ts';
import type { Caller, Origin } from './caller.ts';
import type { UploadResult } from './detection/upload-archive.ts';

/** What is published of the ledger: its entries, and the log that proves them. */
export interface PublishedLog extends EntrySource {
  /** The signed note that covers the entries (C2SP tlog-checkpoint), with the cosignatures that it has by now. */
  readonly checkpoint: string;
  /** The newest checkpoint that had the cosignatures asked for; undefined while there is none. */
  readonly witnessed: string | undefined;
  /** The log's public key (C2SP signed-note). */
  readonly vkey: string;
  /** The log's checkpoint, tiles and bundles by their paths (C2SP tlog-tiles). */
  readonly objects: LogReader;
}

/** Checkpoints on their way to where they are kept outside. What can't be sent is a system error until it can. */
export interface AnchorService extends AnchorSender {
  /** The settings have changed: new destinations get the checkpoint at once, and the faults of removed ones are over. */
  changed(removed: readonly string[]): void;
}

/** An archive that was accepted, to be taken in by an action of its own in the name of its sender. */
export interface AcceptedUpload {
  readonly receiptId: string;
  readonly caller: Caller;
  readonly origin: Origin;
  /** In base64. */
  readonly data: string;
}

export interface UploadService extends Pick<ContentJobs<UploadResult>, 'requireIdle' | 'job'> {
  start(upload: AcceptedUpload): void;
}

/** What actions need besides the store; passed in so that tests decide time, ids and secrets. */
export interface Services {
  /** The version in every record's `pantherVersion`. */
  readonly version: string;
  /** Now, RFC 3339 UTC with milliseconds. */
  now(): string;
  /** Now, in nanoseconds since 1970-01-01T00:00:00Z. */
  epochNanoseconds(): bigint;
  /** A new random UUID. */
  newId(): string;
  /** SHA-256 as lower-case hex. */
  sha256(bytes: Uint8Array): string;
  /** The console's address of a one-time link; the secret stands in the fragment, which no server ever logs. */
  consoleLink(rows: Rows, path: string, secret: string): Promise<string>;
  readonly capacity: Capacity;
  readonly signInThrottle: SignInThrottle;
  readonly ledger: PublishedLog;
  /** The key of this instance as a witness of others. */
  readonly witnessSigner: WitnessSigner;
  /** The keys that people's data in the ledger is sealed under. */
  readonly subjectKeys: SubjectKeys;
  readonly recordSearch: RecordSearch;
  readonly lakeTables: readonly TableDefinition[];
  readonly tableRepairs: Pick<TableRepairs, 'start' | 'progress' | 'damagedFiles' | 'source'>;
  readonly queries: QueryRunner;
  /** Runs rules over the past. */
  readonly backtests: BacktestRunner;
  readonly scheduledQueries: { /** A saved query or its schedule was changed. */ changed(): void };
  readonly retention: Pick<Retention, 'wake' | 'status'>;
  readonly anchors: AnchorService;
  readonly alertDeliveries: AlertDeliveries;
  /** Reads the events behind an alert from the lake. */
  readonly readAlertEvents: ReadAlertEvents;
  readonly countEvents: CountEvents;
  /** There are rows on their way to the lake. */
  wakeLakeRows(): void;
  /** The audit log was enabled as a source: the lake takes what it missed. */
  wakeLakeLoader(): void;
  readonly contentChecker: ContentChecker;
  readonly uploads: UploadService;
  readonly validations: Pick<ContentJobs<readonly ContentProblem[]>, 'requireIdle' | 'job' | 'start'>;
  /** Detections, or what they share, were added, changed or taken away: the next batch of events meets what is there now. */
  detectionsChanged(): void;
  /** Brings erasures to what was made from the ledger before. */
  readonly eraser: Pick<Eraser, 'wake' | 'progress'>;
}
