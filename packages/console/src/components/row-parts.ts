import { useQueries } from '@tanstack/react-query';

/** The rows in view, the last in it too. */
export type RowView = { readonly first: number; readonly last: number };

/** Rows that are read at once. */
export type RowPart<Row> = {
  /** Unlike that of any other part of the table. */
  readonly key: string;
  readonly start: number;
  readonly count: number;
  readonly read: (signal: AbortSignal) => Promise<readonly Row[]>;
};

export type LoadedPart<Row> = RowPart<Row> & { readonly rows: readonly Row[] };

export type RowParts<Row> = {
  readonly loaded: readonly LoadedPart<Row>[];
  /** Undefined while it is not loaded. */
  readonly rowAt: (row: number) => Row | undefined;
  /** Why a part could not be read. */
  readonly error: Error | undefined;
  readonly retry: () => void;
};

/** How long rows stay loaded that are out of view. */
const keptMs = 30_000;

/**
 * Reads the parts of a table that are in view, and forgets them when they have been out of it for a while.
 * @param tableKey unlike that of any other table.
 */
export function useRowParts<Row>(
  tableKey: readonly unknown[],
  parts: readonly RowPart<Row>[],
): RowParts<Row> {
  const queries = useQueries({
    queries: parts.map(({ key, read }) => ({
      queryKey: [...tableKey, key],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => read(signal),
      gcTime: keptMs,
    })),
  });
  const loaded = parts.flatMap((part, place) => {
    const rows = queries[place]?.data;
    return rows === undefined ? [] : [{ ...part, rows }];
  });
  const failed = queries.filter(({ isError, isFetching }) => isError && !isFetching);
  return {
    loaded,
    rowAt: (row) => {
      const part = loaded.find(({ start, count }) => row >= start && row < start + count);
      return part?.rows[row - part.start];
    },
    error: failed[0]?.error ?? undefined,
    retry: () => {
      for (const query of failed) void query.refetch();
    },
  };
}

/** The rows in view in spans of one size; the last of all may be shorter. */
export function spansIn(
  { first, last }: RowView,
  count: number,
  size: number,
): readonly { readonly start: number; readonly count: number }[] {
  const spans: { readonly start: number; readonly count: number }[] = [];
  const from = Math.max(0, first);
  for (let start = from - (from % size); start <= last && start < count; start += size) {
    spans.push({ start, count: Math.min(size, count - start) });
  }
  return spans;
}
