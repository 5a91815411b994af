import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

const tones: Record<Tone, { icon: LucideIcon; className: string; iconClassName: string }> = {
  info: { icon: Info, className: 'bg-accent-soft', iconClassName: 'text-accent' },
  good: { icon: CircleCheck, className: 'bg-good-soft', iconClassName: 'text-good' },
  warn: { icon: TriangleAlert, className: 'bg-warn-soft', iconClassName: 'text-warn' },
  bad: { icon: CircleAlert, className: 'bg-bad-soft', iconClassName: 'text-bad' },
};
type Tone = 'info' | 'good' | 'warn' | 'bad';

type NoticeProps = {
  readonly tone: Tone;
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
};

/** A message that stays: bad news interrupts a screen reader, the rest waits its turn. */
export function Notice({ tone, title, children, action }: NoticeProps) {
  const { icon: Icon, className, iconClassName } = tones[tone];
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={classNames('flex items-start gap-2.5 rounded-md px-3 py-2.5 text-sm', className)}
    >
      <Icon className={classNames('mt-0.5 size-4 shrink-0', iconClassName)} aria-hidden="true" />
      <div className="min-w-0 flex-1 break-words">
        <p className="font-medium">{title}</p>
        {children && <div className="mt-0.5 text-muted">{children}</div>}
      </div>
      {action}
    </div>
  );
}
