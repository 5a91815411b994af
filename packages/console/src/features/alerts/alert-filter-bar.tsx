import { useNavigate } from '@tanstack/react-router';
import { Search, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AlertCountsQuery, AlertListingType, AlertStatus, Severity } from '../../api/operations.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { MultiSelect } from '../../components/multi-select.tsx';
import { filterTriggerClassName } from '../../components/popup-class-names.ts';
import {
  type AlertSearch,
  hasFilters,
  rangePresets,
  statusesOf,
  unfinished,
  withFilters,
} from './alert-filters.ts';
import { listingLabels, severityLabels, statusLabels } from './alert-words.ts';

const rangeOptions = {
  '': 'Any time',
  '24h': rangePresets['24h'].label,
  '7d': rangePresets['7d'].label,
  '30d': rangePresets['30d'].label,
};

type Counts = AlertCountsQuery['alertCounts'];

type AlertFilterBarProps = {
  readonly search: AlertSearch;
  readonly counts: Counts | undefined;
};

/** How many there are of each status, to choose by, and the other filters; all of them kept in the address bar. */
export function AlertFilterBar({ search, counts }: AlertFilterBarProps) {
  const navigate = useNavigate();
  const change = (changes: Record<string, unknown>) =>
    void navigate({ to: '/alerts', search: withFilters(search, changes) });
  return (
    <search aria-label="Filter the alerts" className="flex flex-col gap-2">
      <StatusTabs search={search} counts={counts} onChange={(status) => change({ status })} />
      <div className="thin-scrollbar -mx-4 flex items-center gap-2 overflow-x-auto px-4 py-1 sm:mx-0 sm:flex-wrap sm:px-0">
        <TitleFilter value={search.q} onCommit={(q) => change({ q })} />
        <Choice<AlertListingType>
          label="Kind"
          value={search.type ?? 'ALERT'}
          options={listingLabels}
          onChange={(type) => change({ type })}
        />
        <MultiSelect<Severity>
          label="Severity"
          options={severityOptions(search, counts)}
          value={search.severity ?? []}
          onCommit={(severity) => change({ severity })}
        />
        <Choice
          label="Assignee"
          value={search.assignee ?? ''}
          options={{ '': 'Anybody', me: 'Me', nobody: 'Nobody' }}
          onChange={(assignee) => change({ assignee })}
        />
        <Choice
          label="Created"
          value={search.range ?? ''}
          options={rangeOptions}
          onChange={(range) => change({ range })}
        />
        {search.detection && (
          <Button icon={X} onClick={() => change({ detection: undefined })}>
            Detection {search.detection}
          </Button>
        )}
        {hasFilters(search) && (
          <Button
            variant="ghost"
            icon={X}
            onClick={() => {
              const { type, status } = search;
              void navigate({ to: '/alerts', search: withFilters({}, { type, status }) });
            }}
          >
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

type StatusTabsProps = AlertFilterBarProps & { readonly onChange: (status: readonly AlertStatus[]) => void };

function StatusTabs({ search, counts, onChange }: StatusTabsProps) {
  const statuses = Object.keys(statusLabels) as AlertStatus[];
  const tabs: readonly { readonly label: string; readonly status: readonly AlertStatus[] }[] = [
    { label: 'Unfinished', status: unfinished },
    ...statuses.map((status) => ({ label: statusLabels[status], status: [status] })),
    { label: 'All', status: statuses },
  ];
  const chosen = statusesOf(search);
  return (
    <fieldset className="thin-scrollbar -mx-4 flex gap-1 overflow-x-auto border-line border-b px-4 sm:mx-0 sm:px-0">
      <legend className="sr-only">Status</legend>
      {tabs.map(({ label, status }) => {
        const isChosen = status.length === chosen.length && status.every((each) => chosen.includes(each));
        return (
          <button
            key={label}
            type="button"
            aria-pressed={isChosen}
            onClick={() => onChange(status === unfinished ? [] : status)}
            className="-mb-px flex h-9 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 px-2.5 font-medium text-muted text-sm outline-offset-[-2px]! hover:text-ink aria-pressed:border-accent aria-pressed:text-accent"
          >
            {label}
            {counts && (
              <span className="rounded-sm bg-sunken px-1.5 text-2xs text-muted tabular-nums">
                {sum(
                  counts,
                  (count) =>
                    status.includes(count.status) && (search.severity?.includes(count.severity) ?? true),
                ).toLocaleString('en')}
              </span>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}

function severityOptions(search: AlertSearch, counts: Counts | undefined) {
  return (Object.keys(severityLabels) as Severity[]).map((severity) => {
    const count =
      counts && sum(counts, (each) => each.severity === severity && statusesOf(search).includes(each.status));
    const label = severityLabels[severity];
    return { value: severity, label, ...(count !== undefined && { hint: `${count.toLocaleString('en')}` }) };
  });
}

function sum(counts: Counts, isCounted: (count: Counts[number]) => boolean): number {
  return counts.filter(isCounted).reduce((total, { count }) => total + count, 0);
}

type ChoiceProps<Value extends string> = {
  readonly label: string;
  readonly value: Value;
  readonly options: Readonly<Record<Value, string>>;
  readonly onChange: (value: Value) => void;
};

/** A filter with one value out of a few. */
function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  const [unset] = Object.keys(options);
  return (
    <label
      className={classNames(
        filterTriggerClassName(value !== unset),
        'focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/40',
      )}
    >
      <span className="text-muted">{label}</span>
      <select
        value={value}
        onChange={(event) => onChange(event.target.value as Value)}
        className="-mr-1 bg-transparent font-medium text-ink outline-none [&>option]:bg-raised"
      >
        {(Object.entries(options) as [Value, string][]).map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

type TitleFilterProps = { readonly value: string | undefined; readonly onCommit: (value: string) => void };

/** A part of the title, applied with Enter or on leaving the input: each change is a recorded read. */
function TitleFilter({ value = '', onCommit }: TitleFilterProps) {
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const commit = () => draft.trim() !== value && onCommit(draft);
  return (
    <label
      className={classNames(
        filterTriggerClassName(value !== ''),
        'cursor-text focus-within:border-accent focus-within:outline-2 focus-within:outline-accent/40',
      )}
    >
      <Search className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
      <input
        type="text"
        aria-label="Title"
        placeholder="Part of the title"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => void (event.key === 'Enter' && commit())}
        className="w-36 bg-transparent font-medium outline-none placeholder:font-normal"
      />
    </label>
  );
}
