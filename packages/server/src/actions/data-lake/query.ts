import type { Selectable } from 'kysely';
import type { Reader, Rows } from '../../store/store.ts';
import type { LakeQueryKind, LakeQueryRow, LakeQueryRunRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { actorReference, type Caller } from '../caller.ts';
import type { Services } from '../services.ts';
import { seesAllTables } from './data-lake-access.ts';

/** A query as the API shows it, without its results. */
export interface Query {
  readonly id: string;
  readonly status: 'running' | LakeQueryRunRow['status'];
  readonly message: string;
  readonly sql: string;
  readonly kind: LakeQueryKind;
  /** Of a saved query: which, and what it was called then. */
  readonly savedQueryId: string | null;
  readonly name: string | null;
  readonly isScheduled: boolean;
  /** Of a scheduled run: when it was due, and which attempt it is, from 1. */
  readonly scheduledFor: string | null;
  readonly attempt: number | null;
  readonly issuedBy: ActorObject | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly rowCount: number | null;
  readonly children: readonly never[];
}

export type QueryWithRunRow = Selectable<LakeQueryRow> & {
  readonly status: LakeQueryRunRow['status'] | null;
  readonly message: string | null;
  readonly completed_at: string | null;
  readonly outcome: string | null;
};

export function queryRows(reader: Reader) {
  return reader
    .selectFrom('lake_queries')
    .leftJoin('lake_query_runs', 'lake_query_runs.query_id', 'lake_queries.id')
    .selectAll('lake_queries')
    .select(['lake_query_runs.status', 'lake_query_runs.message', 'lake_query_runs.completed_at', 'outcome']);
}

export async function asQueries(rows: Rows, found: readonly QueryWithRunRow[]): Promise<readonly Query[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.issued_by),
  );
  return found.map((row) => ({
    id: row.id,
    status: row.status ?? 'running',
    message: row.message ?? '',
    sql: row.sql,
    kind: row.kind,
    savedQueryId: row.saved_query_id,
    name: row.name,
    isScheduled: row.kind === 'scheduled',
    scheduledFor: row.scheduled_for,
    attempt: row.attempt,
    issuedBy: actor(row.issued_by),
    startedAt: row.started_at,
    completedAt: row.completed_at,
    rowCount: row.outcome === null ? null : JSON.parse(row.outcome).rowCount,
    children: [],
  }));
}

/** Whether a query is the caller's own, or nothing it could have read is hidden from them. */
export function maySeeQuery(
  services: Services,
  caller: Caller,
  query: Pick<LakeQueryRow, 'issued_by'>,
): boolean {
  return query.issued_by === actorReference(caller) || seesAllTables(services.lakeTables, caller);
}

/** @throws ActionError NOT_FOUND, also for a query the caller may not see. */
export async function requireQuery(
  rows: Rows,
  services: Services,
  caller: Caller,
  id: string,
  field: string,
): Promise<Selectable<LakeQueryRow>> {
  const row = await rows.selectFrom('lake_queries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || !maySeeQuery(services, caller, row)) {
    throw new ActionError('NOT_FOUND', `There is no query ${id}`, { field });
  }
  return row;
}
