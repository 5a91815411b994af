import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ban, CircleCheck, CircleX, LoaderCircle, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import {
  type DataLakeQueriesInput,
  type DataLakeQueryStatus,
  RecentDataLakeQueriesDocument,
} from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { ErrorState, SkeletonRows } from '../../components/states.tsx';
import { formatRelativeTime } from '../../components/timestamp.ts';
import { recentQueriesKey } from './query-run.ts';

const marks: Record<DataLakeQueryStatus, { icon: typeof Ban; className: string; label: string }> = {
  succeeded: { icon: CircleCheck, className: 'text-good', label: 'Succeeded' },
  failed: { icon: CircleX, className: 'text-bad', label: 'Failed' },
  cancelled: { icon: Ban, className: 'text-muted', label: 'Cancelled' },
  running: { icon: LoaderCircle, className: 'text-accent', label: 'Running' },
};

const filters = {
  all: { label: 'All queries', input: {} },
  own: { label: 'My queries', input: { own: true } },
  ad_hoc: { label: 'Ad hoc', input: { kinds: ['ad_hoc'] } },
  scheduled: { label: 'Scheduled', input: { kinds: ['scheduled'] } },
  indicator_search: { label: 'Indicator searches', input: { kinds: ['indicator_search'] } },
} as const satisfies Record<string, { label: string; input: DataLakeQueriesInput }>;
type Shown = keyof typeof filters;

/** Queries run before, newest first; opening one shows its text and its results. */
export function RecentQueries({ currentId }: { readonly currentId: string | undefined }) {
  const [shown, setShown] = useState<Shown>('all');
  const queries = useInfiniteQuery({
    queryKey: [...recentQueriesKey, shown],
    queryFn: async ({ pageParam, signal }) => {
      const input = { pageSize: 25, ...filters[shown].input, ...(pageParam && { cursor: pageParam }) };
      return (await graphql(RecentDataLakeQueriesDocument, { input }, signal)).dataLakeQueries;
    },
    initialPageParam: '',
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    gcTime: 0,
  });
  if (queries.isPending) return <SkeletonRows count={4} label="Loading recent queries" />;
  if (queries.isError && !queries.data)
    return <ErrorState error={queries.error} onRetry={() => void queries.refetch()} />;
  const rows = queries.data?.pages.flatMap(({ edges }) => edges.map(({ node }) => node)) ?? [];
  return (
    <>
      <div className="flex items-center justify-between gap-2 px-3 pt-2 text-muted text-xs">
        <select
          aria-label="Which queries"
          value={shown}
          onChange={(event) => setShown(event.target.value as Shown)}
          className="h-7 rounded-md border border-control bg-surface px-1.5 text-ink text-xs"
        >
          {Object.entries(filters).map(([value, { label }]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <Button variant="ghost" size="small" icon={RotateCw} onClick={() => void queries.refetch()}>
          Refresh
        </Button>
      </div>
      {rows.length === 0 && (
        <p className="px-3 py-3 text-muted text-xs">No such queries in the last 30 days.</p>
      )}
      <ul className="py-1">
        {rows.map((query) => {
          const { icon: Icon, className, label } = marks[query.status];
          return (
            <li key={query.id}>
              <Link
                to="/data-explorer/{-$queryId}"
                params={{ queryId: query.id }}
                aria-current={query.id === currentId ? 'true' : undefined}
                className="flex gap-2 px-3 py-1.5 outline-offset-[-2px]! hover:bg-hover aria-[current=true]:bg-accent-soft"
              >
                <Icon
                  role="img"
                  aria-label={label}
                  className={classNames('mt-0.5 size-3.5 shrink-0', className)}
                />
                <span className="min-w-0">
                  {query.name !== null && (
                    <span className="block truncate font-medium text-xs">{query.name}</span>
                  )}
                  <code className="wrap-anywhere line-clamp-2 text-xs">{query.sql}</code>
                  <span className="block truncate text-2xs text-muted">
                    {formatRelativeTime(query.startedAt, new Date())}
                    {query.issuedBy &&
                      ` · ${query.issuedBy.__typename === 'User' ? query.issuedBy.email : query.issuedBy.name}`}
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
      {queries.hasNextPage && (
        <div className="flex justify-center pb-3">
          <Button
            size="small"
            pending={queries.isFetchingNextPage}
            onClick={() => void queries.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
