import { historyBegin, removeExpiredQueries } from '../actions/data-lake/remove-expired-queries.ts';
import type { ActionRunner, Call } from '../actions/run-action.ts';
import { runScheduledQuery } from '../actions/saved-query/run-scheduled-query.ts';
import { scheduleOf } from '../actions/saved-query/saved-query.ts';
import { dueTime } from '../actions/saved-query/schedule.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { SavedQueryRow } from '../store/tables.ts';
import type { SystemErrors } from '../system-errors/system-errors.ts';
import type { QueryRunner } from './query-runner.ts';

/** The rows of a run of a scheduled query that succeeded. */
export interface ScheduledResult {
  readonly savedQueryId: string;
  /** As the query was called when it ran: scheduled rules name their queries. */
  readonly name: string;
  /** The id of the query that was run; given again after a crash, it is the same. */
  readonly runId: string;
  /** The time at which it was due, RFC 3339. */
  readonly scheduledFor: string;
  /** All rows, a page at a time. */
  pages(): AsyncGenerator<readonly Readonly<Record<string, unknown>>[]>;
}

type Queries = Pick<QueryRunner, 'ended' | 'results' | 'surplusResults' | 'deleteResults' | 'forgetRemoved'>;

export interface QueryScheduleOptions {
  readonly store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly runner: ActionRunner;
  readonly queries: Queries;
  readonly clock: Clock;
  readonly systemErrors: SystemErrors;
  /** The instance's own call of an action. */
  bySystem(description: string, input: Record<string, unknown>): Call;
  /** Takes the rows of a run, at least once: it is called again until it has resolved. */
  onResult(result: ScheduledResult): Promise<void>;
  /** Told of what is tried again at the next look. */
  onError(error: unknown): void;
}

