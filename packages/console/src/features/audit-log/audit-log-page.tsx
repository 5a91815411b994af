import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { ChartColumn } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { PageHeader } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useAuditLogCounts, withArrived } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type AuditLogSearch, filtersOf, withFilters } from './audit-log-filters.ts';
import { AuditLogList } from './audit-log-list.tsx';
import { Facets } from './facets.tsx';
import { FilterBar } from './filter-bar.tsx';
import { FilterChips } from './filter-chips.tsx';
import { Histogram } from './histogram.tsx';
import { SavedSearches } from './saved-searches.tsx';
import { SearchMenu } from './search-menu.tsx';

const route = getRouteApi('/console/audit-log');
const none: readonly AuditLogEntry[] = [];

/** Everything that was done on this instance, newest first and live. */
export function AuditLogPage() {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [reloads, setReloads] = useState(0);
  const [liveControls, setLiveControls] = useState<HTMLElement | null>(null);
  const [arrived, setArrived] = useState(none);
  const counting = useAuditLogCounts(search, reloads);
  const counts = useMemo(
    () => counting.data && withArrived(counting.data, counting.isPlaceholderData ? none : arrived),
    [counting.data, counting.isPlaceholderData, arrived],
  );
  const [facetsOpen, toggleFacets] = useFacets(search);
  const change = (changes: Record<string, unknown>) =>
    void navigate({ to: '/audit-log', search: withFilters(search, changes) });
  return (
    <div className="flex min-h-full flex-1 flex-col md:h-full">
      <div className="flex flex-col gap-3 px-4 pt-4 pb-2 sm:px-5">
        <PageHeader
          title="Audit Log"
          description="Every action on this instance, in a history that cannot be edited."
          actions={
            <>
              <div ref={setLiveControls} className="flex items-center gap-2" />
              <SavedSearches search={search} />
              <SearchMenu search={search} />
            </>
          }
        />
        <FilterBar search={search} />
        <FilterChips search={search} counts={counts} onChange={change} />
        <div
          className={classNames(
            'flex gap-x-4 gap-y-2 max-sm:flex-col',
            counting.isPlaceholderData && 'opacity-60',
          )}
          aria-busy={counting.isFetching}
        >
          <div className="flex shrink-0 items-center justify-between gap-1.5 sm:w-40 sm:flex-col sm:items-start sm:justify-start">
            <p role="status" className="font-semibold text-base tabular-nums">
              {counts && total(counts)}
            </p>
            <Button
              size="small"
              icon={ChartColumn}
              aria-expanded={facetsOpen}
              aria-controls="audit-log-facets"
              onClick={() => toggleFacets()}
            >
              {facetsOpen ? 'Hide counts' : 'Counts by value'}
            </Button>
          </div>
          <div className="min-w-0 flex-1">
            {counts ? (
              <Histogram
                buckets={counts.buckets}
                intervalSeconds={counts.intervalSeconds}
                onSelect={({ from, to }) => change({ range: undefined, from, to })}
              />
            ) : counting.isError ? (
              <p role="alert" className="py-6 text-center text-muted text-xs">
                The records could not be counted: {counting.error.message}
              </p>
            ) : (
              <Skeleton className="h-16 w-full" />
            )}
          </div>
        </div>
      </div>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        {facetsOpen && (
          <aside
            id="audit-log-facets"
            aria-label="Counts by value"
            className="thin-scrollbar shrink-0 border-line border-t px-4 py-3 sm:px-5 lg:w-60 lg:overflow-y-auto lg:border-r"
          >
            <Facets counts={counts} search={search} onChange={change} />
          </aside>
        )}
        <AuditLogList
          key={`${JSON.stringify(filtersOf(search))} ${reloads}`}
          search={search}
          counts={counting.isPlaceholderData ? undefined : counting.data}
          liveControls={liveControls}
          onReload={() => setReloads(reloads + 1)}
          onArrived={setArrived}
        />
      </div>
    </div>
  );
}

function total({ total, isComplete }: { readonly total: number; readonly isComplete: boolean }): string {
  const count = `${total.toLocaleString('en')} ${total === 1 ? 'record' : 'records'}`;
  return isComplete ? count : `More than ${count}`;
}

const wideQuery = '(min-width: 1536px)';

/** Open where there is room beside the list, unless the address bar says otherwise. */
function useFacets(search: AuditLogSearch): [isOpen: boolean, toggle: () => void] {
  const navigate = useNavigate();
  const [wide, setWide] = useState(() => matchMedia(wideQuery).matches);
  useEffect(() => {
    const list = matchMedia(wideQuery);
    const onChange = () => setWide(list.matches);
    list.addEventListener('change', onChange);
    return () => list.removeEventListener('change', onChange);
  }, []);
  const isOpen = search.facets === undefined ? wide : search.facets === 'open';
  const toggle = () =>
    void navigate({
      to: '/audit-log',
      search: withFilters(search, { facets: isOpen ? 'closed' : 'open' }),
      replace: true,
    });
  return [isOpen, toggle];
}
