import { Combobox } from '@base-ui/react/combobox';
import { Check, ChevronDown, Search } from 'lucide-react';
import { useState } from 'react';
import { classNames } from './class-names.ts';
import { filterTriggerClassName, itemClassName, popupClassName } from './popup-class-names.ts';

type Option<Value extends string> = { readonly value: Value; readonly label: string; readonly hint?: string };

type MultiSelectProps<Value extends string> = {
  readonly label: string;
  readonly options: readonly Option<Value>[];
  readonly value: readonly Value[];
  /** Called once, when the list closes: each change of a filter is a recorded read. */
  readonly onCommit: (value: readonly Value[]) => void;
  readonly mono?: boolean;
};

/** A filter of several values, chosen from a list that can be searched. */
export function MultiSelect<Value extends string>({
  label,
  options,
  value,
  onCommit,
  mono,
}: MultiSelectProps<Value>) {
  const [draft, setDraft] = useState<readonly Option<Value>[]>();
  const chosen = draft ?? options.filter((option) => value.includes(option.value));
  const text =
    chosen.length === 0 ? 'Any' : chosen.length === 1 ? chosen[0]?.label : `${chosen.length} selected`;
  return (
    <Combobox.Root<Option<Value>, true>
      multiple
      items={options}
      value={[...chosen]}
      onValueChange={setDraft}
      itemToStringLabel={(option) => `${option.label} ${option.hint ?? ''}`}
      isItemEqualToValue={(a, b) => a.value === b.value}
      onOpenChange={(open) => {
        if (open || draft === undefined) return;
        onCommit(draft.map((option) => option.value));
        setDraft(undefined);
      }}
    >
      <Combobox.Trigger
        className={filterTriggerClassName(chosen.length > 0)}
        aria-label={`${label}: ${text}`}
      >
        <span className="text-muted">{label}</span>
        <span
          className={classNames('truncate font-medium', mono && chosen.length === 1 && 'font-mono text-xs')}
        >
          {text}
        </span>
        <ChevronDown className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
      </Combobox.Trigger>
      <Combobox.Portal>
        <Combobox.Positioner align="start" sideOffset={4} className="z-50">
          <Combobox.Popup
            aria-label={label}
            className={classNames(
              popupClassName,
              'flex w-96 max-w-[calc(100vw-2rem)] flex-col overflow-hidden p-0!',
            )}
          >
            <div className="flex items-center gap-2 border-line border-b px-3">
              <Search className="size-3.5 text-faint" aria-hidden="true" />
              <Combobox.Input
                placeholder={`Search ${label.toLowerCase()}s`}
                className="h-9 w-full bg-transparent outline-none"
              />
              {chosen.length > 0 && (
                <button
                  type="button"
                  className="text-accent text-xs hover:underline"
                  onClick={() => setDraft([])}
                >
                  Clear
                </button>
              )}
            </div>
            <Combobox.Empty className="text-center text-muted not-empty:px-3 not-empty:py-6">
              Nothing matches.
            </Combobox.Empty>
            <Combobox.List className="thin-scrollbar max-h-[min(22rem,var(--available-height))] overflow-y-auto p-1 empty:hidden">
              {(option: Option<Value>) => (
                <Combobox.Item key={option.value} value={option} className={itemClassName}>
                  <Combobox.ItemIndicator className="col-start-1">
                    <Check className="size-3.5 text-accent" aria-hidden="true" />
                  </Combobox.ItemIndicator>
                  <span className="col-start-2 min-w-0">
                    <span className={classNames('block break-words', mono && 'font-mono text-xs leading-5')}>
                      {option.label}
                    </span>
                    {option.hint && <span className="block text-muted text-xs">{option.hint}</span>}
                  </span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
