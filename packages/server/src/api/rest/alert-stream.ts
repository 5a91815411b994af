import { setTimeout as delay } from 'node:timers/promises';
import { followAlerts } from '../../actions/alert/follow-alerts.ts';
import type { Reader } from '../../store/store.ts';
import type { StreamEvent } from '../event-streams.ts';
import { addStreamRoute, type StreamRouteContext } from '../stream-route.ts';

const lookIntervalMs = 1_000;
const batchMax = 500;
/** An alert can be committed this long after the time that it was made. */
const lateMs = 30_000;

/** A live view of the alerts as they are made. */
export function addAlertStream(context: StreamRouteContext, reader: Reader): void {
  addStreamRoute(context, {
    url: '/internal/alerts/stream',
    action: followAlerts,
    description: 'Follows the alerts as they are made',
    input({ query, headers }) {
      const after = headers['last-event-id'] ?? (query as Record<string, unknown>).after;
      return after === undefined ? {} : { after };
    },
    events: ({ since, maySee }, signal) => alertEvents(reader, since, maySee, signal),
  });
}

async function* alertEvents(
  reader: Reader,
  since: string,
  maySee: (alert: { readonly log_types: string }) => boolean,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const sent = new Map<string, string>();
  for (let newest = since; !signal.aborted; ) {
    const from = new Date(Math.max(Date.parse(newest) - lateMs, Date.parse(since))).toISOString();
    const rows = await reader
      .selectFrom('alerts')
      .select(['id', 'type', 'title', 'severity', 'created_at', 'log_types'])
      .where('created_at', '>', from)
      .orderBy('created_at')
      .limit(batchMax + sent.size)
      .execute();
    for (const [id, createdAt] of sent) if (createdAt <= from) sent.delete(id);
    for (const row of rows) {
      if (sent.has(row.id)) continue;
      sent.set(row.id, row.created_at);
      if (row.created_at > newest) newest = row.created_at;
      const { id, type, title, severity, created_at: createdAt } = row;
      if (maySee(row)) yield { event: 'alert', id: newest, data: { id, type, title, severity, createdAt } };
    }
    await delay(lookIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}
