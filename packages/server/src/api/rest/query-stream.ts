import { followQuery } from '../../actions/data-lake/get-query.ts';
import type { QueryRunner } from '../../lake/query-runner.ts';
import type { StreamEvent } from '../event-streams.ts';
import { addStreamRoute, type StreamRouteContext } from '../stream-route.ts';

/** How a data lake query goes, until it has ended. */
export function addQueryStream(context: StreamRouteContext, queries: QueryRunner): void {
  addStreamRoute(context, {
    url: '/internal/data-lake-queries/:id/stream',
    action: followQuery,
    description: 'Follows the progress of a data lake query',
    events: ({ id }, signal) => statusEvents(queries, id, signal),
  });
}

async function* statusEvents(
  queries: Pick<QueryRunner, 'status' | 'ended'>,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const status = await queries.status(id);
  yield { event: 'status', data: status };
  if (status?.status !== 'running') return;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => stop(), { once: true });
  await Promise.race([queries.ended(id), stopped]);
  if (!signal.aborted) yield { event: 'status', data: await queries.status(id) };
}
