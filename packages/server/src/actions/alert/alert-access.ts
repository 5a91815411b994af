import { mayReadLogType } from '../../access/log-type-access.ts';
import type { Rows } from '../../store/store.ts';
import type { AlertRow } from '../../store/tables.ts';
import { ActionError } from '../action-error.ts';
import type { Caller } from '../caller.ts';

/** Whether a caller may read the data of every log type that an alert tells of. System errors tell of none. */
export function maySeeAlert(caller: Caller, { log_types }: Pick<AlertRow, 'log_types'>): boolean {
  if (!('logTypeAccess' in caller)) return caller.kind === 'system';
  const logTypes: readonly string[] = JSON.parse(log_types);
  return logTypes.every((logType) => mayReadLogType(caller.logTypeAccess, logType));
}

/** @throws ActionError NOT_FOUND, also for one that the caller may not see: it must not tell that there is one. */
export async function requireAlert(rows: Rows, caller: Caller, id: string, field: string): Promise<AlertRow> {
  const row = await rows.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || !maySeeAlert(caller, row)) {
    throw new ActionError('NOT_FOUND', `There is no alert ${id}`, { field });
  }
  return row;
}
