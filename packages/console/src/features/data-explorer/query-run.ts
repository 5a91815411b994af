import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useEventStream } from '../../api/event-stream.ts';
import { graphql } from '../../api/graphql.ts';
import {
  CancelDataLakeQueryDocument,
  DataLakeQueryDocument,
  type DataLakeQueryQuery,
  type DataLakeQueryStatus,
  ExecuteDataLakeQueryDocument,
} from '../../api/operations.ts';
import { type RowParts, type RowView, spansIn, useRowParts } from '../../components/row-parts.ts';

export type ResultRow = Record<string, unknown>;
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

/** Rows of a result that are read at once. */
const rowsAtOnce = 500;
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
      queryClient.setQueryData<QueryPage>(runKey(id), page);
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
 * One query and the first rows of its results. While it runs its end is awaited on the query's event stream; the
 * results are read once, when it has succeeded.
 */
export function useQueryRun(id: string | undefined) {
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<RunProgress>();
  const run = useQuery({
    queryKey: runKey(id),
    queryFn: ({ signal }) => readQuery(id ?? '', 0, signal),
    enabled: id !== undefined,
  });
  const query = run.data;
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
      queryClient.setQueryData<QueryPage>(
        runKey(id),
        (before) => before && { ...before, status, message, completedAt: new Date().toISOString() },
      );
    },
  );
  return { run, query, running, progress, lost: running && stream === 'closed' };
}

/** The rows of a query's results, each found by its place. @param query with its first rows. */
export function useResultRows(
  { id, results }: QueryPage,
  view: RowView,
): Pick<RowParts<ResultRow>, 'rowAt' | 'error' | 'retry'> {
  const known = useMemo(() => rowsOf(results), [results]);
  const spans = spansIn(view, results?.stats.rowCount ?? 0, rowsAtOnce);
  const parts = spans
    .filter(({ start }) => start >= known.length)
    .map(({ start, count }) => ({
      ...{ key: String(start), start, count },
      read: async (signal: AbortSignal) => {
        const { results } = await readQuery(id, start, signal);
        if (results) return rowsOf(results);
        throw new Error('The results are no longer kept. Run the query again.');
      },
    }));
  const { rowAt, error, retry } = useRowParts(['data-lake-query-rows', id], parts);
  return { rowAt: (row) => known[row] ?? rowAt(row), error, retry };
}

/** A query with its rows from one on. */
async function readQuery(id: string, from: number, signal: AbortSignal): Promise<QueryPage> {
  const input = { pageSize: rowsAtOnce, ...(from > 0 && { cursor: String(from) }) };
  return (await graphql(DataLakeQueryDocument, { id, input }, signal)).dataLakeQuery;
}

export function rowsOf(results: QueryPage['results']): readonly ResultRow[] {
  return (results?.edges ?? []).map(({ node }) => node as ResultRow);
}
