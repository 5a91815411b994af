import type { AlertStatus, Severity } from '../../api/operations.ts';
import { Badge } from '../../components/badge.tsx';
import { classNames } from '../../components/class-names.ts';
import { severityLabels, statusLabels } from './alert-words.ts';

const severityBars: Record<Severity, { readonly count: number; readonly className: string }> = {
  CRITICAL: { count: 4, className: 'bg-bad' },
  HIGH: { count: 3, className: 'bg-bad' },
  MEDIUM: { count: 2, className: 'bg-warn' },
  LOW: { count: 1, className: 'bg-accent' },
  INFO: { count: 0, className: 'bg-faint' },
};

/** A severity in a word, with bars that tell it without colour. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  const { count, className } = severityBars[severity];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span className="flex h-3 items-end gap-px" aria-hidden="true">
        {[1, 2, 3, 4].map((bar) => (
          <span
            key={bar}
            style={{ height: `${bar * 25}%` }}
            className={classNames('w-[3px] rounded-[1px]', bar <= count ? className : 'bg-line')}
          />
        ))}
      </span>
      <span
        className={classNames(
          'text-xs',
          severity === 'CRITICAL' ? 'font-semibold text-bad' : 'font-medium text-muted',
        )}
      >
        {severityLabels[severity]}
      </span>
    </span>
  );
}

const statusTones = { OPEN: 'bad', TRIAGED: 'warn', RESOLVED: 'good', CLOSED: 'neutral' } as const;

export function StatusMark({ status }: { readonly status: AlertStatus }) {
  return <Badge tone={statusTones[status]}>{statusLabels[status]}</Badge>;
}
