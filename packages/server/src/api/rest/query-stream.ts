import { setTimeout as delay } from 'node:timers/promises';
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

const progressMs = 500;

async function* statusEvents(
  queries: Pick<QueryRunner, 'status' | 'ended'>,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const ended = queries.ended(id);
  let told = '';
  while (!signal.aborted) {
    const status = await queries.status(id);
    const now = JSON.stringify(status);
    if (now !== told) yield { event: 'status', data: status };
    told = now;
    if (status?.status !== 'running') return;
    const turn = new AbortController();
    const wait = delay(progressMs, undefined, { signal: AbortSignal.any([signal, turn.signal]) });
    await Promise.race([ended, wait.catch(() => undefined)]);
    turn.abort();
  }
}
