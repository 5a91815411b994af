import {
  type Lake,
  LakeError,
  type QueryLimits,
  type QueryOutcome,
  type QueryProgress,
  type ResultPage,
  type RunningQuery,
} from '@pawprint/lake';
import type { Selectable } from 'kysely';
import type { Store } from '../store/store.ts';
import type { LakeQueryRunRow } from '../store/tables.ts';

export interface QueryStart {
  readonly id: string;
  readonly sql: string;
  readonly database: string;
  /** `USER:<id>`, `TOKEN:<id>` or `SYSTEM`. */
  readonly issuedBy: string;
  /** The tables the caller may see, as `panther_logs.panther_audit`; the engine holds no others. */
  readonly tables: readonly string[];
  /** What "now" is in the query, RFC 3339. */
  readonly now: string;
  /** Instead of the lake's own; the memory may only be less. */
  readonly limits?: Partial<QueryLimits>;
  /** Whose these limits are and who can change them, for whoever meets one. */
  readonly limitsOrigin?: string;
}

/** How a query stands; `message` says why it failed. */
export interface QueryStatus {
  readonly status: 'running' | LakeQueryRunRow['status'];
  readonly message: string;
  /** Rows found, so far while it runs. */
  readonly rowCount: number;
  /** While it runs: bytes of the result so far, and an estimate of the part that is read, 0 to 100. */
  readonly progress?: { readonly resultBytes: number; readonly percentage: number | null };
}

/** A page of results, with what the whole query cost. */
export interface QueryResults extends ResultPage {
  /** What of the tables it read was missing, in words. */
  readonly warnings: readonly string[];
  readonly bytesScanned: number;
  readonly executionTimeMs: number;
}

/** Runs the queries that actions ask for, and keeps how they ended. */
export interface QueryRunner {
  start(query: QueryStart): void;
  cancel(id: string): void;
  /** How many queries of one caller run, or wait for their turn. */
  running(issuedBy: string): number;
  /** Undefined for a query that never was. */
  status(id: string): Promise<QueryStatus | undefined>;
  /** Resolves once the query has ended and its outcome is kept; at once for one that is not running. */
  ended(id: string): Promise<void>;
  /** Results from row `offset` on; undefined unless the query succeeded and its results are still kept. */
  results(
    id: string,
    page: { readonly offset: number; readonly pageSize: number },
  ): Promise<QueryResults | undefined>;
  /** All rows of a result as NDJSON. @throws LakeError `unknown_result`. */
  resultRows: Lake['resultRows'];
  /** Makes a Parquet file of a result; it is the caller's to delete. @throws LakeError. */
  resultParquet: Lake['resultParquet'];
  /** What one column of a result holds. @throws LakeError. */
  summarizeResult: Lake['summarizeResult'];
  /** Forgets how queries ended that are not in the history any more, and deletes their results. */
  forgetRemoved(): Promise<void>;
  /** The results beyond what is kept of all together, the oldest ones, by their queries' ids. */
  surplusResults(): Promise<readonly string[]>;
  deleteResults(ids: readonly string[]): Promise<void>;
}

/** Bytes of all results together; when there are more, the oldest go first. */
const resultBytesMax = 20 * 2 ** 30;

/** Of failures that limits are the reason for. */
const limitCodes: readonly string[] = ['timed_out', 'out_of_memory', 'result_too_large'];

interface Run {
  readonly issuedBy: string;
  readonly query: RunningQuery;
  readonly ended: Promise<void>;
  progress: QueryProgress;
}

/**
 * @param now the time, RFC 3339.
 * @param report told of outcomes that could not be kept; such a query counts as failed after the next start.
 */
