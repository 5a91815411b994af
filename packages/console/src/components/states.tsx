import { type LucideIcon, RotateCw, ShieldX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/api-error.ts';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

type StateProps = {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
};

/** Fills a place that has nothing to show, says why, and offers the next step. */
export function EmptyState({ icon: Icon, title, children, action }: StateProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <span className="grid size-10 place-items-center rounded-lg bg-sunken text-faint">
        <Icon className="size-5" aria-hidden="true" />
      </span>
      <div className="flex max-w-md flex-col gap-1 text-balance">
        <p className="font-medium text-ink">{title}</p>
        {children && <div className="text-sm text-muted">{children}</div>}
      </div>
      {action}
    </div>
  );
}

/** What could not be loaded and why; what would be refused again is not offered again. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  const code = error instanceof ApiError ? error.code : undefined;
  const forbidden = code === 'FORBIDDEN';
  return (
    <div role="alert">
      <EmptyState
        icon={forbidden ? ShieldX : TriangleAlert}
        title={forbidden ? 'Your role does not allow this' : 'This could not be loaded'}
        action={
          !forbidden &&
          code !== 'INVALID_INPUT' && (
            <Button icon={RotateCw} onClick={onRetry}>
              Retry
            </Button>
          )
        }
      >
        {error instanceof Error ? error.message : String(error)}
        {forbidden && <p className="mt-1">An administrator can change what your role allows.</p>}
      </EmptyState>
    </div>
  );
}

type LoadFailureProps = { readonly what: string; readonly error: Error; readonly onRetry: () => void };

/** Says below a list that not all that is in view could be loaded. */
export function LoadFailure({ what, error, onRetry }: LoadFailureProps) {
  return (
    <p
      role="alert"
      className="flex min-h-10 items-center justify-center gap-3 border-line border-t px-4 py-1.5 text-muted text-xs"
    >
      {what} could not be loaded: {error.message}
      <Button size="small" onClick={onRetry}>
        Retry
      </Button>
    </p>
  );
}

/** Grey bars in the shape of what is coming. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div className={classNames('animate-shimmer rounded-sm bg-line', className)} />;
}

/** A loading list: `count` rows of bars of uneven length, and one announcement. */
export function SkeletonRows({
  count = 8,
  label = 'Loading',
}: {
  readonly count?: number;
  readonly label?: string;
}) {
  const widths = ['w-5/6', 'w-2/3', 'w-3/4', 'w-1/2'];
  return (
    <div role="status" className="divide-y divide-line">
      <span className="sr-only">{label}</span>
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity and never move
        <div key={row} className="flex h-11 items-center gap-6 px-4" aria-hidden="true">
          <Skeleton className="h-3 w-32 shrink-0" />
          <Skeleton className={classNames('h-3 max-w-xl', widths[row % widths.length])} />
        </div>
      ))}
    </div>
  );
}
