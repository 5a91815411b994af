import { History } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { DetectionWholeFragment } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState, Skeleton } from '../../components/states.tsx';
import { Time } from '../../components/time.tsx';
import type { DetectionFile } from './families.ts';

const CodeEditor = lazy(() => import('../../components/code-editor.tsx'));

type Version = DetectionWholeFragment['versions'][number];
type VersionsPanelProps = {
  readonly versions: readonly Version[];
  /** What is in the editor. */
  readonly files: readonly DetectionFile[];
  readonly restoreReason: string | undefined;
  readonly onRestore: (files: readonly DetectionFile[]) => void;
};

/** What the detection said before, who wrote it, and what has changed since. */
export function VersionsPanel({ versions, files, restoreReason, onRestore }: VersionsPanelProps) {
  const [compared, setCompared] = useState<Version>();
  if (versions.length === 0) return <EmptyState icon={History} title="No versions are kept" />;
  return (
    <>
      <ol className="flex flex-col divide-y divide-line">
        {versions.map((version) => (
          <li key={version.version} className="flex items-center justify-between gap-3 py-2 text-sm">
            <span className="min-w-0">
              <span className="font-medium">Version {version.version}</span>
              <span className="block break-words text-muted text-xs">
                <Time value={version.createdAt} /> by {authorOf(version)}
              </span>
            </span>
            <Button onClick={() => setCompared(version)}>Compare</Button>
          </li>
        ))}
      </ol>
      {compared && (
        <Dialog
          open
          wide
          onClose={() => setCompared(undefined)}
          title={`Since version ${compared.version}`}
          description="What is in the editor, with what has changed since that version."
          footer={
            <>
              <Button onClick={() => setCompared(undefined)}>Close</Button>
              <Button
                variant="primary"
                icon={History}
                disabledReason={restoreReason}
                onClick={() => {
                  onRestore(compared.files);
                  setCompared(undefined);
                }}
              >
                Restore this version
              </Button>
            </>
          }
        >
          <div className="flex flex-col gap-4">
            {files.map(({ path, text }) => (
              <figure key={path} className="flex flex-col gap-1">
                <figcaption className="font-mono text-muted text-xs">{path}</figcaption>
                <div className="h-80 overflow-hidden rounded-md border border-line">
                  <Suspense fallback={<Skeleton className="m-4 h-3 w-72" />}>
                    <CodeEditor
                      label={`${path}, compared`}
                      path={path}
                      value={text}
                      readOnly
                      original={compared.files.find((file) => file.path === path)?.text ?? ''}
                    />
                  </Suspense>
                </div>
              </figure>
            ))}
          </div>
        </Dialog>
      )}
    </>
  );
}

function authorOf({ createdBy }: Version): string {
  if (createdBy === null) return 'Pawprint';
  return createdBy.__typename === 'User' ? createdBy.email : createdBy.name;
}
