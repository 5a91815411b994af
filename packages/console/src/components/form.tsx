import { Form as BaseForm } from '@base-ui/react/form';
import type { ReactNode } from 'react';
import { formErrors } from '../api/api-error.ts';
import { Notice } from './notice.tsx';

type FormProps = {
  /** The failure of the last submission, shown at its field or, if it has none here, above the form's end. */
  readonly error: unknown;
  /** The inputs that can show an error of their own. */
  readonly inputNames: readonly string[];
  readonly onSubmit: () => void;
  readonly id?: string;
  readonly className?: string;
  readonly children: ReactNode;
};

/** A form whose server-side refusals land on the inputs they are about. */
export function Form({
  error,
  inputNames,
  onSubmit,
  children,
  className = 'flex flex-col gap-4',
  ...props
}: FormProps) {
  const { '': formError, ...fieldErrors } = formErrors(error, inputNames);
  return (
    <BaseForm {...props} className={className} errors={fieldErrors} onFormSubmit={onSubmit}>
      {children}
      {formError && <Notice tone="bad" title={formError} />}
    </BaseForm>
  );
}
