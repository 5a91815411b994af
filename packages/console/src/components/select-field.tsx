import { Select } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { classNames } from './class-names.ts';
import { controlClassName, Field } from './field.tsx';
import { itemClassName, popupClassName } from './popup-class-names.ts';

type SelectFieldProps<Value extends string> = {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly value: Value | null;
  readonly onChange: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly hint?: string }[];
  readonly disabled?: boolean;
};

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const {
    name,
    label,
    description,
    placeholder = 'Choose',
    value,
    onChange,
    options,
    disabled = false,
  } = props;
  return (
    <Field {...{ name, label, description, disabled }}>
      <Select.Root<Value>
        items={[...options]}
        value={value}
        disabled={disabled}
        onValueChange={(next) => next !== null && onChange(next)}
      >
        <Select.Trigger
          className={classNames(
            controlClassName,
            'flex h-8 items-center justify-between gap-2 text-left data-disabled:cursor-not-allowed data-disabled:bg-sunken data-disabled:text-muted',
          )}
        >
          <Select.Value placeholder={placeholder} className="truncate data-placeholder:text-faint" />
          <Select.Icon>
            <ChevronsUpDown className="size-3.5 text-faint" aria-hidden="true" />
          </Select.Icon>
        </Select.Trigger>
        <Select.Portal>
          <Select.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
            <Select.Popup className={classNames(popupClassName, 'min-w-(--anchor-width)')}>
              {options.map((option) => (
                <Select.Item key={option.value} value={option.value} className={itemClassName}>
                  <Select.ItemIndicator className="col-start-1">
                    <Check className="size-3.5" aria-hidden="true" />
                  </Select.ItemIndicator>
                  <span className="col-start-2">
                    <Select.ItemText>{option.label}</Select.ItemText>
                    {option.hint && <span className="block text-muted text-xs">{option.hint}</span>}
                  </span>
                </Select.Item>
              ))}
            </Select.Popup>
          </Select.Positioner>
        </Select.Portal>
      </Select.Root>
    </Field>
  );
}
