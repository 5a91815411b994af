import { X } from 'lucide-react';
import type { AuditLogCounts } from './audit-log-counts.ts';
import { type AuditLogSearch, fieldName, parseFieldFilter } from './audit-log-filters.ts';

type FilterChipsProps = {
  readonly search: AuditLogSearch;
  readonly counts: AuditLogCounts | undefined;
  readonly onChange: (changes: Record<string, unknown>) => void;
};

/** The filters that have no place in the filter bar, each with a way to take it off. */
export function FilterChips({ search, counts, onChange }: FilterChipsProps) {
  const { actorId, field = [] } = search;
  if (actorId === undefined && field.length === 0) return null;
  const actor = counts?.actors.find(({ id }) => id === actorId);
  return (
    <ul aria-label="More filters" className="flex flex-wrap gap-1.5">
      {actorId !== undefined && (
        <Chip name="Actor" text={actor?.name ?? actorId} onRemove={() => onChange({ actorId: undefined })} />
      )}
      {field.map((text) => {
        const { path, operator, value } = parseFieldFilter(text);
        const verb = { EQUALS: 'is', CONTAINS: 'contains', EXISTS: 'is there' }[operator ?? 'EQUALS'];
        return (
          <Chip
            key={text}
            name={`${fieldName(path)} ${verb}`}
            title={path}
            text={value ?? ''}
            onRemove={() => onChange({ field: field.filter((other) => other !== text) })}
          />
        );
      })}
    </ul>
  );
}

type ChipProps = {
  readonly name: string;
  readonly title?: string;
  readonly text: string;
  readonly onRemove: () => void;
};

function Chip({ name, title, text, onRemove }: ChipProps) {
  return (
    <li className="flex h-7 max-w-full items-center gap-1.5 rounded-md border border-accent/60 bg-accent-soft pl-2.5 text-xs">
      <span className="whitespace-nowrap text-muted" title={title}>
        {name}
      </span>
      <span className="truncate font-medium">{text}</span>
      <button
        type="button"
        aria-label={`Remove the filter ${name} ${text}`}
        onClick={onRemove}
        className="grid h-full place-items-center rounded-md px-1.5 text-muted outline-offset-[-2px]! hover:text-ink"
      >
        <X className="size-3.5" aria-hidden="true" />
      </button>
    </li>
  );
}
