import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ArrowUp, BellRing, Check, CircleSlash, Eye, RotateCcw, UserRound, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AlertCountsDocument, AlertsDocument } from '../../api/operations.ts';
import { useMissing, useSession } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Notice } from '../../components/notice.tsx';
import { PageHeader } from '../../components/page.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../components/states.tsx';
import { AlertFilterBar } from './alert-filter-bar.tsx';
import { type AlertSearch, alertCountsInput, alertsInput, hasFilters, statusesOf } from './alert-filters.ts';
import { AlertList, type KeyAction, keyActions } from './alert-list.tsx';
import { AssigneeMenu } from './assignee-menu.tsx';
import { type AlertChange, alertCountsKey, alertsKey, useChangeAlerts } from './change-alerts.ts';
import { useNewAlerts } from './new-alerts.ts';

const route = getRouteApi('/console/alerts');
const pageSize = 50;

/** What detections and the instance itself raise, laid out for going through it quickly. */
export function AlertsPage() {
  const search = route.useSearch();
  const ownId = useSession().user.id;
  const counts = useQuery({
    queryKey: [...alertCountsKey, search.type, search.q, search.assignee, search.detection, search.range],
    queryFn: async ({ signal }) => {
      const input = alertCountsInput(search, ownId, new Date());
      return (await graphql(AlertCountsDocument, { input }, signal)).alertCounts;
    },
    placeholderData: (before) => before,
  });
  return (
    <div className="mx-auto flex w-full max-w-400 flex-col gap-3 px-4 py-4 sm:px-5">
      <PageHeader title="Alerts" description="What detections found, and what is wrong with the instance." />
      <AlertFilterBar search={search} counts={counts.data} />
      <FoundAlerts
        key={JSON.stringify(search)}
        search={search}
        ownId={ownId}
        onReload={() => void counts.refetch()}
      />
    </div>
  );
}

type FoundAlertsProps = {
  readonly search: AlertSearch;
  readonly ownId: string;
  readonly onReload: () => void;
};

