import { Tabs } from '@base-ui/react/tabs';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Bookmark, PanelLeft, Play, Square } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { graphql } from '../../api/graphql.ts';
import { DataLakeDatabasesDocument } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Notice } from '../../components/notice.tsx';
import { PageHeader } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { SavedQueryDialog } from '../saved-queries/saved-query-dialog.tsx';
import { exampleQuery } from './example-query.ts';
import { tablesKey, useCancelQuery, useExecuteQuery, useQueryRun } from './query-run.ts';
import { RecentQueries } from './recent-queries.tsx';
import { ResultsPanel } from './results-panel.tsx';
import { SchemaTree } from './schema-tree.tsx';
import type { Vocabulary } from './sql-completion.ts';

const SqlEditor = lazy(() => import('./sql-editor.tsx'));
const route = getRouteApi('/console/data-explorer/{-$queryId}');
const noWords: Vocabulary = { databases: [], functions: [] };
const runKeys = navigator.platform.startsWith('Mac') ? '⌘ ↵' : 'Ctrl ↵';

/** SQL over the data lake: editor, tables and former queries, results. */
export function DataExplorerPage() {
  const { queryId } = route.useParams();
  const navigate = useNavigate();
  const { sql: givenSql } = route.useSearch();
  const [sql, setSql] = useState(givenSql ?? exampleQuery);
  const [sidebarOpen, setSidebarOpen] = useState(false);
  const vocabulary = useQuery({
    queryKey: tablesKey,
    queryFn: async ({ signal }): Promise<Vocabulary> => {
      const found = await graphql(DataLakeDatabasesDocument, {}, signal);
      return { databases: found.dataLakeDatabases, functions: found.dataLakeFunctions };
    },
  });
  const state = useQueryRun(queryId);
  const execute = useExecuteQuery(
    (id) => void navigate({ to: '/data-explorer/{-$queryId}', params: { queryId: id } }),
  );
  const cancel = useCancelQuery();
  const missingModify = useMissing('DataAnalyticsModify');
  const [saving, setSaving] = useState(false);
  const running = state.running && !state.lost;

  const openedSql = state.query?.sql;
  useEffect(() => {
    if (openedSql !== undefined) setSql(openedSql);
  }, [openedSql]);

  const run = (text: string) => {
    if (text.trim() !== '' && !execute.isPending && !running) execute.mutate(text);
  };
  const failure = execute.error ?? cancel.error;

  return (
    <div className="flex min-h-full flex-1 flex-col md:h-full md:min-h-0">
      <div className="border-line border-b px-4 pt-4 pb-3 sm:px-5">
        <PageHeader
          title="Data Explorer"
          description="Query the data lake with SQL."
          actions={
            <Button
              icon={PanelLeft}
              aria-expanded={sidebarOpen}
              aria-controls="data-explorer-sidebar"
              onClick={() => setSidebarOpen(!sidebarOpen)}
              className="lg:hidden"
            >
              Tables and queries
            </Button>
          }
        />
      </div>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <aside
          id="data-explorer-sidebar"
          aria-label="Tables and queries"
          className={classNames(
            'thin-scrollbar max-h-72 shrink-0 overflow-y-auto border-line bg-surface max-lg:border-b lg:block lg:max-h-none lg:w-72 lg:border-r',
            !sidebarOpen && 'hidden',
          )}
        >
          <Tabs.Root defaultValue="schema">
            <Tabs.List className="sticky top-0 z-10 flex gap-1 border-line border-b bg-surface px-2">
              {[
                { value: 'schema', label: 'Tables' },
                { value: 'recent', label: 'Recent queries' },
              ].map(({ value, label }) => (
                <Tabs.Tab
                  key={value}
                  value={value}
                  className="-mb-px h-9 border-transparent border-b-2 px-2 font-medium text-muted text-xs outline-offset-[-2px]! data-active:border-accent data-active:text-accent"
                >
                  {label}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="schema">
              <Loaded query={vocabulary} label="tables">
                {({ databases }) => (
                  <SchemaTree
                    databases={databases}
                    onInsert={(text) => setSql((now) => `${now.trimEnd()} ${text}`)}
                  />
                )}
              </Loaded>
            </Tabs.Panel>
            <Tabs.Panel value="recent">
              <RecentQueries currentId={queryId} />
            </Tabs.Panel>
          </Tabs.Root>
        </aside>
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <section aria-label="Query" className="flex shrink-0 flex-col border-line border-b bg-surface">
            <div className="h-52 min-h-24 resize-y overflow-hidden">
              <Suspense fallback={<EditorSkeleton />}>
                <SqlEditor
                  value={sql}
                  onChange={setSql}
                  onRun={run}
                  vocabulary={vocabulary.data ?? noWords}
                />
              </Suspense>
            </div>
            <div className="flex items-center gap-2 border-line border-t px-5 py-2">
              <Button
                variant="primary"
                icon={Play}
                pending={execute.isPending}
                disabled={running || sql.trim() === ''}
                onClick={() => run(sql)}
              >
                Run
                <kbd className="pointer-coarse:hidden font-sans text-2xs opacity-75">{runKeys}</kbd>
              </Button>
              {running && queryId !== undefined && (
                <Button icon={Square} pending={cancel.isPending} onClick={() => cancel.mutate(queryId)}>
                  Cancel
                </Button>
              )}
              <Button
                variant="ghost"
                icon={Bookmark}
                disabledReason={missingModify}
                disabled={sql.trim() === ''}
                onClick={() => setSaving(true)}
                className="ml-auto"
              >
                Save query
              </Button>
            </div>
            {failure && (
              <div className="px-3 pb-2">
                <Notice tone="bad" title={failure.message} />
              </div>
            )}
          </section>
          <section aria-label="Results" className="flex min-h-80 flex-1 flex-col bg-surface md:min-h-0">
            <ResultsPanel key={queryId} id={queryId} state={state} />
          </section>
        </div>
      </div>
      {saving && <SavedQueryDialog query={undefined} sql={sql} onClose={() => setSaving(false)} />}
    </div>
  );
}

function EditorSkeleton() {
  return (
    <div className="flex flex-col gap-2.5 p-4" aria-hidden="true">
      <Skeleton className="h-3 w-56" />
      <Skeleton className="h-3 w-96 max-w-full" />
      <Skeleton className="h-3 w-72" />
    </div>
  );
}
