import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AuditLogCountsDocument, type AuditLogsInput } from '../../api/operations.ts';
import type { LoadedPart, RowView } from '../../components/row-parts.ts';
import { parseTime } from '../../components/timestamp.ts';
import type { AuditLogCounts } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type HistoryPart, isCoarse, partsOf, stretchesOf, timeIn } from './history-parts.ts';

type PartsByTime = {
  /** How many rows all parts have. */
  readonly count: number;
  /** Those that can be read. */
  readonly inView: readonly HistoryPart[];
  /** When about the record of a row was, in words. */
  readonly timeAt: (row: number) => string | undefined;
  /** Takes a part to have as many rows as were found, and not as were counted. */
  readonly correct: (part: LoadedPart<AuditLogEntry>) => void;
  readonly error: Error | null;
  readonly retry: () => void;
};

/**
 * The history in stretches of time, by how many records were counted in each. Where there are too many of one time to read
 * them at once, they are counted finer when somebody comes to them.
 * @param above entries that were counted with the others, and stand above them.
 */
export function usePartsByTime(
  input: AuditLogsInput,
  counts: AuditLogCounts | undefined,
  above: readonly AuditLogEntry[],
  view: RowView,
): PartsByTime {
  const [finer, setFiner] = useState<ReadonlyMap<string, AuditLogCounts>>(new Map());
  const [found, setFound] = useState<ReadonlyMap<string, number>>(new Map());
  const parts = useMemo(() => {
    if (counts === undefined) return [];
    const stretches = (counts: AuditLogCounts) => {
      const counted = above.filter(({ index }) => index < counts.end);
      const times = counted.map(({ record }) => parseTime(record.timestamp).getTime());
      return stretchesOf(counts, times);
    };
    const inner = Array.from(finer, ([key, counts]) => [key, stretches(counts)] as const);
    return partsOf(stretches(counts), { finer: new Map(inner), found });
  }, [counts, above, finer, found]);

  const inView = parts.filter(({ start, count }) => start <= view.last && start + count > view.first);
  const coarse = inView.find(isCoarse);
  const counting = useFinerCounts(input, coarse);
  if (coarse && counting.data && !finer.has(coarse.key)) {
    setFiner(new Map(finer).set(coarse.key, counting.data));
  }
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    inView: inView.filter((part) => !isCoarse(part)),
    timeAt: (row) => {
      const part = parts.find(({ start, count }) => row >= start && row < start + count);
      return part && timeIn(part, row);
    },
    correct: ({ key, rows }) => setFound(new Map(found).set(key, rows.length)),
    error: counting.error,
    retry: () => void counting.refetch(),
  };
}

/** The times of a part, as far as they are in the period that is searched. */
export function timesOf({ from, to }: HistoryPart, { timestampAfter, timestampBefore }: AuditLogsInput) {
  const time = (text: string | null | undefined, otherwise: number) =>
    text == null ? otherwise : Date.parse(text);
  return {
    timestampAfter: new Date(Math.max(from, time(timestampAfter, from))).toISOString(),
    timestampBefore: new Date(Math.min(to, time(timestampBefore, to))).toISOString(),
  };
}

/** Of how many buckets a stretch is made at most when it is counted finer. */
const bucketsMax = 500;

function useFinerCounts(input: AuditLogsInput, part: HistoryPart | undefined) {
  return useQuery({
    queryKey: ['audit-log-finer-counts', input, part?.key],
    queryFn: async ({ signal }) => {
      const narrower = { ...input, ...(part && timesOf(part, input)), bucketsMax };
      const { auditLogCounts } = await graphql(AuditLogCountsDocument, { input: narrower }, signal);
      if (auditLogCounts.isComplete) return auditLogCounts;
      throw new Error('There was no time to count those of this time.');
    },
    enabled: part !== undefined,
    gcTime: 0,
  });
}
