import { type ReactNode, useEffect } from 'react';
import { PawMark } from '../../components/paw-mark.tsx';

type EntranceProps = {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
};

/** The frame of every page one sees before being signed in. */
export function Entrance({ title, description, children }: EntranceProps) {
  useEffect(() => {
    document.title = `${title} · Pawprint`;
  }, [title]);
  return (
    <main className="grid min-h-full place-items-center px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center justify-center gap-2 font-semibold text-lg tracking-[-0.01em]">
          <PawMark className="size-6 text-accent" />
          Pawprint
        </div>
        <div className="rounded-lg border border-line bg-surface px-6 py-6">
          <h1 className="font-semibold text-lg">{title}</h1>
          {description && <p className="mt-1 text-pretty text-muted text-sm">{description}</p>}
          <div className="mt-5">{children}</div>
        </div>
      </div>
    </main>
  );
}
