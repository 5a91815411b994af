import { CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import type { ActionResult } from '../../api/operations.ts';
import { classNames } from '../../components/class-names.ts';
import { actionResults } from './audit-log-filters.ts';

const marks = {
  SUCCEEDED: { icon: CircleCheck, className: 'text-good' },
  FAILED: { icon: CircleX, className: 'text-bad' },
  PARTIALLY_FAILED: { icon: CircleAlert, className: 'text-warn' },
};

/** The result in an icon, a colour and a word, so that none of them is needed alone. */
export function ResultMark({ result }: { readonly result: ActionResult }) {
  const { icon: Icon, className } = marks[result] ?? marks.FAILED;
  return (
    <span
      className={classNames('flex items-center gap-1.5 whitespace-nowrap font-medium text-xs', className)}
    >
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      {actionResults[result] ?? result}
    </span>
  );
}
