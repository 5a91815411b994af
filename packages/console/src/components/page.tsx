import { type ReactNode, useEffect } from 'react';

type PageProps = {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** A page that scrolls as a whole: a heading, its actions, its content. */
export function Page({ title, description, actions, children }: PageProps) {
  return (
    <div className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 py-5 sm:px-6">
      <PageHeader {...{ title, description, actions }} />
      {children}
    </div>
  );
}

export function PageHeader({ title, description, actions }: Omit<PageProps, 'children'>) {
  useEffect(() => {
    document.title = `${title} · Pawprint`;
  }, [title]);
  return (
    <header className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl tracking-[-0.01em]">{title}</h1>
        {description && <p className="max-w-2xl text-muted text-sm max-sm:hidden">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

type SectionProps = {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
};

/** A titled part of a settings page. */
export function Section({ title, description, children }: SectionProps) {
  return (
    <section aria-label={title} className="max-w-2xl rounded-lg border border-line bg-surface">
      <header className="border-line border-b px-5 py-3">
        <h2 className="font-semibold text-base">{title}</h2>
        {description && <p className="text-muted text-sm">{description}</p>}
      </header>
      <div className="px-5 py-4">{children}</div>
    </section>
  );
}
