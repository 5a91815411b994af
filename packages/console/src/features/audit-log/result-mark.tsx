import { CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import type { ActionResult } from '../../api/operations.ts';
import { classNames } from '../../components/class-names.ts';
import { actionResults } from './audit-log-filters.ts';

const marks = {
  SUCCEEDED: { icon: CircleCheck, className: 'text-muted [&>svg]:text-good' },
  FAILED: { icon: CircleX, className: 'font-medium text-bad' },
  PARTIALLY_FAILED: { icon: CircleAlert, className: 'font-medium text-warn' },
};

/** The result in an icon, a colour and a word, so that none of them is needed alone; failures stand out of a list. */
export function ResultMark({ result }: { readonly result: ActionResult }) {
  const { icon: Icon, className } = marks[result] ?? marks.FAILED;
  return (
    <span className={classNames('flex items-center gap-1.5 whitespace-nowrap text-xs', className)}>
      <Icon className="size-3.5 shrink-0" aria-hidden="true" />
      {actionResults[result] ?? result}
    </span>
  );
}
