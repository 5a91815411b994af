import type { Rows, Transactor } from '../../store/store.ts';
import type { AlertActivityRow } from '../../store/tables.ts';
import type { ChangeContext } from '../action.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { actorReference } from '../caller.ts';

/** Something that happened to an alert, as the API shows it. */
export interface AlertActivity {
  readonly id: string;
  readonly alertId: string;
  readonly kind: AlertActivityRow['kind'];
  /** What the kind needs: `{from, to}`; for a comment see `AlertComment`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Null for the instance itself, and for somebody who is gone. */
  readonly actor: ActorObject | null;
  readonly createdAt: string;
}

/** Everything that happened to an alert, oldest first. */
export async function loadActivities(rows: Rows, alertId: string): Promise<readonly AlertActivity[]> {
  const found = await rows
    .selectFrom('alert_activities')
    .selectAll()
    .where('alert_id', '=', alertId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return asActivities(rows, found);
}

export async function asActivities(
  rows: Rows,
  found: readonly AlertActivityRow[],
): Promise<readonly AlertActivity[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.actor),
  );
  return found.map((row) => ({
    id: row.id,
    alertId: row.alert_id,
    kind: row.kind,
    body: JSON.parse(row.body),
    actor: actor(row.actor),
    createdAt: row.created_at,
  }));
}

/** Notes what the caller did to an alert. @returns the row. */
export async function addActivity(
  {
    transactor,
    caller,
    now,
    services,
  }: Pick<ChangeContext, 'caller' | 'now' | 'services'> & {
    readonly transactor: Transactor;
  },
  alertId: string,
  kind: AlertActivityRow['kind'],
  body: Readonly<Record<string, unknown>>,
): Promise<AlertActivityRow> {
  return transactor
    .insertInto('alert_activities')
    .values({
      id: services.newId(),
      alert_id: alertId,
      kind,
      body: JSON.stringify(body),
      actor: actorReference(caller),
      created_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}
