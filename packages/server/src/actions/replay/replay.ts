import { mayReadLogType } from '../../access/log-type-access.ts';
import type { BacktestStatus } from '../../backtests/backtest-runner.ts';
import type { Rows } from '../../store/store.ts';
import type { ReplayRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import type { Caller } from '../caller.ts';
import type { Services } from '../services.ts';

/** A backtest as the API shows it. */
export interface Replay extends BacktestStatus {
  readonly id: string;
  readonly detectionId: string;
  readonly logType: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdAt: string;
  readonly createdBy: ActorObject | null;
}

const notStarted: BacktestStatus = {
  state: 'EVALUATION_IN_PROGRESS',
  message: '',
  progress: 0,
  result: null,
  completedAt: null,
};

export async function asReplays(
  rows: Rows,
  services: Pick<Services, 'backtests'>,
  found: readonly ReplayRow[],
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
        // Between the commit of its creation and its start.
        ...(status ?? notStarted),
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
): Promise<ReplayRow> {
  const row = await rows.selectFrom('replays').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || !maySeeReplay(caller, row)) {
    throw new ActionError('NOT_FOUND', `There is no replay ${id}`, { field });
  }
  return row;
}
