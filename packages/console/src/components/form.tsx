import { Form as BaseForm } from '@base-ui/react/form';
import { type ReactNode, useMemo } from 'react';
import { formErrors } from '../api/api-error.ts';
import { Notice } from './notice.tsx';

type FormProps = {
  /** The failure of the last submission, shown at its field or, if it has none here, after the last field. */
  readonly error: unknown;
  /** The inputs that can show an error of their own. */
  readonly inputNames: readonly string[];
  readonly onSubmit: () => void;
  readonly id?: string;
  readonly className?: string;
  readonly children: ReactNode;
  /** What ends the form, where its button is not in a dialog's footer. */
  readonly footer?: ReactNode;
};

/** A form whose server-side refusals land on the inputs they are about. */
export function Form({
  error,
  inputNames,
  onSubmit,
  children,
  footer,
  className = 'flex flex-col gap-4',
  ...props
}: FormProps) {
  // The same object while the error is the same: a new one would bring back messages that typing has cleared.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the names of a form's inputs do not change
  const { formError, fieldErrors } = useMemo(() => {
    const { '': formError, ...fieldErrors } = formErrors(error, inputNames);
    return { formError, fieldErrors };
  }, [error]);
  return (
    <BaseForm {...props} className={className} errors={fieldErrors} onFormSubmit={onSubmit}>
      {children}
      {formError && <Notice tone="bad" title={formError} />}
      {footer}
    </BaseForm>
  );
}
