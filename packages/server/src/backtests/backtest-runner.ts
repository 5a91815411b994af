import {
  type BacktestResult,
  type ContentFile,
  createEngine,
  createMemoryCache,
  readFiles,
  runBacktest,
} from '@pawprint/detections';
import { type Lake, LakeError, type TableDefinition } from '@pawprint/lake';
import type { Store } from '../store/store.ts';
import type { ReplayEndRow } from '../store/tables.ts';
import { lakeHistory } from './lake-history.ts';

export interface BacktestStart {
  readonly id: string;
  readonly detectionId: string;
  /** The detection, and what is around it: data models, modules and lookup tables. */
  readonly files: readonly ContentFile[];
  readonly table: TableDefinition;
  readonly logType: string;
  /** RFC 3339; `to` is no longer in the range. */
  readonly from: string;
  readonly to: string;
}

/** How a backtest stands. */
export interface BacktestStatus {
  readonly state: 'EVALUATION_IN_PROGRESS' | ReplayEndRow['state'];
  /** Why it failed. */
  readonly message: string;
  /** So far while it runs; null before its first step, and for one that failed. */
  readonly result: BacktestResult | null;
  /** Of all events in the range, 0 to 1. */
  readonly progress: number;
  /** RFC 3339; null while it runs. */
  readonly completedAt: string | null;
}

/** Runs the backtests that actions ask for, one after the other, and keeps what they said. */
export interface BacktestRunner {
  start(backtest: BacktestStart): void;
  stop(id: string): void;
  /** How many run or wait. */
  readonly unfinished: number;
  /** Undefined for one that never was. */
  status(id: string): Promise<BacktestStatus | undefined>;
  /** Resolves once it has ended and its result is kept. */
  ended(id: string): Promise<void>;
  /** Stops all that run or wait, and deletes what all have found: texts of people may be in it. */
  deleteResults(): Promise<void>;
  /** Stops all. */
  close(): Promise<void>;
}

export interface BacktestRunnerOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly lake: Pick<Lake, 'query' | 'results' | 'deleteResults'>;
  readonly snapshotDirectory: string;
  readonly newId: () => string;
  /** RFC 3339. */
  readonly now: () => string;
  /** Told of what is no fault of the detection. */
  readonly report: (message: string, cause: unknown) => void;
}

interface Run {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  result: BacktestResult | null;
  progress: number;
}

class Stopped extends Error {}

/** A backtest that was running when the instance stopped has failed. */
export async function createBacktestRunner(options: BacktestRunnerOptions): Promise<BacktestRunner> {
  await failInterrupted(options);
  const { store, now, report } = options;
  const runs = new Map<string, Run>();
  let last: Promise<unknown> = Promise.resolve();

  async function keepEnd(id: string, done: Promise<BacktestResult>): Promise<void> {
    const end = await done.then(succeeded, (error: unknown) => {
      const result = runs.get(id)?.result ?? null;
      if (error instanceof Stopped) return { state: 'CANCELED', message: '', result } as const;
      if (error instanceof BacktestError || error instanceof LakeError) {
        return { state: 'ERROR_EVALUATION', message: error.message, result: null } as const;
      }
      report(`Backtest ${id} failed`, error);
      const message = 'It failed in the instance, whose own output says more';
      return { state: 'ERROR_EVALUATION', message, result: null } as const;
    });
    try {
      await insertEnd(store, id, end, now());
    } catch (error) {
      report(`The result of backtest ${id} could not be kept`, error);
    } finally {
      runs.delete(id);
    }
  }

  async function stopAll(): Promise<void> {
    const all = [...runs.values()];
    for (const { stop } of all) stop.abort(new Stopped());
    await Promise.all(all.map(({ ended }) => ended));
  }

  return {
    start(backtest) {
      const { id } = backtest;
      const stop = new AbortController();
      const done = last.then(() =>
        run(options, backtest, stop.signal, (result, progress) => {
          const own = runs.get(id);
          if (own !== undefined) Object.assign(own, { result, progress });
        }),
      );
      last = done.catch(() => undefined);
      runs.set(id, { stop, ended: keepEnd(id, done), result: null, progress: 0 });
    },
    stop: (id) => runs.get(id)?.stop.abort(new Stopped()),
    get unfinished() {
      return runs.size;
    },
    async status(id) {
      const own = runs.get(id);
      if (own !== undefined) {
        const { result, progress } = own;
        return { state: 'EVALUATION_IN_PROGRESS', message: '', result, progress, completedAt: null };
      }
      const end = await store.reader
        .selectFrom('replay_ends')
        .selectAll()
        .where('replay_id', '=', id)
        .executeTakeFirst();
      if (end === undefined) return undefined;
      const result = end.result === null ? null : JSON.parse(end.result);
      const { state, message, completed_at: completedAt } = end;
      return { state, message, result, progress: state === 'DONE' ? 1 : 0, completedAt };
    },
    async ended(id) {
      await runs.get(id)?.ended;
    },
    async deleteResults() {
      await stopAll();
      await store.bookkeep(async (bookkeeper) => {
        await bookkeeper.updateTable('replay_ends').set({ result: null }).execute();
      });
    },
    close: stopAll,
  };
}

/** What is wrong with what was asked for. */
class BacktestError extends Error {}

async function run(
  { lake, snapshotDirectory, newId }: BacktestRunnerOptions,
  { detectionId, files, table, logType, from, to }: BacktestStart,
  signal: AbortSignal,
  onProgress: (result: BacktestResult, progress: number) => void,
): Promise<BacktestResult> {
  signal.throwIfAborted();
  // What a detection remembers begins empty; lookup tables are those of today.
  const cache = createMemoryCache(() => Date.now() / 1_000);
  const engine = createEngine({ snapshotDirectory, answerCall: cache.answer });
  try {
    const { detections, dataModels, globals, lookupTables } = await readFiles(engine, files);
    const detection = detections.find(({ id }) => id === detectionId);
    if (detection === undefined) throw new BacktestError(`${detectionId} can not be read`);
    await engine.setContent({
      dataModels: dataModels.filter(({ enabled }) => enabled),
      globals,
      lookupTables,
    });
    const problem = (await engine.put([detection])).get(detectionId);
    if (problem !== undefined) throw new BacktestError(`${detectionId} can not be loaded: ${problem}`);
    const history = lakeHistory({ lake, table, from, to, newId, signal });
    return await runBacktest(engine, detection, logType, history, { signal, onProgress });
  } finally {
    await engine.close();
  }
}

type End = Pick<ReplayEndRow, 'state' | 'message'> & { readonly result: BacktestResult | null };

function succeeded(result: BacktestResult): End {
  return { state: 'DONE', message: '', result };
}

async function insertEnd(
  store: Pick<Store, 'bookkeep'>,
  id: string,
  { state, message, result }: End,
  completedAt: string,
): Promise<void> {
  await store.bookkeep(async (bookkeeper) => {
    await bookkeeper
      .insertInto('replay_ends')
      .values({
        ...{ replay_id: id, state, message, completed_at: completedAt },
        result: result && JSON.stringify(result),
      })
      .execute();
  });
}

async function failInterrupted({ store, now }: BacktestRunnerOptions): Promise<void> {
  const interrupted = await store.reader
    .selectFrom('replays')
    .leftJoin('replay_ends', 'replay_ends.replay_id', 'replays.id')
    .select('replays.id')
    .where('replay_ends.replay_id', 'is', null)
    .execute();
  for (const { id } of interrupted) {
    const message = 'The instance stopped while it ran';
    await insertEnd(store, id, { state: 'ERROR_EVALUATION', message, result: null }, now());
  }
}
