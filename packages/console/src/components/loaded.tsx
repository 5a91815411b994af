import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState, SkeletonRows } from './states.tsx';

type LoadedProps<Data> = {
  readonly query: UseQueryResult<Data>;
  readonly label: string;
  readonly children: (data: Data) => ReactNode;
};

/** What a read gave, or its skeleton while it runs, or why it failed and a way to try again. */
export function Loaded<Data>({ query, label, children }: LoadedProps<Data>) {
  if (query.isPending) return <SkeletonRows count={5} label={`Loading ${label}`} />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return children(query.data);
}
