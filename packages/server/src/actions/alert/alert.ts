import type { Severity } from '@pawprint/detections';
import { detectionKinds } from '../../alerts/alert-notice.ts';
import type { Rows } from '../../store/store.ts';
import type { AlertDeliveryRow, AlertRow, AlertStatus, AlertType } from '../../store/tables.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { asSystemError, type SystemError } from '../system-error/list-system-errors.ts';
import type { User } from '../user/user.ts';
import type { AlertActivity } from './alert-activity.ts';

/** An alert as the API shows it. */
export interface Alert {
  readonly id: string;
  readonly title: string;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly status: AlertStatus;
  readonly description: string;
  readonly reference: string;
  readonly runbook: string;
  readonly quality: AlertRow['quality'];
  readonly assignee: User | null;
  readonly context: unknown;
  readonly logTypes: readonly string[];
  readonly tags: readonly string[];
  readonly eventCount: number;
  readonly firstEventOccurredAt: string;
  readonly lastReceivedEventAt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly updatedBy: ActorObject | null;
  /** Null for a system error that is no longer known. */
  readonly origin: AlertOrigin | null;
  readonly deliveries: readonly AlertDelivery[];
  /** Oldest first; undefined in lists. */
  readonly activities?: readonly AlertActivity[];
}

/** What made an alert; the GraphQL union `AlertOrigin`. */
export type AlertOrigin =
  | DetectionOrigin
  | (Omit<DetectionOrigin, '__typename'> & { readonly __typename: 'DeletedDetection' })
  | ({ readonly __typename: 'SystemError' } & SystemError);

export interface DetectionOrigin {
  readonly __typename: 'Detection';
  readonly id: string;
  readonly name: string;
  /** Its version when it made the alert; null where it has none. */
  readonly version: number | null;
}

/** The way of one alert to one destination. */
export interface AlertDelivery {
  readonly id: string;
  readonly outputId: string;
  /** The destination's name; empty once it is deleted. */
  readonly label: string;
  readonly destinationType: string | null;
  readonly status: AlertDeliveryRow['status'];
  readonly success: boolean;
  readonly message: string;
  /** What a web server answered last; 0 where none has. */
  readonly statusCode: number;
  readonly attempts: number;
  /** Of the last attempt; null before the first. */
  readonly dispatchedAt: string | null;
  readonly nextAttemptAt: string | null;
}

/** The alerts with what belongs to them, in the order of the rows. */
export async function asAlerts(rows: Rows, alerts: readonly AlertRow[]): Promise<readonly Alert[]> {
  if (alerts.length === 0) return [];
  const actor = await loadActors(
    rows,
    alerts.flatMap(({ updated_by, assignee_id }) => [updated_by, userOf(assignee_id)]),
  );
  const deliveries = await loadDeliveries(rows, alerts);
  const origin = await loadOrigins(rows, alerts);
  return alerts.map((row) => ({
    id: row.id,
    title: row.title,
    type: row.type,
    severity: row.severity,
    status: row.status,
    description: row.description,
    reference: row.reference,
    runbook: row.runbook,
    quality: row.quality,
    assignee: actor(userOf(row.assignee_id)) as User | null,
    context: JSON.parse(row.context),
    logTypes: JSON.parse(row.log_types),
    tags: JSON.parse(row.tags),
    eventCount: row.event_count,
    firstEventOccurredAt: row.first_event_at,
    lastReceivedEventAt: row.last_event_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    updatedBy: actor(row.updated_by),
    origin: origin(row),
    deliveries: deliveries.filter(({ alert_id }) => alert_id === row.id).map(asDelivery),
  }));
}

function userOf(id: string | null): string | null {
  return id === null ? null : `USER:${id}`;
}

/** What made each of the alerts. */
async function loadOrigins(
  rows: Rows,
  alerts: readonly AlertRow[],
): Promise<(alert: AlertRow) => AlertOrigin | null> {
  const detectionIds = [...new Set(alerts.flatMap(({ detection_id }) => detection_id ?? []))];
  const names = await loadDetectionNames(rows, detectionIds);
  const errorIds = alerts.filter(({ type }) => type === 'SYSTEM_ERROR').map(({ id }) => systemErrorId(id));
  const errors = await rows
    .selectFrom('system_errors')
    .selectAll()
    .where('id', 'in', orNone(errorIds))
    .execute();
  return ({ id: alertId, detection_id: id, detection_version: version }) => {
    if (id === null) {
      const error = errors.find((row) => row.id === systemErrorId(alertId));
      return error === undefined ? null : { __typename: 'SystemError', ...asSystemError(error) };
    }
    const name = names.get(id);
    return name === undefined
      ? { __typename: 'DeletedDetection', id, name: id, version }
      : { __typename: 'Detection', id, name: name || id, version };
  };
}

/** The names of those of the detections that there are, by id; empty where one has none. */
export async function loadDetectionNames(
  rows: Rows,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const detections = await rows
    .selectFrom('detection_content')
    .select(['id', 'display_name'])
    .where('id', 'in', orNone(ids))
    .where('kind', 'in', detectionKinds)
    .execute();
  return new Map(detections.map(({ id, display_name }) => [id, display_name]));
}

/** PostgreSQL knows no empty list; no row has the empty id. */
function orNone(ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [''] : ids;
}

/** The UUID of the system error that an alert is for, and the other way round. */
function systemErrorId(alertId: string): string {
  return alertId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function loadDeliveries(rows: Rows, alerts: readonly AlertRow[]) {
  return rows
    .selectFrom('alert_deliveries')
    .leftJoin('destinations', 'destinations.id', 'alert_deliveries.destination_id')
    .selectAll('alert_deliveries')
    .select(['destinations.name as label', 'destinations.type as destination_type'])
    .where(
      'alert_id',
      'in',
      alerts.map(({ id }) => id),
    )
    .orderBy('alert_deliveries.created_at')
    .orderBy('alert_deliveries.id')
    .execute();
}

function asDelivery(row: Awaited<ReturnType<typeof loadDeliveries>>[number]): AlertDelivery {
  return {
    id: row.id,
    outputId: row.destination_id,
    label: row.label ?? '',
    destinationType: row.destination_type,
    status: row.status,
    success: row.status === 'DELIVERED',
    message: row.message,
    statusCode: row.status_code ?? 0,
    attempts: row.attempts,
    dispatchedAt: row.dispatched_at,
    nextAttemptAt: row.next_attempt_at,
  };
}
