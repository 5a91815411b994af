import { X } from 'lucide-react';
import type { ActionResult } from '../../api/operations.ts';
import { classNames } from '../../components/class-names.ts';
import { Skeleton } from '../../components/states.tsx';
import type { AuditLogCounts } from './audit-log-counts.ts';
import { type AuditLogSearch, actionResults } from './audit-log-filters.ts';

type FacetsProps = {
  readonly counts: AuditLogCounts | undefined;
  readonly search: AuditLogSearch;
  readonly onChange: (changes: Record<string, unknown>) => void;
};

/** The most frequent values of what was found, with how often; each narrows the log to itself, or no longer. */
export function Facets({ counts, search, onChange }: FacetsProps) {
  if (counts === undefined) return <FacetSkeleton />;
  const toggled = (list: readonly string[] = [], value: string) =>
    list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
  return (
    <div className="grid gap-x-6 gap-y-4 sm:max-lg:grid-cols-2">
      <Facet
        title="Action"
        mono
        values={counts.actions.map(({ value, count }) => ({ value, label: value, count }))}
        isChosen={(value) => search.action?.includes(value) ?? false}
        onToggle={(value) => onChange({ action: toggled(search.action, value) })}
      />
      <Facet
        title="Actor"
        values={counts.actors.map(({ id, name, count }) => ({ value: id, label: name ?? id, count }))}
        isChosen={(value) => search.actorId === value}
        onToggle={(value) => onChange({ actorId: search.actorId === value ? undefined : value })}
      />
      <Facet
        title="Result"
        values={counts.results.map(({ value, count }) => ({
          value,
          label: actionResults[value as ActionResult] ?? value,
          count,
        }))}
        isChosen={(value) => search.result?.includes(value as ActionResult) ?? false}
        onToggle={(value) => onChange({ result: toggled(search.result, value) })}
      />
      <Facet
        title="Source IP"
        mono
        values={counts.sourceIPs.map(({ value, count }) => ({ value, label: value, count }))}
        isChosen={(value) => search.ip === value}
        onToggle={(value) => onChange({ ip: search.ip === value ? undefined : value })}
      />
    </div>
  );
}

type FacetProps = {
  readonly title: string;
  readonly mono?: boolean;
  readonly values: readonly { readonly value: string; readonly label: string; readonly count: number }[];
  readonly isChosen: (value: string) => boolean;
  readonly onToggle: (value: string) => void;
};

const shownMax = 10;

function Facet({ title, mono = false, values, isChosen, onToggle }: FacetProps) {
  const highest = Math.max(1, ...values.map(({ count }) => count));
  return (
    <section aria-label={`${title} counts`} className="min-w-0">
      <h3 className="mb-1 font-medium text-muted text-xs">{title}</h3>
      {values.length === 0 && <p className="text-faint text-xs">None</p>}
      <ul className="flex flex-col gap-px">
        {values.slice(0, shownMax).map(({ value, label, count }) => {
          const chosen = isChosen(value);
          return (
            <li key={value} className="relative">
              <span
                className="absolute inset-y-0 left-0 rounded-sm bg-accent-soft"
                style={{ width: `${(count / highest) * 100}%` }}
                aria-hidden="true"
              />
              <button
                type="button"
                aria-pressed={chosen}
                onClick={() => onToggle(value)}
                className={classNames(
                  'relative flex h-6 w-full items-center gap-2 rounded-sm px-1.5 text-left text-xs outline-offset-[-2px]! hover:bg-hover/60',
                  chosen && 'font-semibold text-accent',
                )}
              >
                <span
                  className={classNames('min-w-0 flex-1 truncate', mono && 'font-mono text-2xs')}
                  title={label}
                >
                  {label}
                </span>
                {chosen && <X className="size-3 shrink-0" aria-hidden="true" />}
                <span className="shrink-0 text-muted tabular-nums">{count.toLocaleString('en')}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function FacetSkeleton() {
  return (
    <div className="flex flex-col gap-2" role="status">
      <span className="sr-only">Counting</span>
      {['w-5/6', 'w-3/4', 'w-2/3', 'w-1/2', 'w-2/3'].map((width, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no identity and never move
        <Skeleton key={place} className={`h-4 ${width}`} />
      ))}
    </div>
  );
}
