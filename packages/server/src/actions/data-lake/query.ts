import type { Reader, Rows } from '../../store/store.ts';
import type { LakeQueryRow, LakeQueryRunRow } from '../../store/tables.ts';
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
  readonly name: string | null;
  readonly isScheduled: boolean;
  readonly issuedBy: ActorObject | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly children: readonly never[];
}

export type QueryWithRunRow = LakeQueryRow & {
  readonly status: LakeQueryRunRow['status'] | null;
  readonly message: string | null;
  readonly completed_at: string | null;
};

export function queryRows(reader: Reader) {
  return reader
    .selectFrom('lake_queries')
    .leftJoin('lake_query_runs', 'lake_query_runs.query_id', 'lake_queries.id')
    .selectAll('lake_queries')
    .select(['lake_query_runs.status', 'lake_query_runs.message', 'lake_query_runs.completed_at']);
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
    name: null,
    isScheduled: false,
    issuedBy: actor(row.issued_by),
    startedAt: row.started_at,
    completedAt: row.completed_at,
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
): Promise<LakeQueryRow> {
  const row = await rows.selectFrom('lake_queries').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || !maySeeQuery(services, caller, row)) {
    throw new ActionError('NOT_FOUND', `There is no query ${id}`, { field });
  }
  return row;
}
