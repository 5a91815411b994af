import { actions, isActionName } from '@pawprint/record';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { ArrowUp, LoaderCircle, ScrollText } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { ApiError } from '../../api/api-error.ts';
import { graphql } from '../../api/graphql.ts';
import { AuditLogsDocument } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Hint } from '../../components/hint.tsx';
import { EmptyState, ErrorState, LoadFailure, SkeletonRows } from '../../components/states.tsx';
import { formatTime } from '../../components/timestamp.ts';
import { type GridColumn, type GridHandle, VirtualGrid } from '../../components/virtual-grid.tsx';
import type { AuditLogCounts } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import {
  type AuditLogSearch,
  auditLogsInput,
  filtersOf,
  hasFilters,
  streamUrl,
} from './audit-log-filters.ts';
import { useHistoryRows } from './history-rows.ts';
import { isOverfull, shownMax, useLiveEntries } from './live-entries.ts';
import { LiveState } from './live-state.tsx';
import { actorName, summarize } from './record-summary.ts';
import { ResultMark } from './result-mark.tsx';
import { type ShownEntries, ShownEntriesContext, useOpenEntry } from './shown-entries.ts';

const pageSize = 100;

type AuditLogListProps = {
  readonly search: AuditLogSearch;
  /** Undefined while the records are not counted. */
  readonly counts: AuditLogCounts | undefined;
  /** Where the state of the stream is shown, in the page's header. */
  readonly liveControls: HTMLElement | null;
  readonly onReload: () => void;
  /** Told of all that has arrived since the first page, shown or held. */
  readonly onArrived: (entries: readonly AuditLogEntry[]) => void;
};

/**
 * The records for one set of filters, and the one that is open: what arrives meanwhile, the first page, and below it all
 * others by their place. Where not all are counted the first page has others after it, one by one.
 */
