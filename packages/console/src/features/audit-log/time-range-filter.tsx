import { Popover } from '@base-ui/react/popover';
import { Check, ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';
import { TextField } from '../../components/field.tsx';
import { Form } from '../../components/form.tsx';
import { filterTriggerClassName, popupClassName } from '../../components/popup-class-names.ts';
import { type AuditLogSearch, parseFilterTime, type RangePreset, rangePresets } from './audit-log-filters.ts';

type TimeRange = Pick<AuditLogSearch, 'range' | 'from' | 'to'>;
type TimeRangeFilterProps = {
  readonly value: TimeRange;
  readonly onChange: (value: Required<Nullable<TimeRange>>) => void;
};
type Nullable<T> = { readonly [Name in keyof T]: T[Name] | undefined };

/** A period that ends now, or two times in UTC. */
export function TimeRangeFilter({ value, onChange }: TimeRangeFilterProps) {
  const [open, setOpen] = useState(false);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [problem, setProblem] = useState<ApiError>();
  const text = describe(value);
  const choose = (range: Nullable<TimeRange>) => {
    setOpen(false);
    onChange({ range: undefined, from: undefined, to: undefined, ...range });
  };
  return (
    <Popover.Root
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setFrom(shown(value.from));
        setTo(shown(value.to));
        setProblem(undefined);
      }}
    >
      <Popover.Trigger
        className={filterTriggerClassName(text !== undefined)}
        aria-label={`Time: ${text ?? 'Any'}`}
      >
        <span className="text-muted">Time</span>
        <span className="truncate font-medium">{text ?? 'Any'}</span>
        <ChevronDown className="size-3.5 shrink-0 text-faint" aria-hidden="true" />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="start" sideOffset={4} className="z-50">
          <Popover.Popup className={classNames(popupClassName, 'w-72')}>
            <Popover.Title className="sr-only">Time range</Popover.Title>
            <PresetButton chosen={text === undefined} onClick={() => choose({})}>
              Any time
            </PresetButton>
            {Object.entries(rangePresets).map(([preset, { label }]) => (
              <PresetButton
                key={preset}
                chosen={value.range === preset}
                onClick={() => choose({ range: preset as RangePreset })}
              >
                {label}
              </PresetButton>
            ))}
            <Form
              error={problem}
              inputNames={['from', 'to']}
              className="mt-1 flex flex-col gap-2.5 border-line border-t p-2 pt-3"
              onSubmit={() => {
                const [start, end] = [from, to].map((text) => text.trim() && parseFilterTime(text));
                const wrong = start === undefined ? 'from' : end === undefined ? 'to' : undefined;
                if (wrong === undefined) return choose({ from: start || undefined, to: end || undefined });
                setProblem(new ApiError('INVALID_INPUT', 'Write it as 2026-01-31 18:00', { field: wrong }));
              }}
              footer={
                <Button type="submit" variant="primary" size="small" className="self-end">
                  Apply
                </Button>
              }
            >
              <TextField
                name="from"
                label="From (UTC)"
                placeholder="2026-01-31 18:00"
                autoComplete="off"
                mono
                value={from}
                onValueChange={setFrom}
              />
              <TextField
                name="to"
                label="To (UTC)"
                placeholder="2026-01-31 19:30:15"
                autoComplete="off"
                mono
                value={to}
                onValueChange={setTo}
              />
            </Form>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

type PresetButtonProps = {
  readonly chosen: boolean;
  readonly onClick: () => void;
  readonly children: string;
};

function PresetButton({ chosen, onClick, children }: PresetButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onClick}
      className="flex w-full items-center justify-between rounded-md px-2 py-1.5 text-left outline-offset-[-2px]! hover:bg-hover"
    >
      {children}
      {chosen && <Check className="size-3.5 text-accent" aria-hidden="true" />}
    </button>
  );
}

function describe({ range, from, to }: TimeRange): string | undefined {
  if (range !== undefined) return rangePresets[range].label;
  const [start, end] = [shown(from), shown(to)];
  if (start && end) return `${start} to ${end}`;
  return start ? `from ${start}` : end ? `until ${end}` : undefined;
}

/** A time of the address bar as the list writes times, without seconds where there are none. */
function shown(time = ''): string {
  return time.replace('T', ' ').replace(/(:\d\d):00$/, '$1');
}
