import { createEngine } from '@pawprint/detections';
import { type EntrySource, follow } from '../followers/follow.ts';
import { type FollowerWatch, type Following, repeatSteps } from '../followers/steps.ts';
import type { ScheduledResult } from '../lake/query-schedule.ts';
import type { SubjectKeys } from '../sealing/subject-keys.ts';
import type { Store } from '../store/store.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import { correlateDue } from './correlations.ts';
import { detectionFollower } from './detection-follower.ts';
import { LoadedDetections } from './loaded-detections.ts';
import { detectInResult } from './query-results.ts';
import { StoredCache } from './stored-cache.ts';

export interface DetectingOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly ledger: EntrySource;
  readonly subjectKeys: Pick<SubjectKeys, 'open'>;
  readonly systemErrors: Pick<SystemErrors, 'report' | 'resolve'>;
  readonly watch: FollowerWatch;
  /** Nanoseconds since 1970. */
  readonly epochNanoseconds: () => bigint;
  /** Where what Python starts from is kept. */
  readonly snapshotDirectory: string;
  /** How long one detection may take for a batch, milliseconds. */
  readonly batchMs?: number;
  /** Rows wait for the lake, or alerts for their deliveries. */
  onDetected(): void;
}

/** Detections that watch the audit log. */
export interface Detecting extends Following {
  /** The content in the store may have changed; it takes effect for the next batch. */
  changed(): void;
  /** Lets scheduled rules judge what a query found. */
  judge(result: ScheduledResult): Promise<void>;
  /** Runs the correlation rules that are due, and waits for it. */
  correlate(): Promise<void>;
  /** What they remember. */
  readonly cache: Pick<StoredCache, 'erase'>;
}

/** So often is looked whether a correlation rule is due. */
const correlationLookMs = 10_000;

export function startDetecting(options: DetectingOptions): Detecting {
  const { store, ledger, subjectKeys, systemErrors, watch, epochNanoseconds, snapshotDirectory, batchMs } =
    options;
  const cache = new StoredCache(store, () => Number(epochNanoseconds() / 1_000_000n) / 1000);
  const engine = createEngine({
    snapshotDirectory,
    answerCall: cache.answer,
    ...(batchMs !== undefined && { batchMs }),
  });
  const loaded = new LoadedDetections({ reader: store.reader, engine, systemErrors });
  const { onDetected } = options;
  const tools = { store, engine, loaded, cache, epochNanoseconds, onDetected };
  const follower = detectionFollower(tools, subjectKeys);
  let last: Promise<unknown> = Promise.resolve();
  /** What rules remember is that of one batch at a time. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const following = follow(
    ledger,
    { ...follower, handle: (from, entries) => inTurn(() => follower.handle(from, entries)) },
    watch,
  );
  const correlations = async () => {
    await inTurn(() => correlateDue(tools));
    return false;
  };
  const correlating = repeatSteps('correlations', correlations, watch);
  const timer = setInterval(correlating.wake, correlationLookMs).unref();
  return {
    ...following,
    correlate: correlating.settled,
    cache: { erase: (keyId) => inTurn(() => cache.erase(keyId)) },
    changed() {
      loaded.changed();
      following.wake();
    },
    judge: (result) => inTurn(() => detectInResult(tools, result)),
    async stop() {
      clearInterval(timer);
      await correlating.stop();
      await following.stop();
      await last;
      await engine.close();
    },
  };
}
