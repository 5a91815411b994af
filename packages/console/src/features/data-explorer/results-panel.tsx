import { CircleSlash, LoaderCircle, Rows3, TriangleAlert, Unplug } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Drawer } from '../../components/dialog.tsx';
import { JsonView } from '../../components/json-view.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../../components/states.tsx';
import { VirtualGrid } from '../../components/virtual-grid.tsx';
import { ColumnSummaryDrawer } from './column-summary.tsx';
import { DownloadMenu } from './download-menu.tsx';
import { bytes, count } from './quantities.ts';
import type { RunProgress, useQueryRun } from './query-run.ts';
import { cellText, columnWidthPx } from './result-columns.ts';

type ResultRow = Record<string, unknown>;

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
  return <Rows state={state} />;
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

function Rows({ state }: { readonly state: ReturnType<typeof useQueryRun> }) {
  const { run } = state;
  const [opened, setOpened] = useState<{ readonly row: ResultRow; readonly index: number }>();
  const [summed, setSummed] = useState<string>();
  const pages = run.data?.pages;
  const rows = useMemo(() => rowsOf(pages), [pages]);
  const results = pages?.[0]?.results;
  const order = results?.columnInfo.order;
  const columns = useMemo(
    () =>
      (order ?? []).map((name) => ({
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
        width: `${columnWidthPx(name, rows)}px`,
        cell: (row: ResultRow) => <Cell value={row[name]} />,
      })),
    [order, rows],
  );
  if (!results)
    return (
      <ErrorState
        error={new Error('The results are no longer kept. Run the query again.')}
        onRetry={() => void run.refetch()}
      />
    );
  return (
    <>
      <Statistics>
        <span role="status">
          {count(results.stats.rowCount)} {results.stats.rowCount === 1 ? 'row' : 'rows'}
        </span>
        <span>{count(results.stats.executionTime)} ms</span>
        <span>{bytes(results.stats.bytesScanned)} scanned</span>
        <span className="ml-auto flex flex-wrap items-center gap-1">
          <CopyButton
            text={`${location.origin}/data-explorer/${state.query?.id}`}
            label="Copy link"
            variant="ghost"
            size="small"
          />
          {rows.length > 0 && state.query && (
            <DownloadMenu queryId={state.query.id} columns={results.columnInfo.order} />
          )}
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
      {rows.length === 0 ? (
        <EmptyState icon={Rows3} title="The query gave no rows" />
      ) : (
        <VirtualGrid
          label="Query results"
          rows={rows}
          rowKey={(_, index) => String(index)}
          columns={columns}
          rowHeightPx={32}
          rowCount={results.stats.rowCount}
          onOpen={(row, index) => setOpened({ row, index })}
          onEndReached={() =>
            run.hasNextPage && !run.isFetchingNextPage && !run.isError && void run.fetchNextPage()
          }
          footer={
            <div className="sticky left-0 flex min-h-8 items-center justify-center text-muted text-xs">
              {run.isFetchingNextPage && 'Loading more rows'}
              {run.isFetchNextPageError && (
                <span role="alert" className="flex items-center gap-2">
                  More rows could not be loaded: {run.error?.message}
                  <Button size="small" onClick={() => void run.fetchNextPage()}>
                    Retry
                  </Button>
                </span>
              )}
            </div>
          }
        />
      )}
      {summed !== undefined && state.query && (
        <ColumnSummaryDrawer queryId={state.query.id} column={summed} onClose={() => setSummed(undefined)} />
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

type Pages = NonNullable<ReturnType<typeof useQueryRun>['run']['data']>['pages'];

function rowsOf(pages: Pages = []): ResultRow[] {
  return pages.flatMap(({ results }) => (results?.edges ?? []).map(({ node }) => node as ResultRow));
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
