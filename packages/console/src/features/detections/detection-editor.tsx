import { Tabs } from '@base-ui/react/tabs';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { Copy, FlaskConical, Power, PowerOff, Save } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { graphql } from '../../api/graphql.ts';
import {
  DataLakeDatabasesDocument,
  type DetectionTestsFragment,
  type DetectionWholeFragment,
  UpdateDetectionStateDocument,
} from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, buttonClassName } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { PageHeader } from '../../components/page.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useToast } from '../../components/toast.tsx';
import { SeverityMark } from '../alerts/alert-marks.tsx';
import { BacktestPanel } from './backtest-panel.tsx';
import { problemsOf } from './code-problems.ts';
import { detectionQuery, detectionsQuery } from './detections-query.ts';
import { type DetectionFile, familyOf, kindLabels, type SavedDetection } from './families.ts';
import { TestsPanel } from './tests-panel.tsx';
import { VersionsPanel } from './versions-panel.tsx';

const CodeEditor = lazy(() => import('../../components/code-editor.tsx'));

type DetectionEditorProps = {
  readonly kind: string;
  /** Undefined for one that is not kept yet. */
  readonly saved: DetectionWholeFragment | undefined;
  readonly files: readonly DetectionFile[];
};

type Problem = DetectionTestsFragment['problems'][number];
const noProblems: readonly Problem[] = [];

/** The files of a detection, with what can be done with them: test, backtest, save, go back. */
export function DetectionEditor({ kind, saved, files: initial }: DetectionEditorProps) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const toast = useToast();
  const family = familyOf(kind);
  const missing = useMissing(family?.modify ?? 'RuleModify');
  const closed = missing ?? (saved?.managed ? 'It ships with the product: copy it to change it' : undefined);
  const [files, setFiles] = useState(initial);
  const [tab, setTab] = useState('tests');
  const isChanged = files !== initial || saved === undefined;
  const fields = useEventFields(saved?.sources ?? ['Panther.Audit']);

  /** The detection now, and the list when it is shown again. */
  const readAnew = async (kept: SavedDetection) => {
    queryClient.removeQueries({ queryKey: detectionsQuery.queryKey });
    await queryClient.invalidateQueries({ queryKey: detectionQuery(kept.kind, kept.id).queryKey });
  };
  const test = useMutation({ mutationFn: async () => family?.test(files) });
  const save = useMutation({
    mutationFn: async () =>
      saved === undefined ? family?.create(files, true) : family?.update(saved.id, files, saved.enabled),
    onSuccess: async (kept) => {
      if (kept === undefined) return;
      toast(`Saved ${kept.id}`);
      await readAnew(kept);
      await navigate({ to: '/detections/$kind/$id', params: kept, ignoreBlocker: true });
    },
  });
  const turn = useMutation({
    mutationFn: (enabled: boolean) =>
      graphql(UpdateDetectionStateDocument, { input: { ids: [saved?.id ?? ''], enabled } }),
    onSuccess: async (_, enabled) => {
      toast(enabled ? 'Turned on' : 'Turned off');
      if (saved !== undefined) await readAnew(saved);
    },
  });
  const change = (path: string, text: string) => {
    setFiles((before) => before.map((file) => (file.path === path ? { path, text } : file)));
  };
  const runTests = () => {
    setTab('tests');
    test.mutate();
  };
  // A copy or a template alone is nothing that would be lost.
  const isEdited = files !== initial;
  const leaving = useBlocker({
    shouldBlockFn: () => isEdited,
    enableBeforeUnload: isEdited,
    withResolver: true,
  });
  const problems = refusedProblems(save.error) ?? test.data?.problems ?? noProblems;
  const failure = [save.error, turn.error, test.error].find((error) => error !== null);

  return (
    <div className="flex min-h-full flex-1 flex-col xl:h-full xl:min-h-0">
      <div className="border-line border-b px-4 pt-4 pb-3 sm:px-5">
        <PageHeader
          title={saved?.displayName ?? `New ${(kindLabels[kind] ?? kind).toLowerCase()}`}
          description={saved?.description}
          actions={
            <>
              {saved !== undefined && (
                <Button
                  icon={saved.enabled ? PowerOff : Power}
                  pending={turn.isPending}
                  disabledReason={missing}
                  onClick={() => turn.mutate(!saved.enabled)}
                >
                  {saved.enabled ? 'Turn off' : 'Turn on'}
                </Button>
              )}
              {saved !== undefined && (
                <Link to="/detections/copy/$kind/$id" params={saved} className={buttonClassName()}>
                  <Copy className="size-4" aria-hidden="true" />
                  Copy
                </Link>
              )}
              <Button
                icon={FlaskConical}
                pending={test.isPending}
                disabledReason={missing}
                onClick={runTests}
              >
                Run tests
              </Button>
              <Button
                variant="primary"
                icon={Save}
                pending={save.isPending}
                disabled={!isChanged}
                disabledReason={closed}
                onClick={() => save.mutate()}
              >
                Save
              </Button>
            </>
          }
        />
        {saved !== undefined && <Facts detection={saved} />}
      </div>
      {failure && (
        <div className="px-4 pt-3 sm:px-5">
          <Notice tone="bad" title={failure.message} />
        </div>
      )}
      <div className="flex min-h-0 flex-1 flex-col xl:flex-row">
        <section
          aria-label="Files"
          className="flex min-h-[28rem] min-w-0 flex-1 flex-col border-line bg-surface max-xl:border-b xl:min-h-0 xl:border-r"
        >
          <FileTabs
            files={files}
            readOnly={closed !== undefined}
            problems={problems}
            fields={fields}
            onChange={change}
            onSave={() => isChanged && closed === undefined && save.mutate()}
          />
        </section>
        <section aria-label="Results" className="flex min-h-0 min-w-0 flex-col bg-surface xl:w-[30rem]">
          <Tabs.Root
            value={tab}
            onValueChange={(next) => setTab(String(next))}
            className="flex min-h-0 flex-1 flex-col"
          >
            <TabList
              tabs={[
                { value: 'tests', label: 'Tests' },
                ...(kind === 'rule' ? [{ value: 'backtest', label: 'Backtest' }] : []),
                ...(saved === undefined ? [] : [{ value: 'versions', label: `Versions (${saved.version})` }]),
              ]}
            />
            <Tabs.Panel value="tests" className={panelClassName}>
              <TestsPanel result={test.data} problems={problems} pending={test.isPending} />
            </Tabs.Panel>
            <Tabs.Panel value="backtest" className={panelClassName} keepMounted>
              {kind === 'rule' && (
                <BacktestPanel
                  rule={saved !== undefined && !isChanged ? { detectionId: saved.id } : { files: [...files] }}
                />
              )}
            </Tabs.Panel>
            {saved !== undefined && (
              <Tabs.Panel value="versions" className={panelClassName}>
                <VersionsPanel
                  versions={saved.versions}
                  files={files}
                  restoreReason={closed}
                  onRestore={(former) => {
                    setFiles(former);
                    toast('The former text is in the editor; save it to keep it');
                  }}
                />
              </Tabs.Panel>
            )}
          </Tabs.Root>
        </section>
      </div>
      <ConfirmDialog
        open={leaving.status === 'blocked'}
        onClose={() => leaving.reset?.()}
        onConfirm={() => leaving.proceed?.()}
        title="Leave without saving?"
        confirmLabel="Leave"
        pending={false}
        error={null}
      >
        <p>What was changed in the editor is lost.</p>
      </ConfirmDialog>
    </div>
  );
}

