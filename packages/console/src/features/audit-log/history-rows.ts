import { useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { AuditLogsDocument, type AuditLogsInput } from '../../api/operations.ts';
import {
  type RowPart,
  type RowParts,
  type RowView,
  spansIn,
  useRowParts,
} from '../../components/row-parts.ts';
import type { AuditLogCounts } from './audit-log-counts.ts';
import type { AuditLogEntry } from './audit-log-entry-type.ts';
import { type HistoryPart, partSize, partSizeMax } from './history-parts.ts';
import { timesOf, usePartsByTime } from './parts-by-time.ts';

type HistoryRowsOptions = {
  /** With the period in times, which do not move on. */
  readonly input: AuditLogsInput;
  /** Undefined while what matches is not counted: then there are no rows. */
  readonly counts: AuditLogCounts | undefined;
  /** Where the first pages ended: what arrives later is never among the rows. Undefined where nothing is below. */
  readonly below: string | undefined;
  /** Entries that stand above the rows. */
  readonly above: readonly AuditLogEntry[];
  readonly view: RowView;
};

/** The rows of the history below its first pages, each found by its place. */
export type HistoryRows = Omit<RowParts<AuditLogEntry>, 'loaded'> & {
  readonly count: number;
  /** The row of an entry; undefined for one that is not loaded. */
  readonly rowOf: (index: number) => number | undefined;
  /** When about the record of a row was, in words. */
  readonly timeAt: (row: number) => string | undefined;
};

const nothing: RowView = { first: 0, last: -1 };

/** Without filters a row's place in the ledger says what is there; else its time, unless not all was counted. */
export function useHistoryRows({ input, counts, below, above, view }: HistoryRowsOptions): HistoryRows {
  const isWhole = Object.keys(input).length === 0;
  const [left, setLeft] = useState(Number.POSITIVE_INFINITY);
  const known = below === undefined ? undefined : counts;
  const byTime = usePartsByTime(
    input,
    isWhole || known?.isComplete ? known : undefined,
    above,
    isWhole ? nothing : view,
  );
  const count = isWhole && known ? Math.min(left, Number(below) - known.begin) : byTime.count;
  const parts = isWhole
    ? spansIn(view, count, partSize).map((span) => partOfLedger(span, Number(below)))
    : byTime.inView.map((part) => partOfTime(part, input, below));
  const rows = useRowParts(['audit-log-rows', input, below], parts);

  // Somebody was erased, or records were removed, since they were counted.
  const unlike = rows.loaded.find((part) => part.rows.length !== part.count);
  if (unlike && isWhole) setLeft(unlike.start + unlike.rows.length);
  else if (unlike) byTime.correct(unlike);

  return {
    count,
    rowAt: rows.rowAt,
    rowOf: (index) => {
      for (const { start, rows: entries } of rows.loaded) {
        const place = entries.findIndex((entry) => entry.index === index);
        if (place >= 0) return start + place;
      }
      return undefined;
    },
    timeAt: byTime.timeAt,
    error: byTime.error ?? rows.error,
    retry: byTime.error ? byTime.retry : rows.retry,
  };
}

function partOfLedger(
  { start, count }: { readonly start: number; readonly count: number },
  below: number,
): RowPart<AuditLogEntry> {
  return {
    ...{ key: String(start), start, count },
    read: (signal) => readEntries({ pageSize: count, cursor: String(below - start) }, signal, count),
  };
}

function partOfTime(part: HistoryPart, input: AuditLogsInput, below = ''): RowPart<AuditLogEntry> {
  const page = { ...input, ...timesOf(part, input), pageSize: partSizeMax, cursor: below };
  return { ...part, read: (signal) => readEntries(page, signal) };
}

/** @param max no more are wanted. */
async function readEntries(
  input: AuditLogsInput,
  signal: AbortSignal,
  max = Number.POSITIVE_INFINITY,
): Promise<readonly AuditLogEntry[]> {
  const entries: AuditLogEntry[] = [];
  for (let page = input; ; ) {
    const { edges, pageInfo } = (await graphql(AuditLogsDocument, { input: page }, signal)).auditLogs;
    entries.push(...edges.map(({ node }) => node as AuditLogEntry));
    if (!pageInfo.hasNextPage || entries.length >= max) return entries;
    page = { ...page, cursor: pageInfo.endCursor };
  }
}
