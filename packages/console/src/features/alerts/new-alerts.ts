import { useEffect, useState } from 'react';
import { type StreamState, useEventStream } from '../../api/event-stream.ts';
import type { AlertType, Severity } from '../../api/operations.ts';
import type { AlertSearch } from './alert-filters.ts';
import { listingOf } from './alert-words.ts';

/** An alert as the stream tells of it. */
export interface NewAlert {
  readonly id: string;
  readonly type: AlertType;
  readonly title: string;
  readonly severity: Severity;
  readonly createdAt: string;
}

/** Whether the list for these filters may have the alert, as far as the stream tells. */
export function mayMatch(
  { type, severity, status, q, assignee, detection }: AlertSearch,
  alert: NewAlert,
): boolean {
  return (
    listingOf(alert.type) === (type ?? 'ALERT') &&
    (severity?.includes(alert.severity) ?? true) &&
    (status?.includes('OPEN') ?? true) &&
    (q === undefined || alert.title.toLowerCase().includes(q.toLowerCase())) &&
    assignee !== 'me' &&
    detection === undefined
  );
}

/**
 * The alerts that were made since the list was read and that it may have; their number is in the window's title.
 * @param known the ids that the list has
 */
export function useNewAlerts(
  search: AlertSearch,
  known: ReadonlySet<string>,
  title: string,
): { readonly count: number; readonly state: StreamState; readonly forget: () => void } {
  const [arrived, setArrived] = useState<readonly NewAlert[]>([]);
  const state = useEventStream('/internal/alerts/stream', 'alert', (data) =>
    setArrived((before) => [...before, data as NewAlert].slice(-keptMax)),
  );
  const count = arrived.filter((alert) => !known.has(alert.id) && mayMatch(search, alert)).length;
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ''}${title} · Pawprint`;
  }, [count, title]);
  return { count, state, forget: () => setArrived([]) };
}

const keptMax = 1_000;