/** Runs saved queries when they are due, and removes what is past the history of queries. */
export interface QuerySchedule {
  /** Runs what is due, one after another, and waits for it. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

const lookIntervalMs = 5_000;
const removalIntervalMs = 3_600_000;
const rowsAtOnce = 1_000;

/** A run that fails is tried again this often, after these times. */
const retryDelaysMs = [30_000, 60_000, 120_000];
/** What would fail again just so. */
const permanentFailures = ['invalid_sql', 'forbidden_sql', 'unknown_table', 'result_too_large', 'cancelled'];
/** After the action itself was refused, as on a full disk. */
const refusedDelayMs = 60_000;

/** How the newest run of a scheduled query stands. */
interface LastRun {
  readonly id: string;
  readonly attempt: number;
  readonly status: string | null;
  readonly message: string | null;
  readonly errorCode: string | null;
  readonly completedAt: string | null;
}

/**
 * Looks every few seconds. All state is in the database, so that a restart goes on where the last process stopped: a run
 * that was interrupted is tried again, and of several times that were missed the newest alone is made good.
 */
export function scheduleQueries(options: QueryScheduleOptions): QuerySchedule {
  const { store, runner, queries, clock, systemErrors, bySystem, onResult, onError } = options;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  /** By the clock that never goes back. */
  const refusedUntilMs = new Map<string, number>();
  let removalDueMs = 0;
  let asked = false;
  let working: Promise<void> | undefined;

  const nowMs = () => Number(clock.epochNanoseconds() / 1_000_000n);

  async function look(): Promise<void> {
    const scheduled = await store.reader
      .selectFrom('saved_queries')
      .selectAll()
      .where('scheduled_from', 'is not', null)
      .orderBy('last_scheduled_at')
      .execute();
    await resolveForgotten(scheduled);
    for (const query of scheduled) {
      if (stopping.signal.aborted) return;
      await runIfDue(query);
    }
    await handOver();
    await removeExpired();
  }

  async function runIfDue(query: SavedQueryRow): Promise<void> {
    if (clock.monotonicMs() < (refusedUntilMs.get(query.id) ?? 0)) return;
    const run = await dueRun(query);
    if (run === undefined) return judge(query.name, await lastRun(query));
    const call = bySystem('Runs a scheduled query', { savedQueryId: query.id, ...run });
    try {
      const { id } = await runner.run(runScheduledQuery, call);
      await Promise.race([queries.ended(id), stopped]);
    } catch (error) {
      refusedUntilMs.set(query.id, clock.monotonicMs() + refusedDelayMs);
      throw error;
    }
    if (stopping.signal.aborted) return;
    judge(query.name, await lastRun({ ...query, last_scheduled_at: run.scheduledFor }));
  }

  /** What is to be run now: a time that is due, or once more the last one, which failed. */
  async function dueRun(query: SavedQueryRow) {
    const schedule = scheduleOf(query);
    const since = query.last_scheduled_at ?? query.scheduled_from;
    if (schedule === null || since === null) return undefined;
    const due = dueTime(schedule, since, new Date(nowMs()).toISOString());
    if (due !== undefined) return { scheduledFor: due.at, attempt: 1, missedRuns: due.missed };
    const last = await lastRun(query);
    const delayMs = last && retryDelayMs(last);
    if (last?.completedAt == null || delayMs === undefined) return undefined;
    if (nowMs() < Date.parse(last.completedAt) + delayMs) return undefined;
    return { scheduledFor: since, attempt: last.attempt + 1, missedRuns: 0 };
  }

  async function lastRun({ id, last_scheduled_at }: SavedQueryRow): Promise<LastRun | undefined> {
    const row = await store.reader
      .selectFrom('lake_queries')
      .leftJoin('lake_query_runs', 'lake_query_runs.query_id', 'lake_queries.id')
      .select(['lake_queries.id', 'attempt', 'status', 'message', 'error_code', 'completed_at'])
      .where('saved_query_id', '=', id)
      .where('scheduled_for', '=', last_scheduled_at)
      .orderBy('attempt', 'desc')
      .executeTakeFirst();
    return (
      row && {
        ...{ id: row.id, attempt: row.attempt ?? 1, status: row.status, message: row.message },
        ...{ errorCode: row.error_code, completedAt: row.completed_at },
      }
    );
  }

  function judge(name: string, last: LastRun | undefined): void {
    const subject = { kind: 'scheduled_query', subject: name } as const;
    if (last?.status === 'succeeded') systemErrors.resolve(subject);
    else if (last?.status === 'failed' && retryDelayMs(last) === undefined) {
      systemErrors.report(subject, `The scheduled query ${name} failed: ${last.message}`);
    }
  }

  /** A query that is not scheduled any more is no fault of the instance. */
  async function resolveForgotten(scheduled: readonly SavedQueryRow[]): Promise<void> {
    const names = scheduled.map(({ name }) => name);
    const reported = await store.reader
      .selectFrom('system_errors')
      .select('subject')
      .where('kind', '=', 'scheduled_query')
      .where('resolved_at', 'is', null)
      .execute();
    for (const { subject } of reported) {
      if (!names.includes(subject)) systemErrors.resolve({ kind: 'scheduled_query', subject });
    }
  }

  async function handOver(): Promise<void> {
    const waiting = await store.reader
      .selectFrom('lake_queries')
      .innerJoin('lake_query_runs', 'lake_query_runs.query_id', 'lake_queries.id')
      .select(['lake_queries.id', 'saved_query_id', 'name', 'scheduled_for'])
      .where('kind', '=', 'scheduled')
      .where('status', '=', 'succeeded')
      .where('handed_over_at', 'is', null)
      .orderBy('scheduled_for')
      .execute();
    for (const { id, ...row } of waiting) {
      await onResult({
        ...{ savedQueryId: row.saved_query_id ?? '', name: row.name ?? '', runId: id },
        scheduledFor: row.scheduled_for ?? '',
        pages: () => pagesOf(queries, id),
      });
      await store.bookkeep((bookkeeper) =>
        bookkeeper
          .updateTable('lake_query_runs')
          .set({ handed_over_at: new Date(nowMs()).toISOString() })
          .where('query_id', '=', id)
          .execute(),
      );
    }
  }

  async function removeExpired(): Promise<void> {
    if (clock.monotonicMs() < removalDueMs) return;
    removalDueMs = clock.monotonicMs() + removalIntervalMs;
    while (await isAnyExpired()) {
      const call = bySystem('Removes queries that are past the history, and surplus results', {});
      const { surplus } = await runner.run(removeExpiredQueries, call);
      await queries.deleteResults(surplus);
    }
    // Also what an earlier process did not come to.
    await queries.forgetRemoved();
  }

  async function isAnyExpired(): Promise<boolean> {
    const begin = historyBegin(new Date(nowMs()).toISOString());
    const query = await store.reader
      .selectFrom('lake_queries')
      .select('id')
      .where('started_at', '<', begin)
      .executeTakeFirst();
    return query !== undefined || (await queries.surplusResults()).length > 0;
  }

  /** Whoever asks during a look waits for one that begins after it. */
  async function looks(): Promise<void> {
    while (asked && !stopping.signal.aborted) {
      asked = false;
      await look().catch(onError);
    }
  }

  function check(): Promise<void> {
    asked = true;
    working ??= looks().finally(() => {
      working = undefined;
    });
    return working;
  }

  const timer = setInterval(() => void check(), lookIntervalMs);
  timer.unref();
  return {
    check,
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await working;
    },
  };
}

/** How long after its end a failed run is tried again; undefined for never. */
function retryDelayMs({ status, errorCode, attempt }: LastRun): number | undefined {
  if (status !== 'failed' || permanentFailures.includes(errorCode ?? '')) return undefined;
  return retryDelaysMs[attempt - 1];
}

async function* pagesOf(queries: Queries, id: string) {
  let offset: number | undefined = 0;
  while (offset !== undefined) {
    const page = await queries.results(id, { offset, pageSize: rowsAtOnce });
    // Of a run whose rows are gone, as an erasure makes them, there is nothing to judge.
    if (page === undefined) return;
    if (page.rows.length > 0) yield page.rows;
    offset = page.nextOffset;
  }
}
