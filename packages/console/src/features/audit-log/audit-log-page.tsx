import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeader } from '../../components/page.tsx';
import { AuditLogList } from './audit-log-list.tsx';
import { FilterBar } from './filter-bar.tsx';

const route = getRouteApi('/console/audit-log');

/** Everything that was done on this instance, newest first and live. */
export function AuditLogPage() {
  const search = route.useSearch();
  const [reloads, setReloads] = useState(0);
  const [liveControls, setLiveControls] = useState<HTMLElement | null>(null);
  return (
    <div className="flex min-h-full flex-1 flex-col md:h-full">
      <div className="flex flex-col gap-3 px-4 pt-4 pb-3 sm:px-5">
        <PageHeader
          title="Audit Log"
          description="Every action on this instance, in a history that cannot be edited."
          actions={<div ref={setLiveControls} className="flex items-center gap-2" />}
        />
        <FilterBar search={search} />
      </div>
      <AuditLogList
        key={`${JSON.stringify(search)} ${reloads}`}
        search={search}
        liveControls={liveControls}
        onReload={() => setReloads(reloads + 1)}
      />
    </div>
  );
}
