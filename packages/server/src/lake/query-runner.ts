import { type Lake, LakeError, type QueryOutcome, type ResultPage, type RunningQuery } from '@pawprint/lake';
import type { Store } from '../store/store.ts';
import type { LakeQueryRunRow } from '../store/tables.ts';

export interface QueryStart {
  readonly id: string;
  readonly sql: string;
  readonly database: string;
  /** The tables the caller may see, as `panther_logs.panther_audit`; the engine holds no others. */
  readonly tables: readonly string[];
  /** What "now" is in the query, RFC 3339. */
  readonly now: string;
}

/** How a query stands; `message` says why it failed. */
export interface QueryStatus {
  readonly status: 'running' | LakeQueryRunRow['status'];
  readonly message: string;
  /** Rows found, so far while it runs. */
  readonly rowCount: number;
}

/** A page of results, with what the whole query cost. */
export interface QueryResults extends ResultPage {
  readonly bytesScanned: number;
  readonly executionTimeMs: number;
}

/** Runs the queries that actions ask for, and keeps how they ended. */
export interface QueryRunner {
  start(query: QueryStart): void;
  cancel(id: string): void;
  /** Undefined for a query that never was. */
  status(id: string): Promise<QueryStatus | undefined>;
  /** Resolves once the query has ended and its outcome is kept; at once for one that is not running. */
  ended(id: string): Promise<void>;
  /** Results from row `offset` on; undefined unless the query succeeded and its results are still kept. */
  results(
    id: string,
    page: { readonly offset: number; readonly pageSize: number },
  ): Promise<QueryResults | undefined>;
}

interface Run {
  readonly query: RunningQuery;
  readonly ended: Promise<void>;
  rows: number;
}

/** @param report told of outcomes that could not be kept; such a query counts as failed after the next start. */
export async function createQueryRunner(
  store: Store,
  lake: Lake,
  report: (message: string, cause: unknown) => void,
): Promise<QueryRunner> {
  await failInterruptedQueries(store);
  const runs = new Map<string, Run>();

  async function keepOutcome(id: string, done: Promise<QueryOutcome>): Promise<void> {
    const end = await done.then(succeeded, failed);
    try {
      await keepEnd(store, id, end);
    } catch (error) {
      report(`The outcome of query ${id} could not be kept`, error);
    } finally {
      runs.delete(id);
    }
  }

  return {
    start({ id, sql, database, tables, now }) {
      const onProgress = ({ rows }: { readonly rows: number }) => {
        const run = runs.get(id);
        if (run !== undefined) run.rows = rows;
      };
      const query = lake.query({ id, sql, database, tables, now: new Date(now), onProgress });
      runs.set(id, { query, ended: keepOutcome(id, query.done), rows: 0 });
    },
    cancel: (id) => runs.get(id)?.query.cancel(),
    async status(id) {
      const run = runs.get(id);
      if (run !== undefined) return { status: 'running', message: '', rowCount: run.rows };
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
        const { bytesScanned, executionTimeMs } = outcome;
        return { ...(await lake.results(id, page)), bytesScanned, executionTimeMs };
      } catch (error) {
        if (error instanceof LakeError && error.code === 'unknown_result') return undefined;
        throw error;
      }
    },
  };
}

type End = Pick<LakeQueryRunRow, 'status' | 'message' | 'outcome'>;

function succeeded(outcome: QueryOutcome): End {
  return { status: 'succeeded', message: '', outcome: JSON.stringify(outcome) };
}

function failed(error: unknown): End {
  if (!(error instanceof LakeError))
    return { status: 'failed', message: 'The query failed in the instance', outcome: null };
  return {
    status: error.code === 'cancelled' ? 'cancelled' : 'failed',
    message: error.message,
    outcome: null,
  };
}

function outcomeOf({ outcome }: End): QueryOutcome | undefined {
  return outcome === null ? undefined : JSON.parse(outcome);
}

function readEnd(store: Store, id: string): Promise<End | undefined> {
  return store.reader
    .selectFrom('lake_query_runs')
    .select(['status', 'message', 'outcome'])
    .where('query_id', '=', id)
    .executeTakeFirst();
}

async function keepEnd(store: Store, id: string, end: End): Promise<void> {
  await store.bookkeep(async (bookkeeper) => {
    await bookkeeper
      .insertInto('lake_query_runs')
      .values({ query_id: id, completed_at: new Date().toISOString(), ...end })
      .execute();
  });
}

/** A query that was running when the instance stopped will not go on. */
async function failInterruptedQueries(store: Store): Promise<void> {
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
    });
  }
}
