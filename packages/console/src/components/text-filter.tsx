import { type ChangeEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { classNames } from './class-names.ts';
import { filterTriggerClassName } from './popup-class-names.ts';

type TextFilterProps = {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string | undefined;
  readonly onCommit: (value: string) => void;
};

/** A text that is applied with Enter or on leaving the input, not while typing: each change is a recorded read. */
export function useDraft(value: string, onCommit: (value: string) => void) {
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

/** A filter that is a text. */
export function TextFilter({ label, placeholder, value = '', onCommit }: TextFilterProps) {
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
