import type { DetectionFragment } from '../../api/operations.ts';
import { classNames } from '../../components/class-names.ts';
import { Time } from '../../components/time.tsx';

type Version = DetectionFragment['versions'][number];

/** Every text the detection had, the newest first; one of them can be compared with what is in the editor. */
export function VersionList({
  versions,
  compared,
  onCompare,
}: {
  readonly versions: readonly Version[];
  readonly compared: number | undefined;
  readonly onCompare: (version: number | undefined) => void;
}) {
  return (
    <ol aria-label="Versions" className="divide-y divide-line">
      {versions.map(({ version, createdAt, createdBy }) => (
        <li key={version}>
          <button
            type="button"
            aria-pressed={version === compared}
            onClick={() => onCompare(version === compared ? undefined : version)}
            className={classNames(
              'flex w-full flex-wrap items-baseline gap-x-3 px-4 py-2.5 text-left text-sm outline-offset-[-2px]! hover:bg-hover',
              version === compared && 'bg-accent-soft',
            )}
          >
            <span className="font-medium">Version {version}</span>
            <span className="min-w-0 flex-1 break-all text-muted">{nameOf(createdBy)}</span>
            <span className="text-muted text-xs">
              <Time value={createdAt} />
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function nameOf(actor: Version['createdBy']): string {
  if (actor === null) return 'The instance';
  return 'email' in actor ? actor.email : 'name' in actor ? actor.name : '';
}
