import type { Rows } from '../../store/store.ts';
import type { LogSourceRow } from '../../store/tables.ts';
import { type ActorObject, loadActors } from '../actor-object.ts';
import { auditLogTransport } from './audit-log-source.ts';

/** A log source as the API shows it (Panther's `LogIntegration`). */
export interface LogSource {
  readonly integrationId: string;
  readonly integrationLabel: string;
  readonly integrationType: string;
  readonly isEditable: boolean;
  readonly isHealthy: boolean;
  readonly logTypes: readonly string[];
  readonly createdAtTime: string;
  readonly createdBy: ActorObject | null;
  readonly lastModified: string;
  readonly lastEventReceivedAtTime: string | null;
  readonly lastEventProcessedAtTime: string | null;
}

export async function asLogSources(
  rows: Rows,
  found: readonly LogSourceRow[],
  lastUse: (subject: string) => string | null,
): Promise<readonly LogSource[]> {
  const actor = await loadActors(
    rows,
    found.map((row) => row.created_by),
  );
  return found.map((row) => ({
    integrationId: row.id,
    integrationLabel: row.label,
    integrationType: row.type,
    isEditable: row.type !== auditLogTransport,
    isHealthy: true,
    logTypes: JSON.parse(row.log_types),
    createdAtTime: row.created_at,
    createdBy: actor(row.created_by),
    lastModified: row.updated_at,
    lastEventReceivedAtTime: lastUse(`SOURCE:${row.id}`),
    lastEventProcessedAtTime: lastUse(`SOURCE:${row.id}`),
  }));
}

/** What a record tells of a log source. */
export function logSourceDetails(row: LogSourceRow): Record<string, unknown> {
  return { integrationId: row.id, integrationLabel: row.label, logTypes: JSON.parse(row.log_types) };
}
