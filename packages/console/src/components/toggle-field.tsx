import { Field } from '@base-ui/react/field';
import { Switch } from '@base-ui/react/switch';
import type { ReactNode } from 'react';
import { FieldError } from './field.tsx';

type ToggleFieldProps = {
  readonly name: string;
  readonly label: string;
  readonly description?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
};

/** A switch with its label and what it does. */
export function ToggleField({
  name,
  label,
  description,
  checked,
  onChange,
  disabled = false,
}: ToggleFieldProps) {
  return (
    <Field.Root name={name} disabled={disabled} className="flex flex-col gap-1">
      <div className="flex items-start justify-between gap-6">
        <div>
          <Field.Label className="font-medium text-sm">{label}</Field.Label>
          {description && <Field.Description className="text-muted text-xs">{description}</Field.Description>}
        </div>
        <Switch.Root
          checked={checked}
          onCheckedChange={onChange}
          className="mt-0.5 flex h-5 w-9 items-center shrink-0 rounded-full border border-control bg-sunken transition-colors data-checked:border-accent data-checked:bg-accent data-disabled:cursor-not-allowed data-disabled:opacity-60"
        >
          <Switch.Thumb className="block size-3.5 translate-x-0.5 rounded-full bg-control transition-transform data-checked:translate-x-[1.125rem] data-checked:bg-on-accent" />
        </Switch.Root>
      </div>
      <FieldError />
    </Field.Root>
  );
}
