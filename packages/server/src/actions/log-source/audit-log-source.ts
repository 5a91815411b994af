import type { Rows } from '../../store/store.ts';
import type { LogSourceRow } from '../../store/tables.ts';

/** The one log type this instance makes itself. */
export const auditLogType = 'Panther.Audit';

/** The transport of the source that carries the instance's own audit log. */
export const auditLogTransport = 'panther-audit';

/** The label Panther gives this source. */
export const auditLogLabel = 'panther audit logs';

/** The audit log as a log source; undefined while it is off. */
export async function auditLogSource(rows: Rows): Promise<LogSourceRow | undefined> {
  return rows.selectFrom('log_sources').selectAll().where('type', '=', auditLogTransport).executeTakeFirst();
}
