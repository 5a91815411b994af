import { Field } from '@base-ui/react/field';
import type { ReactNode } from 'react';
import { FieldError } from './field.tsx';
import { Switch } from './switch.tsx';

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
        <Switch checked={checked} onCheckedChange={onChange} className="mt-0.5" />
      </div>
      <FieldError />
    </Field.Root>
  );
}
