import * as z from 'zod';
import type { AlertActivityRow, AlertRow } from '../../store/tables.ts';
import type { ChangeContext } from '../action.ts';
import { ActionError } from '../action-error.ts';
import { actorReference } from '../caller.ts';
import { type Alert, asAlerts } from './alert.ts';
import { requireAlert } from './alert-access.ts';
import { addActivity } from './alert-activity.ts';

/** The alerts that one change is for. */
export const alertIds = z
  .array(z.string().max(256))
  .min(1, 'name at least one alert')
  .max(1_000, 'at most 1,000')
  .transform((ids) => [...new Set(ids)]);

/** One column of an alert that people change, and how its change is called. */
interface AlertChange<Column extends 'status' | 'assignee_id' | 'quality'> {
  readonly column: Column;
  readonly kind: AlertActivityRow['kind'];
  readonly to: AlertRow[Column];
}

export interface ChangedAlerts {
  /** Those that there are, as they are now. */
  readonly alerts: readonly Alert[];
  readonly errors: readonly { readonly id: string; readonly message: string }[];
  /** Those that were not yet as they should be. */
  readonly changedIds: readonly string[];
}

/**
 * Changes the alerts that there are, and says of the others that there are none. What already is as it should be stays
 * untouched.
 * @throws ActionError NOT_FOUND where there is none of them.
 */
export async function changeAlerts<Column extends 'status' | 'assignee_id' | 'quality'>(
  context: ChangeContext,
  ids: readonly string[],
  { column, kind, to }: AlertChange<Column>,
): Promise<ChangedAlerts> {
  const { transactor, caller, now, annotate } = context;
  const found: AlertRow[] = [];
  const errors: { id: string; message: string }[] = [];
  for (const id of ids) {
    try {
      found.push(await requireAlert(transactor, caller, id, 'input.ids'));
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      errors.push({ id, message: error.message });
    }
  }
  const messages = errors.map(({ message }) => message);
  if (found.length === 0) {
    throw new ActionError('NOT_FOUND', messages.join('; '), { field: 'input.ids', parts: messages });
  }
  const changed = found.filter(({ [column]: from }) => from !== to);
  for (const { id, [column]: from } of changed) {
    await transactor
      .updateTable('alerts')
      .set({ [column]: to, updated_at: now, updated_by: actorReference(caller) })
      .where('id', '=', id)
      .execute();
    await addActivity(context, id, kind, { from, to });
  }
  annotate.details({ before: found.map(({ id, [column]: from }) => ({ id, [nameOf[column]]: from })) });
  if (errors.length > 0) annotate.partiallyFailed(messages);
  const after = await transactor
    .selectFrom('alerts')
    .selectAll()
    .where(
      'id',
      'in',
      found.map(({ id }) => id),
    )
    .execute();
  const byId = new Map((await asAlerts(transactor, after)).map((alert) => [alert.id, alert]));
  return {
    alerts: found.flatMap(({ id }) => byId.get(id) ?? []),
    errors,
    changedIds: changed.map(({ id }) => id),
  };
}

const nameOf = { status: 'status', assignee_id: 'assigneeId', quality: 'quality' } as const;
