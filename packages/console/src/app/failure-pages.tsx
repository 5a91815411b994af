import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { EmptyState, ErrorState } from '../components/states.tsx';

export function NotFoundPage() {
  return (
    <div className="grid min-h-full place-items-center">
      <EmptyState
        icon={Compass}
        title="There is no such page"
        action={
          <Link to="/" className="font-medium text-accent text-sm hover:underline">
            Go to the start page
          </Link>
        }
      />
    </div>
  );
}

/** The last resort: a page that failed while it was being shown. */
export function RouteError({ error }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <div className="grid min-h-full place-items-center">
      <ErrorState error={error} onRetry={() => router.invalidate()} />
    </div>
  );
}
