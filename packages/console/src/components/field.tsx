import { Field as BaseField } from '@base-ui/react/field';
import type { ComponentProps, ReactNode } from 'react';
import { classNames } from './class-names.ts';

/** The look of everything one types or picks in. */
export const controlClassName =
  'w-full min-w-0 rounded-md border border-control/80 bg-surface px-2.5 text-sm text-ink transition-colors hover:border-control focus:border-accent focus:outline-2 focus:outline-accent/40 focus:outline-offset-0 data-invalid:border-bad disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted';

type FieldProps = {
  /** The input's name: where the form's errors are mapped. */
  readonly name: string;
  readonly label: string;
  readonly description?: ReactNode;
  readonly disabled?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
};

/** A label, a control, its description and its error, tied together for assistive technology. */
export function Field({ name, label, description, disabled = false, className, children }: FieldProps) {
  return (
    <BaseField.Root name={name} disabled={disabled} className={classNames('flex flex-col gap-1', className)}>
      <BaseField.Label className="text-sm font-medium text-ink">{label}</BaseField.Label>
      {children}
      {description && (
        <BaseField.Description className="text-xs text-muted">{description}</BaseField.Description>
      )}
      <FieldError />
    </BaseField.Root>
  );
}

export function FieldError() {
  return <BaseField.Error className="text-xs font-medium text-bad" />;
}

type TextFieldProps = Omit<FieldProps, 'children'> &
  Omit<ComponentProps<typeof BaseField.Control>, 'className' | 'name' | 'children'> & {
    readonly mono?: boolean;
  };

export function TextField({
  name,
  label,
  description,
  disabled,
  className,
  mono,
  ...control
}: TextFieldProps) {
  return (
    <Field
      {...{ name, label, description }}
      {...(disabled !== undefined && { disabled })}
      {...(className !== undefined && { className })}
    >
      <BaseField.Control {...control} className={classNames(controlClassName, 'h-8', mono && 'font-mono')} />
    </Field>
  );
}

/** A text field of several lines, such as a list with one entry a line. */
export function TextAreaField({ rows = 3, ...props }: TextFieldProps & { readonly rows?: number }) {
  const { name, label, description, disabled, className, mono, ...control } = props;
  return (
    <Field
      {...{ name, label, description }}
      {...(disabled !== undefined && { disabled })}
      {...(className !== undefined && { className })}
    >
      <BaseField.Control
        {...control}
        render={<textarea rows={rows} />}
        className={classNames(controlClassName, 'resize-y py-1.5', mono && 'font-mono text-xs')}
      />
    </Field>
  );
}
