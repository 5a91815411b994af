import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { graphql } from '../../api/graphql.ts';
import {
  type DataLakeQueryStatus,
  type SavedQueryRowFragment,
  SavedQueryRunsDocument,
} from '../../api/operations.ts';
import { Badge } from '../../components/badge.tsx';
import { Drawer } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { EmptyState } from '../../components/states.tsx';
import { formatTime } from '../../components/timestamp.ts';

const states: Record<DataLakeQueryStatus, { label: string; tone: 'good' | 'bad' | 'neutral' | 'accent' }> = {
  succeeded: { label: 'Succeeded', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  cancelled: { label: 'Cancelled', tone: 'neutral' },
  running: { label: 'Running', tone: 'accent' },
};

const shownMax = 50;

type SavedQueryRunsProps = { readonly query: SavedQueryRowFragment; readonly onClose: () => void };

/** The last runs of a scheduled query. */
export function SavedQueryRuns({ query, onClose }: SavedQueryRunsProps) {
  const runs = useQuery({
    queryKey: ['saved-query-runs', query.id],
    queryFn: async ({ signal }) => {
      const input = { savedQueryId: query.id, pageSize: shownMax };
      const { dataLakeQueries } = await graphql(SavedQueryRunsDocument, { input }, signal);
      return dataLakeQueries.edges.map(({ node }) => node);
    },
    gcTime: 0,
  });
  return (
    <Drawer title={query.name} description="Last runs, the newest first" onClose={onClose}>
      <Loaded query={runs} label="the runs">
        {(rows) =>
          rows.length === 0 ? (
            <EmptyState icon={History} title="It has not run yet" />
          ) : (
            <ul className="flex flex-col divide-y divide-line">
              {rows.map((run) => (
                <li key={run.id} className="flex flex-col gap-1 py-2.5 text-sm">
                  <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <Badge tone={states[run.status].tone}>{states[run.status].label}</Badge>
                    <Link
                      to="/data-explorer/{-$queryId}"
                      params={{ queryId: run.id }}
                      className="text-accent hover:underline"
                    >
                      {formatTime(run.scheduledFor ?? run.startedAt, 'seconds')} UTC
                    </Link>
                    {run.rowCount !== null && (
                      <span className="text-muted">
                        {run.rowCount} {run.rowCount === 1 ? 'row' : 'rows'}
                      </span>
                    )}
                    {(run.attempt ?? 1) > 1 && <span className="text-muted">Attempt {run.attempt}</span>}
                  </span>
                  {run.message !== '' && (
                    <span className="wrap-anywhere text-muted text-xs">{run.message}</span>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Drawer>
  );
}
