import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { PageHeader } from '../../components/page.tsx';

type FrameProps = {
  readonly title: string;
  readonly description: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** The pages of detections beside each other, with room for a wide table. */
export function DetectionsFrame({ children, ...header }: FrameProps) {
  return (
    <div className="mx-auto flex w-full max-w-7xl flex-col gap-4 px-4 py-5 sm:px-6">
      <PageHeader {...header} />
      <nav aria-label="Detections" className="flex gap-1 border-line border-b">
        {[
          { to: '/detections', label: 'All' },
          { to: '/detections/packs', label: 'Packs' },
        ].map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: true, includeSearch: false }}
            className="-mb-px flex h-9 items-center border-transparent border-b-2 px-2.5 font-medium text-muted text-sm outline-offset-[-2px]! hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-accent"
          >
            {label}
          </Link>
        ))}
      </nav>
      {children}
    </div>
  );
}
