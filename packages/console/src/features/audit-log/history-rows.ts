import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AuditLogCountsDocument, AuditLogsDocument, type AuditLogsInput } from '../../api/operations.ts';
import { type RowPart, useRowParts } from '../../components/row-parts.ts';
import { parseTime } from '../../components/timestamp.ts';
import type { AuditLogCounts } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type HistoryPart, isCoarse, partSizeMax, partsOf, stretchesOf, timeIn } from './history-parts.ts';

type HistoryRowsOptions = {
  /** With the period in times, which do not move on. */
  readonly input: AuditLogsInput;
  /** All that matches; undefined while it is not counted, or not to its end: then there are no rows. */
  readonly counts: AuditLogCounts | undefined;
  /** Where the first pages ended: what arrives later is never among the rows. Undefined where nothing is below. */
  readonly below: string | undefined;
  /** Entries that stand above the rows. */
  readonly above: readonly AuditLogEntry[];
  /** The rows in view, the last in it too. */
  readonly view: { readonly first: number; readonly last: number };
};

/** The rows of the history below its first pages, each found by its place. */
export type HistoryRows = {
  readonly count: number;
  /** Undefined while it is not loaded. */
  readonly rowAt: (row: number) => AuditLogEntry | undefined;
  /** The row of an entry; undefined for one that is not loaded. */
  readonly rowOf: (index: number) => number | undefined;
  /** When about its record was, in words. */
  readonly timeAt: (row: number) => string | undefined;
  readonly error: Error | undefined;
  readonly retry: () => void;
};

/**
 * How many records there are of each time says at what time a row is, and what is there is read. Where there are too many
 * of one time to read them at once, they are counted finer when somebody comes to them.
 */
export function useHistoryRows({ input, counts, below, above, view }: HistoryRowsOptions): HistoryRows {
  const [finer, setFiner] = useState<ReadonlyMap<string, AuditLogCounts>>(new Map());
  const [found, setFound] = useState<ReadonlyMap<string, number>>(new Map());
  const parts = useMemo(() => {
    if (counts === undefined || below === undefined) return [];
    const stretches = (counts: AuditLogCounts) => {
      const counted = above.filter(({ index }) => index < counts.end);
      return stretchesOf(
        counts,
        counted.map(({ record }) => parseTime(record.timestamp).getTime()),
      );
    };
    const inner = Array.from(finer, ([key, counts]) => [key, stretches(counts)] as const);
    return partsOf(stretches(counts), { finer: new Map(inner), found });
  }, [counts, below, above, finer, found]);

  const inView = parts.filter(({ start, count }) => start <= view.last && start + count > view.first);
  const coarse = inView.find(isCoarse);
  const counting = useFinerCounts(input, coarse);
  if (coarse && counting.data && !finer.has(coarse.key))
    setFiner(new Map(finer).set(coarse.key, counting.data));

  const rows = useRowParts(
    ['audit-log-rows', input, below],
    inView.filter((part) => !isCoarse(part)).map((part) => asRowPart(part, input, below)),
  );
  // Somebody was erased, or records were removed, since they were counted.
  const unlike = rows.loaded.find((part) => part.rows.length !== part.count);
  if (unlike) setFound(new Map(found).set(unlike.key, unlike.rows.length));

  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    rowAt: rows.rowAt,
    rowOf: (index) => {
      for (const { start, rows: entries } of rows.loaded) {
        const place = entries.findIndex((entry) => entry.index === index);
        if (place >= 0) return start + place;
      }
      return undefined;
    },
    timeAt: (row) => {
      const part = parts.find(({ start, count }) => row >= start && row < start + count);
      return part && timeIn(part, row);
    },
    error: counting.error ?? rows.error,
    retry: () => (counting.isError ? void counting.refetch() : rows.retry()),
  };
}

/** Of how many buckets a stretch is made at most when it is counted finer. */
const bucketsMax = 500;

function useFinerCounts(input: AuditLogsInput, part: HistoryPart | undefined) {
  return useQuery({
    queryKey: ['audit-log-finer-counts', input, part?.key],
    queryFn: async ({ signal }) => {
      const { auditLogCounts } = await graphql(
        AuditLogCountsDocument,
        { input: { ...input, ...(part && timesOf(part, input)), bucketsMax } },
        signal,
      );
      if (auditLogCounts.isComplete) return auditLogCounts;
      throw new Error('There was no time to count the records here.');
    },
    enabled: part !== undefined,
    gcTime: 0,
  });
}

function asRowPart(part: HistoryPart, input: AuditLogsInput, below = ''): RowPart<AuditLogEntry> {
  return {
    ...part,
    async read(signal) {
      const entries: AuditLogEntry[] = [];
      for (let cursor = below; ; ) {
        const page = { ...input, ...timesOf(part, input), pageSize: partSizeMax, cursor };
        const { edges, pageInfo } = (await graphql(AuditLogsDocument, { input: page }, signal)).auditLogs;
        entries.push(...edges.map(({ node }) => node as AuditLogEntry));
        if (!pageInfo.hasNextPage) return entries;
        cursor = pageInfo.endCursor ?? '';
      }
    },
  };
}

/** The times of a part, as far as they are in the period that is searched. */
function timesOf({ from, to }: HistoryPart, { timestampAfter, timestampBefore }: AuditLogsInput) {
  const time = (text: string | null | undefined, otherwise: number) =>
    text == null ? otherwise : Date.parse(text);
  return {
    timestampAfter: new Date(Math.max(from, time(timestampAfter, from))).toISOString(),
    timestampBefore: new Date(Math.min(to, time(timestampBefore, to))).toISOString(),
  };
}