export function AuditLogList({ search, counts, liveControls, onReload, onArrived }: AuditLogListProps) {
  const open = useOpenEntry(search);
  const gridRef = useRef<GridHandle>(null);
  const [input] = useState(() => auditLogsInput(search, new Date()));
  const [view, setView] = useState({ first: 0, last: 0 });
  const [atTop, setAtTop] = useState(true);
  const [paused, setPaused] = useState(false);

  const pages = useInfiniteQuery({
    queryKey: ['audit-log', filtersOf(search)],
    queryFn: async ({ pageParam, signal }) => {
      const page = { ...input, pageSize, ...(pageParam && { cursor: pageParam }) };
      return (await graphql(AuditLogsDocument, { input: page }, signal)).auditLogs;
    },
    initialPageParam: '',
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    // Each visit is a new reading: records that arrived while nobody looked must not be missing.
    gcTime: 0,
  });
  const past = useMemo(
    () => (pages.data?.pages ?? []).flatMap(({ edges }) => edges.map(({ node }) => node as AuditLogEntry)),
    [pages.data],
  );
  const startCursor = pages.data?.pages[0]?.pageInfo.startCursor;
  const { live, state, release } = useLiveEntries(
    startCursor ? streamUrl(search, startCursor) : null,
    paused || !atTop,
    past,
  );
  useEffect(() => onArrived([...live.held, ...live.shown]), [live, onArrived]);
  const trimmed = live.shown.length >= shownMax;
  const above = useMemo(() => [...live.held, ...live.shown, ...past], [live, past]);
  const first = trimmed ? live.shown : above.slice(live.held.length);

  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = pages;
  const endCursor = pages.data?.pages.at(-1)?.pageInfo.endCursor;
  const older = useHistoryRows({
    input,
    counts,
    below: hasNextPage && !isFetchingNextPage && !trimmed ? (endCursor ?? undefined) : undefined,
    above,
    view: { first: view.first - first.length, last: view.last - first.length },
  });
  const count = first.length + older.count;
  const isOpenEnded = trimmed || (hasNextPage && older.count === 0);
  const rows: ShownEntries = {
    rowAt: (row) => (row < first.length ? first[row] : older.rowAt(row - first.length)),
    rowOf: (index) => {
      const row = first.findIndex((entry) => entry.index === index);
      if (row >= 0) return row;
      const olderRow = older.rowOf(index);
      return olderRow === undefined ? undefined : first.length + olderRow;
    },
  };
  const onView = useCallback((first: number, last: number) => setView({ first, last }), []);
  const isAtEnd = view.last >= count - 1;
  useEffect(() => {
    const mayLoad = isOpenEnded && !trimmed && !isFetchingNextPage && !isFetchNextPageError;
    if (isAtEnd && mayLoad) void fetchNextPage();
  }, [isAtEnd, isOpenEnded, trimmed, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  const showNew = () => {
    if (isOverfull(live)) return onReload();
    release();
    gridRef.current?.showFirst();
  };

  const controls =
    liveControls &&
    createPortal(
      <LiveState
        state={search.to === undefined ? (paused ? 'paused' : state) : 'off'}
        onPause={() => setPaused(true)}
        onResume={() => setPaused(false)}
        onReconnect={onReload}
      />,
      liveControls,
    );

  const list =
    pages.isPending || (count === 0 && isOpenEnded && !pages.isError) ? (
      <SkeletonRows count={14} label="Loading the audit log" />
    ) : pages.isError && past.length === 0 ? (
      <ErrorState error={filterProblem(pages.error)} onRetry={onReload} />
    ) : (
      <>
        {controls}
        <p role="status" className="sr-only">
          {count === 0 ? 'No records' : `${isOpenEnded ? 'At least ' : ''}${count} records in the list`}
          {live.heldCount > 0 && `, ${live.heldCount} new`}
        </p>
        {live.heldCount > 0 && (
          <div className="pointer-events-none absolute inset-x-0 top-11 z-20 flex justify-center">
            <Button
              variant="primary"
              size="small"
              icon={ArrowUp}
              onClick={showNew}
              className="pointer-events-auto rounded-full! shadow-popup"
            >
              {isOverfull(live) ? `More than ${live.heldCount - 1} new` : `${live.heldCount} new`}
            </Button>
          </div>
        )}
        {count === 0 ? (
          <EmptyState
            icon={ScrollText}
            title={hasFilters(search) ? 'No record matches these filters' : 'Nothing has been recorded yet'}
          >
            {hasFilters(search)
              ? 'Widen the time range or remove a filter. New records that match appear here by themselves.'
              : 'Records appear here by themselves as soon as someone does something.'}
          </EmptyState>
        ) : (
          <VirtualGrid
            ref={gridRef}
            label="Audit log"
            count={count}
            isOpenEnded={isOpenEnded}
            rowAt={rows.rowAt}
            rowKey={(row) =>
              row < live.shown.length ? String(live.shown[row]?.index) : `older ${row - live.shown.length}`
            }
            awaitedCell={(row) => <AwaitedTime time={older.timeAt(row - first.length)} />}
            columns={columns}
            rowHeightPx={36}
            compact={{ cell: (entry) => <CompactRow entry={entry} />, rowHeightPx: 76 }}
            onOpen={(entry) => open(entry)}
            onView={onView}
            onTop={setAtTop}
            footer={
              <ListEnd
                loading={isFetchingNextPage}
                error={isFetchNextPageError ? pages.error : null}
                trimmed={trimmed}
                more={isOpenEnded}
                filtered={hasFilters(search)}
                onRetry={() => void fetchNextPage()}
                onReload={onReload}
              />
            }
          />
        )}
        {older.error && <LoadFailure what="Records" error={older.error} onRetry={older.retry} />}
      </>
    );
  return (
    <ShownEntriesContext value={rows}>
      <section
        aria-label="Records"
        className="relative flex min-h-0 flex-1 flex-col border-line border-t bg-surface"
      >
        {list}
      </section>
      <Outlet />
    </ShownEntriesContext>
  );
}

/** A filter the server does not understand, named as the filter bar names it. */
function filterProblem(error: Error): Error {
  const isFilter = error instanceof ApiError && error.field?.endsWith('.sourceIP');
  return isFilter ? new ApiError('INVALID_INPUT', `Source IP: ${error.message}`) : error;
}

const columns: readonly GridColumn<AuditLogEntry>[] = [
  {
    id: 'time',
    header: 'Time (UTC)',
    width: '10.75rem',
    cell: ({ record }) => (
      <time className="font-mono text-muted text-xs">{formatTime(record.timestamp)}</time>
    ),
  },
  {
    id: 'action',
    header: 'Action',
    width: 'minmax(13rem, 1.1fr)',
    cell: ({ record }) => <ActionName name={record.actionName} />,
  },
  {
    id: 'result',
    header: 'Result',
    width: '8.25rem',
    cell: ({ record }) => <ResultMark result={record.actionResult} />,
  },
  {
    id: 'actor',
    header: 'Actor',
    width: 'minmax(9.5rem, 1fr)',
    cell: ({ record }) => <Actor entry={record} />,
  },
  {
    id: 'ip',
    header: 'Source IP',
    width: '8.25rem',
    cell: ({ record }) => <span className="font-mono text-muted text-xs">{record.sourceIP || '–'}</span>,
  },
  {
    id: 'summary',
    header: 'Summary',
    width: 'minmax(15rem, 3fr)',
    cell: ({ record }) => <span className="text-muted">{summarize(record)}</span>,
  },
];

/** The time about which a record is that is not loaded. */
function AwaitedTime({ time }: { readonly time: string | undefined }) {
  return (
    time !== undefined && (
      <span className="font-mono text-faint text-xs">
        <span className="sr-only">Loading, about </span>
        <span aria-hidden="true">~ </span>
        {time}
      </span>
    )
  );
}

function ActionName({ name }: { readonly name: string }) {
  const text = <span className="font-medium font-mono text-xs">{name}</span>;
  return isActionName(name) ? <Hint text={actions[name].meaning}>{text}</Hint> : text;
}

function Actor({ entry }: { readonly entry: AuditLogEntry['record'] }) {
  return (
    <>
      {actorName(entry)}
      {entry.actor.type === 'TOKEN' && (
        <span className="ml-1.5 rounded-sm bg-sunken px-1 text-2xs text-muted">token</span>
      )}
    </>
  );
}

function CompactRow({ entry: { record } }: { readonly entry: AuditLogEntry }) {
  return (
    <div className="flex flex-col gap-0.5">
      <div className="flex items-baseline justify-between gap-3">
        <span className="truncate font-medium font-mono text-xs">{record.actionName}</span>
        <ResultMark result={record.actionResult} />
      </div>
      <div className="flex justify-between gap-3 text-muted text-xs">
        <span className="truncate">{actorName(record)}</span>
        <time className="whitespace-nowrap">{formatTime(record.timestamp)}</time>
      </div>
      <div className="truncate text-faint text-xs">{summarize(record) || ' '}</div>
    </div>
  );
}

type ListEndProps = {
  readonly loading: boolean;
  readonly error: Error | null;
  readonly trimmed: boolean;
  readonly more: boolean;
  readonly filtered: boolean;
  readonly onRetry: () => void;
  readonly onReload: () => void;
};

function ListEnd({ loading, error, trimmed, more, filtered, onRetry, onReload }: ListEndProps) {
  return (
    <div className="sticky left-0 flex min-h-12 items-center justify-center gap-3 px-4 py-2 text-muted text-xs">
      {loading && (
        <>
          <LoaderCircle className="size-3.5 animate-spin" aria-hidden="true" />
          Loading older records
        </>
      )}
      {error && (
        <>
          <span role="alert">Older records could not be loaded: {error.message}</span>
          <Button size="small" onClick={onRetry}>
            Retry
          </Button>
        </>
      )}
      {trimmed && (
        <>
          Older records were left out of this view.
          <Button size="small" onClick={onReload}>
            Reload
          </Button>
        </>
      )}
      {!loading &&
        !error &&
        !trimmed &&
        !more &&
        (filtered ? 'No older records match' : 'The beginning of the history')}
    </div>
  );
}
