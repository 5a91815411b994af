import { Tabs } from '@base-ui/react/tabs';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { ArrowLeft, Copy, FlaskConical, MoreHorizontal, Save, Trash2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { DetectionFragment } from '../../api/operations.ts';
import { useMissing } from '../../api/session.ts';
import { Badge } from '../../components/badge.tsx';
import { Button, IconButton } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { Menu, MenuItem } from '../../components/menu.tsx';
import { Notice } from '../../components/notice.tsx';
import { Skeleton } from '../../components/states.tsx';
import { Switch } from '../../components/switch.tsx';
import { useToast } from '../../components/toast.tsx';
import type { Language } from './detection-completion.ts';
import { isKind, type Kind, kindLabels, kindOperations } from './detection-kinds.ts';
import { type FileProblem, problemLine } from './file-problems.ts';
import { SeverityBadge } from './severity-badge.tsx';
import { copiedFiles, type DetectionFile, isTemplateName, templates } from './templates.ts';
import { TestResults } from './test-results.tsx';
import { detectionQuery, problemsOf, useDelete, useSave, useSetEnabled, useTest } from './use-detection.ts';
import { VersionList } from './version-list.tsx';

const CodeEditor = lazy(() => import('./code-editor.tsx'));
const editRoute = getRouteApi('/console/detections/$kind/$id');
const newRoute = getRouteApi('/console/detections/new');
const runKeys = navigator.platform.startsWith('Mac') ? '⌘ ↵' : 'Ctrl ↵';

/** A detection that is kept: its text, its tests, its versions. */
export function DetectionEditorPage() {
  const { kind, id } = editRoute.useParams();
  const known = isKind(kind) ? kind : 'rule';
  const detection = useQuery(detectionQuery(known, id));
  return (
    <Loaded query={detection} label="the detection">
      {(loaded) => (
        <DetectionEditor
          key={`${known} ${id} ${loaded.version}`}
          kind={known}
          saved={loaded}
          start={loaded.files}
        />
      )}
    </Loaded>
  );
}

/** A detection that is not kept yet, from a template or from another one. */
export function NewDetectionPage() {
  const { template, kind, copy } = newRoute.useSearch();
  if (copy !== undefined && isKind(kind)) return <CopiedDetection kind={kind} id={copy} />;
  const { kind: known, files } = templates[isTemplateName(template) ? template : 'typescript'];
  return <DetectionEditor key={template} kind={known} saved={undefined} start={files} />;
}

function CopiedDetection({ kind, id }: { readonly kind: Kind; readonly id: string }) {
  const original = useQuery(detectionQuery(kind, id));
  return (
    <Loaded query={original} label="the detection">
      {({ files }) => <DetectionEditor kind={kind} saved={undefined} start={copiedFiles(files, id)} />}
    </Loaded>
  );
}

type EditorProps = {
  readonly kind: Kind;
  readonly saved: DetectionFragment | undefined;
  readonly start: readonly DetectionFile[];
};

function DetectionEditor({ kind, saved, start }: EditorProps) {
  const navigate = useNavigate();
  const toast = useToast();
  const [files, setFiles] = useState(start);
  const [shown, setShown] = useState(files.length - 1);
  const [panel, setPanel] = useState('tests');
  const [compared, setCompared] = useState<number>();
  const missing = useMissing(kindOperations[kind].modify);
  const missingRead = useMissing(kind === 'policy' ? 'PolicyRead' : 'RuleRead');
  const readOnly = saved?.managed === true || missing !== undefined;
  const isChanged = files.some((file, at) => file.text !== start[at]?.text);
  const tested = useTest(kind);
  const save = useSave(kind, saved?.id, ({ kind: savedKind, id, displayName }) => {
    setLeaving(true);
    toast(`Saved ${displayName}`);
    if (saved === undefined) {
      void navigate({ to: '/detections/$kind/$id', params: { kind: savedKind, id }, ignoreBlocker: true });
    }
  });
  const [isLeaving, setLeaving] = useState(false);
  const blocker = useBlocker({
    shouldBlockFn: () => isChanged && !isLeaving,
    enableBeforeUnload: () => isChanged && !isLeaving,
    withResolver: true,
  });
  const problems = useMemo(
    () => (save.error ? problemsOf(save.error) : (tested.data?.problems ?? [])),
    [save.error, tested.data],
  );
  /** What the problems are about: the text in the editor goes on from there. */
  const checked = save.error ? save.variables : tested.variables;
  const file = files[shown] ?? files[0];
  const earlier = saved?.versions.find(({ version }) => version === compared);
  const lineProblems = useMemo(() => {
    const text = checked?.find(({ path }) => path === file?.path)?.text ?? '';
    return problems
      .filter(({ path, level }) => path === file?.path && level === 'error')
      .map((problem) => ({ line: problemLine(problem, text), message: textOf(problem) }));
  }, [problems, checked, file?.path]);

  const run = () => {
    setPanel('tests');
    save.reset();
    tested.mutate(files);
  };
  const changeText = (text: string) =>
    setFiles((now) => now.map((each, at) => (at === shown ? { ...each, text } : each)));
  const restore = () => {
    if (earlier === undefined) return;
    setFiles(earlier.files);
    setCompared(undefined);
    toast(`Version ${earlier.version} is in the editor: save to keep it`);
  };
  const name = saved?.displayName ?? `New ${kindLabels[kind].toLowerCase()}`;
  useEffect(() => {
    document.title = `${name} · Pawprint`;
  }, [name]);

  return (
    <div className="flex min-h-full flex-1 flex-col lg:h-full lg:min-h-0">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b px-4 py-3 sm:px-5">
        <IconButton
          label="All detections"
          icon={ArrowLeft}
          render={<Link to="/detections" />}
          nativeButton={false}
        />
        <div className="min-w-0 flex-1 basis-56">
          <h1 className="break-words font-semibold text-lg">{name}</h1>
          <p className="flex flex-wrap items-center gap-1.5 text-muted text-xs">
            {kindLabels[kind]}
            {saved && <span className="break-all font-mono">{saved.id}</span>}
            {saved?.severity && <SeverityBadge severity={saved.severity} />}
            {saved?.managed && <Badge>Managed</Badge>}
            {saved && <span>Version {saved.version}</span>}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {saved && <EnabledSwitch detection={saved} disabled={missing !== undefined} />}
          <Button icon={FlaskConical} pending={tested.isPending} disabledReason={missingRead} onClick={run}>
            Run tests
            <kbd className="pointer-coarse:hidden font-sans text-2xs opacity-75">{runKeys}</kbd>
          </Button>
          {saved?.managed ? (
            <Button
              variant="primary"
              icon={Copy}
              disabledReason={missing}
              onClick={() => void navigate({ to: '/detections/new', search: { kind, copy: saved.id } })}
            >
              Copy to edit
            </Button>
          ) : (
            <Button
              variant="primary"
              icon={Save}
              pending={save.isPending}
              disabled={!isChanged && saved !== undefined}
              disabledReason={missing}
              onClick={() => save.mutate(files)}
            >
              Save
            </Button>
          )}
          {saved && !saved.managed && (
            <MoreMenu detection={saved} missing={missing} onDelete={() => setLeaving(true)} />
          )}
        </div>
      </header>
      <div className="flex min-h-0 flex-1 flex-col lg:flex-row">
        <section aria-label="Files" className="flex min-h-96 min-w-0 flex-1 flex-col bg-surface lg:min-h-0">
          <div
            role="tablist"
            aria-label="Files"
            className="flex shrink-0 gap-1 overflow-x-auto border-line border-b px-2"
          >
            {files.map(({ path }, at) => (
              <button
                key={path}
                type="button"
                role="tab"
                aria-selected={at === shown}
                onClick={() => setShown(at)}
                className="-mb-px h-9 whitespace-nowrap border-transparent border-b-2 px-2 font-mono text-muted text-xs outline-offset-[-2px]! aria-selected:border-accent aria-selected:text-accent"
              >
                {path.split('/').at(-1)}
              </button>
            ))}
          </div>
          {earlier && (
            <div className="flex flex-wrap items-center gap-3 border-line border-b bg-sunken px-4 py-2 text-sm">
              <span className="flex-1">What is in the editor, compared with version {earlier.version}</span>
              <Button
                size="small"
                disabledReason={readOnly ? 'It can not be edited' : undefined}
                onClick={restore}
              >
                Restore version {earlier.version}
              </Button>
              <Button size="small" variant="ghost" onClick={() => setCompared(undefined)}>
                Close
              </Button>
            </div>
          )}
          <div className="min-h-80 flex-1 overflow-hidden lg:min-h-0">
            {file && (
              <Suspense fallback={<EditorSkeleton />}>
                <CodeEditor
                  key={`${file.path} ${compared}`}
                  label={file.path}
                  language={languageOf(file.path)}
                  value={file.text}
                  onChange={changeText}
                  onRun={run}
                  wholeText={files.map(({ text }) => text).join('\n')}
                  problems={lineProblems}
                  readOnly={readOnly}
                  comparedWith={earlier?.files.find(({ path }) => path === file.path)?.text}
                />
              </Suspense>
            )}
          </div>
          {save.error && problems.length === 0 && (
            <div className="p-3">
              <Notice tone="bad" title={save.error.message} />
            </div>
          )}
        </section>
        <aside
          aria-label="Tests and versions"
          className="thin-scrollbar shrink-0 border-line bg-surface max-lg:border-t lg:w-96 lg:overflow-y-auto lg:border-l"
        >
          <Tabs.Root value={panel} onValueChange={setPanel}>
            <Tabs.List className="sticky top-0 z-10 flex gap-1 border-line border-b bg-surface px-2">
              {[
                { value: 'tests', label: 'Tests' },
                ...(saved ? [{ value: 'versions', label: 'Versions' }] : []),
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
            <Tabs.Panel value="tests">
              <TestResults
                problems={problems}
                tests={tested.data?.tests}
                pending={tested.isPending}
                error={tested.error}
                onOpen={(path) =>
                  setShown(
                    Math.max(
                      0,
                      files.findIndex((each) => each.path === path),
                    ),
                  )
                }
              />
            </Tabs.Panel>
            {saved && (
              <Tabs.Panel value="versions">
                <VersionList versions={saved.versions} compared={compared} onCompare={setCompared} />
              </Tabs.Panel>
            )}
          </Tabs.Root>
        </aside>
      </div>
      <ConfirmDialog
        open={blocker.status === 'blocked'}
        onClose={() => blocker.reset?.()}
        onConfirm={() => blocker.proceed?.()}
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

function textOf({ field, message }: FileProblem): string {
  return field === '' ? message : `${field} ${message}`;
}

function languageOf(path: string): Language {
  if (path.endsWith('.ts')) return 'typescript';
  return path.endsWith('.py') ? 'python' : 'yaml';
}

function EnabledSwitch({
  detection,
  disabled,
}: {
  readonly detection: DetectionFragment;
  readonly disabled: boolean;
}) {
  const toast = useToast();
  const setEnabled = useSetEnabled(([changed]) => {
    if (changed) toast(`${changed.displayName} is ${changed.enabled ? 'on' : 'off'}`);
  });
  return (
    <span className="flex items-center gap-2 text-sm">
      <Switch
        aria-label="On"
        checked={detection.enabled}
        disabled={disabled || setEnabled.isPending}
        onCheckedChange={(enabled) => setEnabled.mutate({ ids: [detection.id], enabled })}
      />
      {detection.enabled ? 'On' : 'Off'}
      {setEnabled.error && <span className="text-bad">{setEnabled.error.message}</span>}
    </span>
  );
}

function MoreMenu({
  detection,
  missing,
  onDelete,
}: {
  readonly detection: DetectionFragment;
  readonly missing: string | undefined;
  readonly onDelete: () => void;
}) {
  const navigate = useNavigate();
  const toast = useToast();
  const [deleting, setDeleting] = useState(false);
  const { kind, id, displayName } = detection;
  const remove = useDelete(() => {
    onDelete();
    toast(`Deleted ${displayName}`);
    void navigate({ to: '/detections', ignoreBlocker: true });
  });
  return (
    <>
      <Menu trigger={<IconButton label="More" icon={MoreHorizontal} />}>
        <MenuItem
          icon={Copy}
          disabledReason={missing}
          onClick={() => void navigate({ to: '/detections/new', search: { kind, copy: id } })}
        >
          Copy
        </MenuItem>
        <MenuItem icon={Trash2} danger disabledReason={missing} onClick={() => setDeleting(true)}>
          Delete
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={deleting}
        onClose={() => setDeleting(false)}
        onConfirm={() => remove.mutate([id])}
        title={`Delete ${displayName}?`}
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
      >
        <p>Alerts that it raised stay, and so do its versions.</p>
      </ConfirmDialog>
    </>
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
