import type { BacktestResult } from '@pawprint/detections';
import type { Selectable } from 'kysely';
import { mayReadLogType } from '../../access/log-type-access.ts';
import type { BacktestStatus } from '../../backtests/backtest-runner.ts';
import type { Rows } from '../../store/store.ts';
import type { ReplayRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';

/** A backtest as the API shows it. */
export interface Replay {
  readonly id: string;
  readonly detectionId: string;
  readonly logType: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
  readonly completedAt: string | null;
  readonly state: BacktestStatus['state'];
  readonly message: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly result: BacktestResult | null;
}

type ReplayWithEnd = Selectable<ReplayRow> & { readonly completed_at: string | null };

export function replayRows(rows: Rows) {
  return rows
    .selectFrom('replays')
    .leftJoin('replay_ends', 'replay_ends.replay_id', 'replays.id')
    .selectAll('replays')
    .select('replay_ends.completed_at');
}

export async function asReplays(
  rows: Rows,
  services: Pick<Services, 'backtests'>,
  found: readonly ReplayWithEnd[],
): Promise<readonly Replay[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.created_by),
  );
  return Promise.all(
    found.map(async (row) => {
      const status = await services.backtests.status(row.id);
      return {
        id: row.id,
        detectionId: row.detection_id,
        logType: row.log_type,
        startsAt: row.starts_at,
        endsAt: row.ends_at,
        createdAt: row.created_at,
        createdBy: actor(row.created_by),
        completedAt: row.completed_at,
        // Between the commit of its creation and its start.
        ...(status ?? { state: 'EVALUATION_IN_PROGRESS', message: '', progress: 0, result: null }),
      };
    }),
  );
}

/** What a backtest found is of its log type. */
export function maySeeReplay(caller: Caller, { log_type }: Pick<ReplayRow, 'log_type'>): boolean {
  if (caller.kind === 'system') return true;
  return caller.kind !== 'anonymous' && mayReadLogType(caller.logTypeAccess, log_type);
}

/** @throws ActionError NOT_FOUND, also for one the caller may not see. */
export async function requireReplay(
  rows: Rows,
  caller: Caller,
  id: string,
  field: string,
): Promise<ReplayWithEnd> {
  const row = await replayRows(rows).where('id', '=', id).executeTakeFirst();
  if (row === undefined || !maySeeReplay(caller, row)) {
    throw new ActionError('NOT_FOUND', `There is no replay ${id}`, { field });
  }
  return row;
}
