import { useQuery } from '@tanstack/react-query';
import { graphql } from '../../api/graphql.ts';
import { DataLakeQuerySummaryDocument, type DataLakeQuerySummaryQuery } from '../../api/operations.ts';
import { Drawer } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { count } from './quantities.ts';
import { cellText } from './result-columns.ts';

type ColumnSummaryDrawerProps = {
  readonly queryId: string;
  readonly column: string;
  readonly onClose: () => void;
};

/** What one column of a result holds, over all its rows. */
export function ColumnSummaryDrawer({ queryId, column, onClose }: ColumnSummaryDrawerProps) {
  const summary = useQuery({
    queryKey: ['data-lake-query-summary', queryId, column],
    queryFn: async ({ signal }) =>
      (await graphql(DataLakeQuerySummaryDocument, { input: { id: queryId, column } }, signal))
        .dataLakeQuerySummary,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Drawer
      title={<span className="font-mono">{column}</span>}
      description="Column summary"
      onClose={onClose}
    >
      <Loaded query={summary} label="the summary">
        {(found) => <Summary {...found} />}
      </Loaded>
    </Drawer>
  );
}

function Summary({
  rowCount,
  nulls,
  distinct,
  min,
  max,
  top,
}: DataLakeQuerySummaryQuery['dataLakeQuerySummary']) {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Rows', count(rowCount)],
    ['Nulls', rowCount === 0 ? '0' : `${count(nulls)} (${share(nulls, rowCount)})`],
    ['Different values', count(distinct)],
    ['Smallest', cellText(min)],
    ['Largest', cellText(max)],
  ];
  return (
    <div className="flex flex-col gap-6">
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-muted">{label}</dt>
            <dd className="wrap-anywhere">{value ?? <span className="text-faint">–</span>}</dd>
          </div>
        ))}
      </dl>
      {top.length > 0 && (
        <section aria-label="Most frequent values" className="flex flex-col gap-2">
          <h3 className="font-semibold text-sm">
            {distinct > top.length ? `The ${top.length} most frequent values` : 'Values'}
          </h3>
          <ul className="flex flex-col gap-2">
            {top.map(({ value, count: times }) => (
              <li key={JSON.stringify(value)} className="flex flex-col gap-1">
                <span className="flex items-baseline gap-4 text-xs">
                  <code className="wrap-anywhere line-clamp-3 flex-1">{cellText(value)}</code>
                  <span className="whitespace-nowrap text-muted tabular-nums">
                    {count(times)} ({share(times, rowCount)})
                  </span>
                </span>
                <meter
                  min={0}
                  max={rowCount}
                  value={times}
                  aria-label={`${times} of ${rowCount} rows`}
                  className="h-1.5 w-full"
                />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function share(part: number, whole: number): string {
  return new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 }).format(part / whole);
}
