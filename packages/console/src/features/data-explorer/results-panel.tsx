import { CircleSlash, LoaderCircle, Rows3, TriangleAlert, Unplug } from 'lucide-react';
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Drawer } from '../../components/dialog.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState, ErrorState, LoadFailure, SkeletonRows } from '../../components/states.tsx';
import { VirtualGrid } from '../../components/virtual-grid.tsx';
import { ColumnSummaryDrawer } from './column-summary.tsx';
import { DownloadMenu } from './download-menu.tsx';
import { bytes, count } from './quantities.ts';
import { type ResultRow, type RunProgress, rowsOf, type useQueryRun, useResultRows } from './query-run.ts';
import { cellText, columnWidthPx } from './result-columns.ts';

/** What became of the query: not run, running, failed, cancelled, or its rows. */
export function ResultsPanel({
  id,
  state,
}: {
  readonly id: string | undefined;
  readonly state: ReturnType<typeof useQueryRun>;
}) {
  const { run, query, running, progress, lost } = state;
  if (id === undefined) {
    return (
      <EmptyState icon={Rows3} title="No results yet">
        Run the query to see its rows here. Every query is recorded in the audit log.
      </EmptyState>
    );
  }
  if (query === undefined) {
    return run.isError ? (
      <ErrorState error={run.error} onRetry={() => void run.refetch()} />
    ) : (
      <SkeletonRows label="Loading the query" />
    );
  }
  if (lost) {
    return (
      <EmptyState
        icon={Unplug}
        title="The connection to the running query was lost"
        action={<Button onClick={() => void run.refetch()}>Check its state</Button>}
      >
        The query itself goes on.
      </EmptyState>
    );
  }
  if (running) return <Running startedAt={query.startedAt} progress={progress} />;
  if (query.status === 'failed') {
    return (
      <div role="alert" className="flex flex-col gap-2 p-5">
        <p className="flex items-center gap-2 font-medium text-bad text-sm">
          <TriangleAlert className="size-4" aria-hidden="true" />
          The query failed
        </p>
        <pre className="thin-scrollbar overflow-x-auto whitespace-pre-wrap rounded-md border border-line bg-sunken p-3 text-xs leading-5">
          {query.message || 'No reason was given.'}
        </pre>
      </div>
    );
  }
  if (query.status === 'cancelled') {
    return <EmptyState icon={CircleSlash} title="The query was cancelled" />;
  }
  return <Rows query={query} onReload={() => void run.refetch()} />;
}

type RunningProps = { readonly startedAt: string; readonly progress: RunProgress | undefined };

function Running({ startedAt, progress }: RunningProps) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const tick = () => setSeconds(Math.max(0, Math.floor((Date.now() - Date.parse(startedAt)) / 1000)));
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [startedAt]);
  return (
    <div className="flex items-center justify-center gap-2.5 py-14 text-muted text-sm">
      <LoaderCircle className="size-4 animate-spin" aria-hidden="true" />
      <span role="status">Running</span>
      <span aria-hidden="true">{seconds} s</span>
      {progress && (
        <span aria-hidden="true" className="tabular-nums">
          {progress.percentage !== null && `${Math.floor(progress.percentage)} % read · `}
          {count(progress.rowCount)} rows, {bytes(progress.resultBytes)} so far
        </span>
      )}
    </div>
  );
}

type RowsProps = {
  readonly query: NonNullable<ReturnType<typeof useQueryRun>['query']>;
  readonly onReload: () => void;
};

function Rows({ query, onReload }: RowsProps) {
  const [opened, setOpened] = useState<{ readonly row: ResultRow; readonly index: number }>();
  const [summed, setSummed] = useState<string>();
  const [view, setView] = useState({ first: 0, last: 0 });
  const { rowAt, error, retry } = useResultRows(query, view);
  const { results } = query;
  const columns = useMemo(() => {
    const sample = rowsOf(results);
    return (results?.columnInfo.order ?? []).map((name) => ({
      id: name,
      header: (
        <button
          type="button"
          title={`Sum up ${name}`}
          onClick={() => setSummed(name)}
          className="truncate font-mono outline-offset-[-2px]! hover:text-accent hover:underline"
        >
          {name}
        </button>
      ),
      width: `${columnWidthPx(name, sample)}px`,
      cell: (row: ResultRow) => <Cell value={row[name]} />,
    }));
  }, [results]);
  const onView = useCallback((first: number, last: number) => setView({ first, last }), []);
  if (!results)
    return (
      <ErrorState
        error={new Error('The results are no longer kept. Run the query again.')}
        onRetry={onReload}
      />
    );
  const { rowCount } = results.stats;
  return (
    <>
      <Statistics>
        <span role="status">
          {count(rowCount)} {rowCount === 1 ? 'row' : 'rows'}
        </span>
        <span>{count(results.stats.executionTime)} ms</span>
        <span>{bytes(results.stats.bytesScanned)} scanned</span>
        <span className="ml-auto flex flex-wrap items-center gap-1">
          <CopyButton
            text={`${location.origin}/data-explorer/${query.id}`}
            label="Copy link"
            variant="ghost"
            size="small"
          />
          {rowCount > 0 && <DownloadMenu queryId={query.id} columns={results.columnInfo.order} />}
        </span>
      </Statistics>
      {results.warnings.length > 0 && (
        <div className="border-line border-b p-3">
          <Notice tone="warn" title="Some rows are missing from these results">
            {results.warnings.map((warning) => (
              <p key={warning}>{warning}</p>
            ))}
          </Notice>
        </div>
      )}
      {rowCount === 0 ? (
        <EmptyState icon={Rows3} title="The query gave no rows" />
      ) : (
        <VirtualGrid
          label="Query results"
          count={rowCount}
          rowAt={rowAt}
          rowKey={String}
          awaitedCell={(index) => (
            <span className="font-mono text-faint text-xs">Row {count(index + 1)}</span>
          )}
          columns={columns}
          rowHeightPx={32}
          onOpen={(row, index) => setOpened({ row, index })}
          onView={onView}
        />
      )}
      {error && <LoadFailure what="Rows" error={error} onRetry={retry} />}
      {summed !== undefined && (
        <ColumnSummaryDrawer queryId={query.id} column={summed} onClose={() => setSummed(undefined)} />
      )}
      {opened && (
        <Drawer
          title={`Row ${opened.index + 1}`}
          onClose={() => setOpened(undefined)}
          actions={
            <CopyButton text={JSON.stringify(opened.row, null, 2)} label="Copy JSON" variant="ghost" />
          }
        >
          <JsonView value={opened.row} />
        </Drawer>
      )}
    </>
  );
}

function Cell({ value }: { readonly value: unknown }) {
  const text = cellText(value);
  return text === null ? (
    <span className="text-faint text-xs italic">null</span>
  ) : (
    <span className="font-mono text-xs">{text.slice(0, 500)}</span>
  );
}

function Statistics({ children }: { readonly children: ReactNode }) {
  return (
    <div className="flex min-h-9 flex-wrap items-center gap-x-4 border-line border-b py-1 pr-3 pl-5 text-muted text-xs">
      {children}
    </div>
  );
}
