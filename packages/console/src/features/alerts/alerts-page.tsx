import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ArrowUp, BellRing, Check, CircleSlash, Eye, RotateCcw, UserRound, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AlertCountsDocument, type AlertCountsQuery, AlertsDocument } from '../../api/operations.ts';
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
import { matchingMax, useMatchingAlerts } from './select-matching.ts';

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
        matching={matchingOf(search, counts.data)}
        onReload={() => void counts.refetch()}
      />
    </div>
  );
}

/** How many alerts the filters leave, as last counted; undefined until they are. */
function matchingOf(
  search: AlertSearch,
  counts: AlertCountsQuery['alertCounts'] | undefined,
): number | undefined {
  return counts
    ?.filter(
      ({ status, severity }) =>
        statusesOf(search).includes(status) && (search.severity?.includes(severity) ?? true),
    )
    .reduce((sum, { count }) => sum + count, 0);
}

type FoundAlertsProps = {
  readonly search: AlertSearch;
  readonly ownId: string;
  readonly matching: number | undefined;
  readonly onReload: () => void;
};

function FoundAlerts({ search, ownId, matching, onReload }: FoundAlertsProps) {
  const missing = useMissing('AlertModify');
  const [selectedIds, setSelectedIds] = useState<readonly string[]>([]);
  const change = useChangeAlerts();
  const all = useMatchingAlerts(search, ownId);
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
  const shown = alerts.filter(({ id }) => selectedIds.includes(id)).map(({ id }) => id);
  // Once one that is shown is taken out, only those that are shown are meant.
  const isAll = all.data !== undefined && shown.length > 0 && shown.length === alerts.length;
  const selected = isAll ? all.data : shown;
  const select = (ids: readonly string[]) => {
    all.reset();
    setSelectedIds(ids);
  };

  const reload = () => {
    news.forget();
    void pages.refetch();
    onReload();
  };
  const apply = (ids: readonly string[], what: AlertChange) => {
    if (missing !== undefined || ids.length === 0) return;
    const onSuccess = () => {
      select([]);
      if (isAll) reload();
    };
    change.mutate({ ids, change: what }, { onSuccess });
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
          checked={alerts.length > 0 && shown.length === alerts.length}
          indeterminate={shown.length > 0 && shown.length < alerts.length}
          disabled={alerts.length === 0}
          onCheckedChange={(checked) => select(checked ? alerts.map(({ id }) => id) : [])}
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
            status={
              change.isPending && isAll
                ? `${change.done} of ${selected.length} changed`
                : `${selected.length} selected`
            }
            missing={missing ?? (change.isPending && isAll ? 'The last change is not done yet' : undefined)}
            onApply={(what) => apply(selected, what)}
            onClear={() => select([])}
            ownId={ownId}
          />
        )}
        {pages.hasNextPage && shown.length === alerts.length && shown.length > 0 && !isAll && (
          <Button variant="ghost" size="small" pending={all.isPending} onClick={() => all.mutate()}>
            {all.isPending ? `${all.found} found` : selectAllLabel(matching)}
          </Button>
        )}
        {news.count > 0 && (
          <Button variant="primary" size="small" icon={ArrowUp} onClick={reload} className="ml-auto">
            {news.count} new
          </Button>
        )}
      </div>
      {(change.error ?? all.error) && (
        <Notice tone="bad" title={(change.error ?? all.error)?.message ?? ''} />
      )}
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
        <AlertList alerts={alerts} selectedIds={shown} onSelect={select} onKeyAction={onKeyAction} />
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

function selectAllLabel(matching: number | undefined): string {
  if (matching === undefined) return 'Select all that match';
  return matching > matchingMax
    ? `Select the newest ${matchingMax} of ${matching} that match`
    : `Select all ${matching} that match`;
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
  /** How many are selected, or how far their change is. */
  readonly status: string;
  readonly missing: string | undefined;
  readonly ownId: string;
  readonly onApply: (change: AlertChange) => void;
  readonly onClear: () => void;
};

function BulkActions({ status, missing, ownId, onApply, onClear }: BulkActionsProps) {
  const button = { size: 'small', disabledReason: missing } as const;
  const apply = (action: KeyAction) => () => onApply(changeOf(action, ownId));
  return (
    <div role="toolbar" aria-label="Selected alerts" className="flex flex-wrap items-center gap-1.5">
      <p role="status" className="mr-1 font-medium text-xs">
        {status}
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