const panelClassName = 'thin-scrollbar min-h-0 flex-1 overflow-y-auto px-4 py-4 sm:px-5';

function Facts({ detection }: { readonly detection: DetectionWholeFragment }) {
  const { kind, id, enabled, managed, severity, sources } = detection;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2 text-sm">
      <Badge>{kindLabels[kind] ?? kind}</Badge>
      {severity && <SeverityMark severity={severity} />}
      {enabled ? <Badge tone="good">On</Badge> : <Badge>Off</Badge>}
      {managed && (
        <Badge tone="accent">
          <Copy className="size-3" aria-hidden="true" />
          Managed
        </Badge>
      )}
      <span className="break-all font-mono text-muted text-xs">{id}</span>
      {sources.length > 0 && <span className="font-mono text-muted text-xs">{sources.join(', ')}</span>}
    </div>
  );
}

export function TabList({
  tabs,
}: {
  readonly tabs: readonly { readonly value: string; readonly label: string }[];
}) {
  return (
    <Tabs.List className="thin-scrollbar flex shrink-0 gap-1 overflow-x-auto border-line border-b bg-surface px-2">
      {tabs.map(({ value, label }) => (
        <Tabs.Tab
          key={value}
          value={value}
          className="-mb-px h-9 whitespace-nowrap border-transparent border-b-2 px-2 font-medium text-muted text-xs outline-offset-[-2px]! data-active:border-accent data-active:text-accent"
        >
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}

function FileTabs({
  files,
  readOnly,
  problems,
  fields,
  onChange,
  onSave,
}: {
  readonly files: readonly DetectionFile[];
  readonly readOnly: boolean;
  readonly problems: readonly Problem[];
  readonly fields: ReturnType<typeof useEventFields>;
  readonly onChange: (path: string, text: string) => void;
  readonly onSave: () => void;
}) {
  return (
    <Tabs.Root defaultValue={files[0]?.path} className="flex min-h-0 flex-1 flex-col">
      <TabList tabs={files.map(({ path }) => ({ value: path, label: path }))} />
      {files.map(({ path, text }) => (
        <Tabs.Panel key={path} value={path} keepMounted className="min-h-0 flex-1 data-hidden:hidden">
          <Suspense fallback={<Skeleton className="m-4 h-3 w-72" />}>
            <CodeEditor
              label={path}
              path={path}
              value={text}
              readOnly={readOnly}
              problems={problemsOf(path, text, problems)}
              fields={fields}
              onChange={(next) => onChange(path, next)}
              onSave={onSave}
            />
          </Suspense>
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

/** The fields of the log types' events, for completion. Without the permission to query there are none. */
function useEventFields(logTypes: readonly string[]) {
  const missing = useMissing('DataAnalyticsRead');
  const databases = useQuery({
    queryKey: ['data-lake-databases'],
    queryFn: async ({ signal }) => (await graphql(DataLakeDatabasesDocument, {}, signal)).dataLakeDatabases,
    enabled: missing === undefined,
  });
  return () =>
    (databases.data ?? [])
      .filter(({ name }) => name === 'panther_logs')
      .flatMap(({ tables }) => tables.filter(({ displayName }) => logTypes.includes(displayName)))
      .flatMap(({ columns }) => columns)
      .map(({ name, type, description }) => ({
        label: name,
        type: 'property',
        detail: type.toLowerCase().slice(0, 24),
        ...(description && { info: description }),
      }));
}

/** The problems that a refusal to save tells. */
function refusedProblems(error: unknown): readonly Problem[] | undefined {
  if (!(error instanceof ApiError) || !Array.isArray(error.cause)) return undefined;
  const [first] = error.cause as readonly {
    readonly extensions?: { readonly problems?: readonly Problem[] };
  }[];
  return first?.extensions?.problems;
}
