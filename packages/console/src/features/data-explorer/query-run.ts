import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useEventStream } from '../../api/event-stream.ts';
import { graphql } from '../../api/graphql.ts';
import {
  CancelDataLakeQueryDocument,
  DataLakeQueryDocument,
  type DataLakeQueryQuery,
  type DataLakeQueryStatus,
  ExecuteDataLakeQueryDocument,
} from '../../api/operations.ts';

type QueryPage = DataLakeQueryQuery['dataLakeQuery'];
/** How far a running query is. */
export interface RunProgress {
  readonly rowCount: number;
  readonly resultBytes: number;
  /** Of what there is to read; null while it can't be told. */
  readonly percentage: number | null;
}

interface StatusEvent {
  readonly status: DataLakeQueryStatus;
  readonly message: string;
  readonly rowCount: number;
  readonly progress?: Omit<RunProgress, 'rowCount'>;
}

type Pages = { pages: QueryPage[]; pageParams: string[] };

const resultPageSize = 999;
/** The list of former queries: read again, where it is open, when a query of this page has ended. */
export const recentQueriesKey = ['recent-data-lake-queries'];
/** The tables with how their files are: read again when a query of this page has met one that is damaged. */
export const tablesKey = ['data-lake-tables'];

const runKey = (id: string | undefined) => ['data-lake-query', id];

/** Starts a query; it is known as running from then on, without being read. */
export function useExecuteQuery(onStarted: (id: string) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (sql: string) =>
      (await graphql(ExecuteDataLakeQueryDocument, { input: { sql } })).executeDataLakeQuery.id,
    onSuccess: (id, sql) => {
      const page: QueryPage = {
        id,
        sql,
        status: 'running',
        message: '',
        startedAt: new Date().toISOString(),
        completedAt: null,
        results: null,
      };
      queryClient.setQueryData<Pages>(runKey(id), { pages: [page], pageParams: [''] });
      onStarted(id);
    },
  });
}

export function useCancelQuery() {
  return useMutation({
    mutationFn: (id: string) => graphql(CancelDataLakeQueryDocument, { input: { id } }),
  });
}

/**
 * One query and the pages of its results. While it runs its end is awaited on the query's event stream; the
 * results are read once, when it has succeeded.
 */
export function useQueryRun(id: string | undefined) {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<RunProgress>();
  const run = useInfiniteQuery({
    queryKey: runKey(id),
    queryFn: async ({ pageParam, signal }) => {
      const input = { pageSize: resultPageSize, ...(pageParam && { cursor: pageParam }) };
      return (await graphql(DataLakeQueryDocument, { id: id ?? '', input }, signal)).dataLakeQuery;
    },
    initialPageParam: '',
    getNextPageParam: ({ results }) =>
      results?.pageInfo.hasNextPage ? results.pageInfo.endCursor : undefined,
    enabled: id !== undefined,
  });
  const query = run.data?.pages[0];
  const running = query?.status === 'running';
  const stream = useEventStream(
    id !== undefined && running ? `/internal/data-lake-queries/${encodeURIComponent(id)}/stream` : null,
    'status',
    (data) => {
      const { status, message, rowCount, progress } = data as StatusEvent;
      if (status === 'running') {
        return void (progress && setProgress({ rowCount, ...progress }));
      }
      setProgress(undefined);
      void queryClient.invalidateQueries({ queryKey: recentQueriesKey });
      if (/^the data file \S+ is missing or damaged$/.test(message)) {
        void queryClient.invalidateQueries({ queryKey: tablesKey });
      }
      if (status === 'succeeded') return void run.refetch();
      queryClient.setQueryData<Pages>(runKey(id), (before) => {
        const [page] = before?.pages ?? [];
        return (
          page && {
            pages: [{ ...page, status, message, completedAt: new Date().toISOString() }],
            pageParams: [''],
          }
        );
      });
    },
  );
  return { run, query, running, progress, lost: running && stream === 'closed' };
}
