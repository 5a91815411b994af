import { decodeEntry } from '@pawprint/record';
import type { FastifyRequest } from 'fastify';
import { followAuditLogs } from '../../actions/audit-log/follow-audit-logs.ts';
import type { HistorySource } from '../../followers/history.ts';
import { matchesRecord, type RecordFilter } from '../../search/record-filter.ts';
import type { StreamEvent } from '../event-streams.ts';
import { addStreamRoute, type StreamRouteContext } from '../stream-route.ts';

const batchMax = 500;

/** A live view of the audit records as they enter the ledger. */
export function addAuditLogStream(context: StreamRouteContext, source: HistorySource): void {
  addStreamRoute(context, {
    url: '/internal/audit-log/stream',
    action: followAuditLogs,
    description: 'Follows the audit records as they are made',
    input: filterOf,
    events: ({ from, filter }, signal) => entryEvents(source, from, filter, signal),
  });
}

/** The query's filters in the action's form. A client that comes back goes on after the last record it saw. */
function filterOf({ query, headers }: FastifyRequest): Record<string, unknown> {
  const { after, actionName, actionResult, field, ...others } = query as Record<string, string | string[]>;
  const last = headers['last-event-id'] ?? after;
  return {
    ...others,
    ...(actionName !== undefined && { actionName: [actionName].flat() }),
    ...(actionResult !== undefined && { actionResult: [actionResult].flat() }),
    ...(field !== undefined && { fields: [field].flat().map(fieldOf) }),
    ...(last !== undefined && { after: Number(last) }),
  };
}

/** `path=text`, `path~part` or `path`, as a filter of a field. */
function fieldOf(text: string): Record<string, unknown> {
  const [, path = '', sign, value] = /^([^=~]*)([=~])?(.*)$/s.exec(text) ?? [];
  const operator = sign === '=' ? 'EQUALS' : sign === '~' ? 'CONTAINS' : 'EXISTS';
  return { path, operator, ...(sign !== undefined && { value }) };
}

async function* entryEvents(
  { ledger, subjectKeys }: HistorySource,
  from: number,
  filter: RecordFilter,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  let changed = Promise.withResolvers<void>();
  const wake = () => changed.resolve();
  const unsubscribe = ledger.subscribe(wake);
  signal.addEventListener('abort', wake);
  try {
    for (let next = from; !signal.aborted; ) {
      changed = Promise.withResolvers();
      next = Math.max(next, ledger.firstIndex);
      const until = Math.min(next + batchMax, ledger.size);
      const batch = next < until ? await ledger.read(next, until) : [];
      for (const { id, record } of await subjectKeys.open(batch.map(decodeEntry))) {
        const entry = { index: next++, id, record };
        if (matchesRecord(filter, entry)) yield { event: 'entry', id: String(entry.index), data: entry };
      }
      if (batch.length === 0 && !signal.aborted) await changed.promise;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', wake);
  }
}
