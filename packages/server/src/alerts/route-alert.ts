import { hash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { AlertDeliveryRow, AlertRow, AlertType, DestinationRow, Tables } from '../store/tables.ts';

/** A transaction that makes alerts: a bookkeeper's or a transactor's. */
export type AlertTransaction = Pick<
  Kysely<Pick<Tables, 'alert_deliveries' | 'destinations'>>,
  'selectFrom' | 'insertInto'
>;

/**
 * Puts a new alert on its way to the destinations that it belongs to, in the transaction that makes it. Doing it again
 * changes nothing. Once the transaction is committed, `AlertDeliverer.wake` starts the deliveries at once.
 * @param exceptDestination whose failure the alert tells
 */
export async function routeAlert(
  transaction: AlertTransaction,
  alert: AlertRow,
  exceptDestination?: string,
): Promise<void> {
  const all = await transaction.selectFrom('destinations').selectAll().execute();
  const rows = destinationsOf(alert, all)
    .filter(({ id }) => id !== exceptDestination)
    .map(({ id }) => newDelivery(alert, id));
  if (rows.length === 0) return;
  await transaction
    .insertInto('alert_deliveries')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/**
 * Where an alert goes: to what the detection names, by id or name, while any of it exists; else by what the
 * destinations ask for.
 */
export function destinationsOf(
  alert: Pick<AlertRow, 'destinations' | 'severity' | 'type' | 'log_types'>,
  all: readonly DestinationRow[],
): readonly DestinationRow[] {
  if (alert.destinations !== null) {
    const named: readonly string[] = JSON.parse(alert.destinations);
    const isNobodyMeant = named.every((name) => name === suppressed);
    const found = all.filter(({ id, name }) => named.includes(id) || named.includes(name));
    if (isNobodyMeant || found.length > 0) return found;
  }
  const logTypes: readonly string[] = JSON.parse(alert.log_types);
  return all.filter(
    (destination) =>
      takes(destination.alert_types, [alert.type]) &&
      takes(destination.log_types, logTypes) &&
      // Errors go to whoever asks for them, whatever severities are chosen for detections.
      (isError(alert.type) || JSON.parse(destination.severities).includes(alert.severity)),
  );
}

/** How a detection says that its alerts are not delivered; so does an empty list. */
const suppressed = 'SKIP';

/** Whether a list that a destination chose from has any of the values; an empty list has all. */
function takes(chosen: string, values: readonly string[]): boolean {
  const list: readonly string[] = JSON.parse(chosen);
  return list.length === 0 || values.length === 0 || values.some((value) => list.includes(value));
}

function isError(type: AlertType): boolean {
  return type === 'SYSTEM_ERROR' || type === 'RULE_ERROR' || type === 'SCHEDULED_RULE_ERROR';
}

/** One alert has one delivery to each destination, whose id says so. */
export function newDelivery({ id, created_at }: AlertRow, destinationId: string): AlertDeliveryRow {
  return {
    id: hash('sha256', `${id} ${destinationId}`).slice(0, 32),
    alert_id: id,
    destination_id: destinationId,
    status: 'PENDING',
    attempts: 0,
    next_attempt_at: created_at,
    message: '',
    status_code: null,
    dispatched_at: null,
    created_at,
  };
}
