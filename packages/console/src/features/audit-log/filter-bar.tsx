import { actions } from '@pawprint/record';
import { useNavigate } from '@tanstack/react-router';
import { Search, X } from 'lucide-react';
import { type ChangeEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { MultiSelect } from '../../components/multi-select.tsx';
import { filterTriggerClassName } from '../../components/popup-class-names.ts';
import { type AuditLogSearch, actionResults, hasFilters, withFilters } from './audit-log-filters.ts';
import { TimeRangeFilter } from './time-range-filter.tsx';

const actionOptions = Object.entries(actions).map(([name, { meaning }]) => ({
  value: name,
  label: name,
  hint: meaning,
}));
const resultOptions = Object.entries(actionResults).map(([value, label]) => ({ value, label }));

/** The filters, all of them kept in the address bar. */
export function FilterBar({ search }: { readonly search: AuditLogSearch }) {
  const navigate = useNavigate();
  const change = (changes: Record<string, unknown>) =>
    void navigate({ to: '/audit-log', search: withFilters(search, changes) });
  return (
    <search
      aria-label="Filter the audit log"
      className="flex flex-col gap-1 sm:flex-row sm:flex-wrap sm:gap-2 sm:py-1"
    >
      <SearchField value={search.q} onCommit={(q) => change({ q })} />
      <div className="thin-scrollbar -mx-4 flex items-center gap-2 overflow-x-auto px-4 py-1 sm:contents">
        <TextFilter
          label="Actor"
          placeholder="name or e-mail"
          value={search.actor}
          onCommit={(actor) => change({ actor })}
        />
        <MultiSelect
          label="Action"
          mono
          options={actionOptions}
          value={search.action ?? []}
          onCommit={(action) => change({ action })}
        />
        <MultiSelect
          label="Result"
          options={resultOptions}
          value={search.result ?? []}
          onCommit={(result) => change({ result })}
        />
        <TimeRangeFilter value={search} onChange={change} />
        <TextFilter
          label="Source IP"
          placeholder="address or CIDR"
          value={search.ip}
          onCommit={(ip) => change({ ip })}
        />
        {hasFilters(search) && (
          <Button
            variant="ghost"
            icon={X}
            onClick={() => {
              const { facets } = search;
              void navigate({ to: '/audit-log', search: withFilters({}, { facets }) });
            }}
          >
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

type TextFilterProps = {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly onCommit: (value: string) => void;
};

/** A text that is applied with Enter or on leaving the input, not while typing: each change is a recorded read. */
function useDraft(value: string, onCommit: (value: string) => void) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const commit = () => draft.trim() !== value && onCommit(draft);
  return {
    value: draft,
    onChange: (event: ChangeEvent<HTMLInputElement>) => setDraft(event.target.value),
    onBlur: commit,
    onKeyDown: (event: KeyboardEvent) => void (event.key === 'Enter' && commit()),
  };
}

type SearchFieldProps = {
  readonly value: string | undefined;
  readonly onCommit: (value: string) => void;
};

/** Words anywhere in a record. */
function SearchField({ value = '', onCommit }: SearchFieldProps) {
  const draft = useDraft(value, onCommit);
  return (
    <label
      className={classNames(
        filterTriggerClassName(value !== ''),
        'max-w-none! cursor-text focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/40 sm:w-64',
      )}
    >
      <Search className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
      <input
        {...draft}
        type="text"
        aria-label="Search"
        placeholder='Words anywhere in a record, "in a row"'
        className="min-w-0 flex-1 bg-transparent font-medium outline-none placeholder:font-normal"
      />
    </label>
  );
}

function TextFilter({ label, placeholder, value = '', onCommit }: TextFilterProps) {
  const draft = useDraft(value, onCommit);
  return (
    <label
      className={classNames(
        filterTriggerClassName(value !== ''),
        'shrink-0 cursor-text focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/40',
      )}
    >
      <span className="whitespace-nowrap text-muted">{label}</span>
      <input
        {...draft}
        type="text"
        placeholder={placeholder}
        className="w-30 bg-transparent font-medium outline-none placeholder:font-normal"
      />
    </label>
  );
}