function FoundAlerts({ search, ownId, onReload }: FoundAlertsProps) {
  const missing = useMissing('AlertModify');
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([]);
  const change = useChangeAlerts();
  const pages = useInfiniteQuery({
    queryKey: [...alertsKey, search],
    queryFn: async ({ pageParam, signal }) => {
      const input = {
        ...alertsInput(search, ownId, new Date()),
        pageSize,
        ...(pageParam && { cursor: pageParam }),
      };
      return (await graphql(AlertsDocument, { input }, signal)).alerts;
    },
    initialPageParam: '',
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    // Each visit is a new reading: what happened while nobody looked must not be missing.
    gcTime: 0,
  });
  const known = useMemo(
    () => (pages.data?.pages ?? []).flatMap(({ edges }) => edges.map(({ node }) => node)),
    [pages.data],
  );
  // What was dealt with leaves the list that it no longer belongs to.
  const statuses = statusesOf(search);
  const alerts = known.filter(({ status }) => statuses.includes(status));
  const knownIds = useMemo(() => new Set(known.map(({ id }) => id)), [known]);
  const news = useNewAlerts(search, knownIds, 'Alerts');
  const selected = alerts.filter(({ id }) => selectedIds.includes(id)).map(({ id }) => id);

  const reload = () => {
    news.forget();
    void pages.refetch();
    onReload();
  };
  const apply = (ids: readonly string[], what: AlertChange) => {
    if (missing !== undefined || ids.length === 0) return;
    change.mutate({ ids, change: what }, { onSuccess: () => setSelectedIds([]) });
  };
  const onKeyAction = (action: KeyAction, focusedId: string) =>
    apply(selected.length > 0 ? selected : [focusedId], changeOf(action, ownId));

  return (
    <section
      aria-label="Found alerts"
      aria-busy={pages.isFetching}
      className="relative overflow-clip rounded-lg border border-line bg-surface"
    >
      <div className="sticky top-0 z-20 flex min-h-11 flex-wrap items-center gap-2 border-line border-b bg-surface px-4 py-1.5 sm:px-5">
        <Checkbox
          aria-label="Select all shown"
          checked={alerts.length > 0 && selected.length === alerts.length}
          indeterminate={selected.length > 0 && selected.length < alerts.length}
          disabled={alerts.length === 0}
          onCheckedChange={(checked) => setSelectedIds(checked ? alerts.map(({ id }) => id) : [])}
        />
        {selected.length === 0 ? (
          <>
            <p role="status" className="text-muted text-xs">
              {pages.isPending ? 'Loading' : `${alerts.length}${pages.hasNextPage ? ' newest' : ''} shown`}
            </p>
            <KeyHints />
          </>
        ) : (
          <BulkActions
            count={selected.length}
            missing={missing}
            onApply={(what) => apply(selected, what)}
            onClear={() => setSelectedIds([])}
            ownId={ownId}
          />
        )}
        {news.count > 0 && (
          <Button variant="primary" size="small" icon={ArrowUp} onClick={reload} className="ml-auto">
            {news.count} new
          </Button>
        )}
      </div>
      {change.error && <Notice tone="bad" title={change.error.message} />}
      {pages.isPending ? (
        <SkeletonRows label="Loading the alerts" />
      ) : pages.isError && known.length === 0 ? (
        <ErrorState error={pages.error} onRetry={reload} />
      ) : alerts.length === 0 ? (
        <EmptyState
          icon={BellRing}
          title={hasFilters(search) ? 'No alert matches these filters' : 'Nothing here wants your attention'}
        >
          New alerts are announced here by themselves.
        </EmptyState>
      ) : (
        <AlertList
          alerts={alerts}
          selectedIds={selected}
          onSelect={setSelectedIds}
          onKeyAction={onKeyAction}
        />
      )}
      {pages.hasNextPage && (
        <div className="flex justify-center border-line border-t py-3">
          <Button pending={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </section>
  );
}

function changeOf(action: KeyAction, ownId: string): AlertChange {
  switch (action) {
    case 'resolve':
      return { kind: 'status', status: 'RESOLVED' };
    case 'triage':
      return { kind: 'status', status: 'TRIAGED' };
    case 'invalid':
      return { kind: 'status', status: 'CLOSED' };
    case 'reopen':
      return { kind: 'status', status: 'OPEN' };
    case 'assign-to-me':
      return { kind: 'assignee', assigneeId: ownId };
  }
}

type BulkActionsProps = {
  readonly count: number;
  readonly missing: string | undefined;
  readonly ownId: string;
  readonly onApply: (change: AlertChange) => void;
  readonly onClear: () => void;
};

function BulkActions({ count, missing, ownId, onApply, onClear }: BulkActionsProps) {
  const button = { size: 'small', disabledReason: missing } as const;
  const apply = (action: KeyAction) => () => onApply(changeOf(action, ownId));
  return (
    <div role="toolbar" aria-label="Selected alerts" className="flex flex-wrap items-center gap-1.5">
      <p role="status" className="mr-1 font-medium text-xs">
        {count} selected
      </p>
      <Button {...button} icon={Eye} onClick={apply('triage')}>
        Triage
      </Button>
      <Button {...button} icon={Check} onClick={apply('resolve')}>
        Resolve
      </Button>
      <Button {...button} icon={CircleSlash} onClick={apply('invalid')}>
        Invalid
      </Button>
      <Button {...button} icon={RotateCcw} onClick={apply('reopen')}>
        Reopen
      </Button>
      <AssigneeMenu
        trigger={
          <Button {...button} icon={UserRound}>
            Assign
          </Button>
        }
        onAssign={(assigneeId) => onApply({ kind: 'assignee', assigneeId })}
      />
      <Button size="small" variant="ghost" icon={X} onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}

function KeyHints() {
  const hints = [
    ['J K', 'move'],
    ['X', 'select'],
    ...Object.entries(keyActions).map(([key, { label }]) => [key.toUpperCase(), label]),
  ];
  return (
    <p className="ml-3 flex flex-wrap items-center gap-x-3 text-faint text-xs max-lg:hidden">
      {hints.map(([keys, label]) => (
        <span key={keys}>
          <kbd className="rounded-sm border border-line bg-sunken px-1 text-2xs">{keys}</kbd> {label}
        </span>
      ))}
    </p>
  );
}
