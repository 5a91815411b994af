import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { graphql } from '../../api/graphql.ts';
import { AlertEventsDocument, type AlertWholeFragment } from '../../api/operations.ts';
import { useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { ErrorState, SkeletonRows } from '../../components/states.tsx';
import { formatTime } from '../../components/timestamp.ts';
import { Panel } from './alert-page.tsx';

type Event = Readonly<Record<string, unknown>>;
const pageSize = 25;

/** What the detection saw: each event whole, and where it is an audit record, the way to it and its proof. */
export function AlertEvents({ alert: { id, eventCount, type } }: { readonly alert: AlertWholeFragment }) {
  const events = useInfiniteQuery({
    // More events mean that there is more to read.
    queryKey: ['alert-events', id, eventCount],
    queryFn: async ({ pageParam, signal }) => {
      const input = { pageSize, ...(pageParam && { cursor: pageParam }) };
      return (await graphql(AlertEventsDocument, { id, input }, signal)).alert.events;
    },
    initialPageParam: '',
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    enabled: type !== 'SYSTEM_ERROR',
    // An alert is there moments before its events can be read.
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.edges.length === 0 && state.dataUpdateCount < 5 ? 2_000 : false,
  });
  if (type === 'SYSTEM_ERROR') return null;
  const rows = (events.data?.pages ?? []).flatMap(({ edges }) => edges.map(({ node }) => node as Event));
  return (
    <Panel title="Events">
      {events.isPending ? (
        <SkeletonRows count={3} label="Loading the events" />
      ) : events.isError && rows.length === 0 ? (
        <ErrorState error={events.error} onRetry={() => void events.refetch()} />
      ) : rows.length === 0 ? (
        <p className="text-muted text-sm">
          The events are not in the data lake yet, or their time there is over.
        </p>
      ) : (
        <>
          <ul className="-mx-4 -my-3 divide-y divide-line">
            {rows.map((event, at) => (
              <EventItem key={typeof event.p_row_id === 'string' ? event.p_row_id : at} event={event} />
            ))}
          </ul>
          {events.hasNextPage && (
            <Button
              size="small"
              pending={events.isFetchingNextPage}
              onClick={() => void events.fetchNextPage()}
              className="mt-4"
            >
              Show older
            </Button>
          )}
        </>
      )}
    </Panel>
  );
}

function EventItem({ event }: { readonly event: Event }) {
  const mayReadRecords = useSession().permissions.includes('GeneralSettingsRead');
  const index = event.p_log_type === 'Panther.Audit' ? event.p_ledger_index : undefined;
  return (
    <li className="px-4 py-2 text-sm">
      <details>
        <summary className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <time className="font-mono text-muted text-xs">{formatTime(String(event.p_event_time))}</time>
          <span className="wrap-anywhere font-medium font-mono text-xs">{headline(event)}</span>
          <span className="wrap-anywhere text-muted text-xs">{parties(event)}</span>
        </summary>
        <div className="mt-2">
          <JsonView value={withoutNulls(event)} />
        </div>
      </details>
      {typeof index === 'number' && mayReadRecords && (
        <Link
          to="/audit-log/$index"
          params={{ index: String(index) }}
          className="mt-0.5 inline-flex items-center gap-1 text-accent text-xs hover:underline"
        >
          <ShieldCheck className="size-3.5" aria-hidden="true" />
          Record {index} with its proof
        </Link>
      )}
    </li>
  );
}

function headline({ actionName, p_log_type }: Event): string {
  return String(actionName ?? p_log_type ?? 'Event');
}

/** Who and from where, as far as the event says. */
function parties({ actor, sourceIP, p_any_usernames, p_any_ip_addresses }: Event): string {
  const { name, id } = (actor ?? {}) as { name?: string; id?: string };
  const first = (list: unknown) => (Array.isArray(list) ? list[0] : undefined);
  return [name ?? id ?? first(p_any_usernames), sourceIP ?? first(p_any_ip_addresses)]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' · ');
}

function withoutNulls(event: Event): Event {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));
}