export async function createQueryRunner(
  store: Store,
  lake: Lake,
  now: () => string,
  report: (message: string, cause: unknown) => void,
): Promise<QueryRunner> {
  await failInterruptedQueries(store, now());
  const runs = new Map<string, Run>();

  async function keepOutcome({ id, ...given }: QueryStart, done: Promise<QueryOutcome>): Promise<void> {
    const end = await done.then(succeeded, (error) => failed(withOrigin(error, given)));
    try {
      await keepEnd(store, id, { ...end, completed_at: now() });
    } catch (error) {
      report(`The outcome of query ${id} could not be kept`, error);
    } finally {
      runs.delete(id);
    }
  }

  return {
    start(start) {
      const { id, sql, database, issuedBy, tables, now, limits = {} } = start;
      const onProgress = (progress: QueryProgress) => {
        const run = runs.get(id);
        if (run !== undefined) run.progress = progress;
      };
      const query = lake.query({ id, sql, database, tables, now: new Date(now), limits, onProgress });
      const progress = { rows: 0, bytes: 0, percentage: undefined };
      runs.set(id, { issuedBy, query, ended: keepOutcome(start, query.done), progress });
    },
    cancel: (id) => runs.get(id)?.query.cancel(),
    running: (issuedBy) => [...runs.values()].filter((run) => run.issuedBy === issuedBy).length,
    async status(id) {
      const run = runs.get(id);
      if (run !== undefined) {
        const { rows: rowCount, bytes: resultBytes, percentage = null } = run.progress;
        return { status: 'running', message: '', rowCount, progress: { resultBytes, percentage } };
      }
      const end = await readEnd(store, id);
      if (end === undefined) return undefined;
      return { status: end.status, message: end.message, rowCount: outcomeOf(end)?.rowCount ?? 0 };
    },
    async ended(id) {
      await runs.get(id)?.ended;
    },
    async results(id, page) {
      const end = await readEnd(store, id);
      const outcome = end === undefined ? undefined : outcomeOf(end);
      if (outcome === undefined) return undefined;
      try {
        // Outcomes of earlier versions have none.
        const { bytesScanned, executionTimeMs, warnings = [] } = outcome;
        return { ...(await lake.results(id, page)), bytesScanned, executionTimeMs, warnings };
      } catch (error) {
        if (error instanceof LakeError && error.code === 'unknown_result') return undefined;
        throw error;
      }
    },
    resultRows: (id) => lake.resultRows(id),
    resultParquet: (id, options) => lake.resultParquet(id, options),
    summarizeResult: (id, column, options) => lake.summarizeResult(id, column, options),
    async forgetRemoved() {
      const removed = await store.reader
        .selectFrom('lake_query_runs')
        .leftJoin('lake_queries', 'lake_queries.id', 'lake_query_runs.query_id')
        .select('query_id')
        .where('lake_queries.id', 'is', null)
        .execute();
      for (const { query_id: id } of removed) {
        await lake.deleteResults(id);
        await store.bookkeep((bookkeeper) =>
          bookkeeper.deleteFrom('lake_query_runs').where('query_id', '=', id).execute(),
        );
      }
    },
    async surplusResults() {
      const newestFirst = (await lake.keptResults()).toSorted(
        (one, other) => other.endedAtMs - one.endedAtMs,
      );
      let bytes = 0;
      const surplus = newestFirst.filter((result) => {
        bytes += result.bytes;
        return bytes > resultBytesMax;
      });
      return surplus.map(({ id }) => id);
    },
    async deleteResults(ids) {
      for (const id of ids) await lake.deleteResults(id);
    },
  };
}

type End = Pick<Selectable<LakeQueryRunRow>, 'status' | 'message' | 'outcome' | 'error_code'>;

function succeeded(outcome: QueryOutcome): End {
  return { status: 'succeeded', message: '', outcome: JSON.stringify(outcome), error_code: null };
}

function failed(error: unknown): End {
  if (!(error instanceof LakeError))
    return {
      ...{ status: 'failed', message: 'The query failed in the instance' },
      ...{ outcome: null, error_code: null },
    };
  return {
    status: error.code === 'cancelled' ? 'cancelled' : 'failed',
    message: error.message,
    outcome: null,
    error_code: error.code,
  };
}

/** An error that says whose limit it is, where it is one of those given. */
export function withOrigin(
  error: unknown,
  { limits = {}, limitsOrigin = '' }: Pick<QueryStart, 'limits' | 'limitsOrigin'>,
): unknown {
  if (!(error instanceof LakeError) || !limitCodes.includes(error.code) || limitsOrigin === '') return error;
  const { timeMs, memoryMb, resultRows, resultBytes } = limits;
  const isGiven =
    (timeMs !== undefined && error.code === 'timed_out') ||
    (memoryMb !== undefined && error.code === 'out_of_memory') ||
    error.message.includes(` ${resultRows} rows`) ||
    error.message.includes(` ${resultBytes} bytes`);
  return isGiven ? new LakeError(error.code, `${error.message}. ${limitsOrigin}`, { cause: error }) : error;
}

function outcomeOf({ outcome }: End): QueryOutcome | undefined {
  return outcome === null ? undefined : JSON.parse(outcome);
}

function readEnd(store: Store, id: string): Promise<End | undefined> {
  return store.reader
    .selectFrom('lake_query_runs')
    .select(['status', 'message', 'outcome', 'error_code'])
    .where('query_id', '=', id)
    .executeTakeFirst();
}

async function keepEnd(store: Store, id: string, end: End & { completed_at: string }): Promise<void> {
  await store.bookkeep((bookkeeper) =>
    bookkeeper
      .insertInto('lake_query_runs')
      .values({ query_id: id, ...end })
      .execute(),
  );
}

/** A query that was running when the instance stopped will not go on. */
async function failInterruptedQueries(store: Store, now: string): Promise<void> {
  const interrupted = await store.reader
    .selectFrom('lake_queries')
    .leftJoin('lake_query_runs', 'lake_query_runs.query_id', 'lake_queries.id')
    .select('lake_queries.id')
    .where('lake_query_runs.query_id', 'is', null)
    .execute();
  for (const { id } of interrupted) {
    await keepEnd(store, id, {
      status: 'failed',
      message: 'The instance stopped while the query ran',
      outcome: null,
      error_code: null,
      completed_at: now,
    });
  }
}
