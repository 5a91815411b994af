import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, Database, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { DeleteLogSourceDocument, LogSourcesDocument, type LogSourcesQuery } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, buttonClassName } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import { useToast } from '../../components/toast.tsx';

type LogSource = LogSourcesQuery['sources']['edges'][number]['node'] & { readonly id: string };

const queryKey = ['log-sources'];
const pageSize = 100;

export function LogSourcesPage() {
  const missing = useMissing('LogSourceModify');
  const [deleting, setDeleting] = useState<LogSource>();
  const sources = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const input = { pageSize, ...(pageParam && { cursor: pageParam }) };
      return (await graphql(LogSourcesDocument, { input }, signal)).sources;
    },
    initialPageParam: '',
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
    // Sources come and go by other pages and other people; each visit reads them anew.
    gcTime: 0,
  });
  const rows = useMemo(
    () =>
      (sources.data?.pages ?? []).flatMap(({ edges }) =>
        edges.map(({ node }) => ({ ...node, id: node.integrationId })),
      ),
    [sources.data],
  );
  const columns = useMemo(() => sourceColumns(missing, setDeleting), [missing]);

  return (
    <Page title="Log Sources" description="Where this instance gets its logs from.">
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        {sources.isPending && <SkeletonRows count={3} label="Loading log sources" />}
        {sources.isError && <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />}
        {sources.isSuccess && rows.length === 0 && <NoSources />}
        {rows.length > 0 && <DataTable label="Log sources" rows={rows} columns={columns} />}
      </div>
      {sources.hasNextPage && (
        <Button
          pending={sources.isFetchingNextPage}
          onClick={() => void sources.fetchNextPage()}
          className="self-center"
        >
          Show more
        </Button>
      )}
      {deleting && <DeleteLogSourceDialog source={deleting} onClose={() => setDeleting(undefined)} />}
    </Page>
  );
}

function NoSources() {
  return (
    <EmptyState
      icon={Database}
      title="No log sources"
      action={
        <Link to="/settings/general" className={buttonClassName('secondary')}>
          Open General settings
        </Link>
      }
    >
      Turn on “Enable Panther Audit Logs” in the General settings to make this instance’s own audit log a log
      source.
    </EmptyState>
  );
}

function sourceColumns(
  missing: string | undefined,
  onDelete: (source: LogSource) => void,
): readonly Column<LogSource>[] {
  return [
    {
      id: 'label',
      header: 'Log source',
      sortBy: (source) => source.integrationLabel.toLowerCase(),
      cell: (source) => <span className="break-words font-medium">{source.integrationLabel}</span>,
    },
    {
      id: 'log-types',
      header: 'Log types',
      cell: (source) => <span className="font-mono text-xs">{source.logTypes.join(', ')}</span>,
    },
    {
      id: 'health',
      header: 'Health',
      cell: (source) =>
        source.isHealthy ? (
          <Badge tone="good">
            <CircleCheck className="size-3" aria-hidden="true" /> Healthy
          </Badge>
        ) : (
          <Badge tone="bad">
            <CircleX className="size-3" aria-hidden="true" /> Unhealthy
          </Badge>
        ),
    },
    {
      id: 'last-event',
      header: 'Last event',
      sortBy: (source) => source.lastEventReceivedAtTime ?? '',
      cell: (source) => <Time value={source.lastEventReceivedAtTime} />,
    },
    {
      id: 'created',
      header: 'Created',
      sortBy: (source) => source.createdAtTime,
      cell: (source) => <Time value={source.createdAtTime} />,
    },
    {
      id: 'actions',
      header: 'Actions',
      actions: true,
      cell: (source) => (
        <Button
          variant="ghost"
          size="small"
          icon={Trash2}
          disabledReason={missing}
          aria-label={`Delete ${source.integrationLabel}`}
          onClick={() => onDelete(source)}
        >
          Delete
        </Button>
      ),
    },
  ];
}

function DeleteLogSourceDialog({
  source,
  onClose,
}: {
  readonly source: LogSource;
  readonly onClose: () => void;
}) {
  const toast = useToast();
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => graphql(DeleteLogSourceDocument, { input: { id: source.integrationId } }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey });
      toast(`Deleted ${source.integrationLabel}`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      title="Delete log source?"
      confirmLabel="Delete"
      pending={remove.isPending}
      error={remove.error}
    >
      <p>
        The instance stops taking in logs from <b>{source.integrationLabel}</b>. What is in the data lake
        stays.
      </p>
    </ConfirmDialog>
  );
}
