/** The look of everything that opens over the page: menus, selects, comboboxes, popovers. */
export const popupClassName =
  'thin-scrollbar max-h-(--available-height) overflow-y-auto rounded-lg border border-line bg-raised p-1 text-sm text-ink shadow-popup outline-none origin-(--transform-origin) transition duration-100 data-starting-style:opacity-0 data-ending-style:opacity-0';

/** A row of such a list that can be ticked: the tick's column, then the text. */
export const itemClassName =
  'grid grid-cols-[1rem_1fr] items-start gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-hover data-disabled:text-faint [&>:first-child]:mt-0.5';

/** A filter's button: its name, what it is set to, and a fill when it narrows anything. */
export function filterTriggerClassName(active: boolean): string {
  const base =
    'inline-flex h-8 max-w-80 shrink-0 items-center gap-1.5 rounded-md border px-2.5 text-sm transition-colors hover:border-control';
  return `${base} ${active ? 'border-accent/60 bg-accent-soft' : 'border-control/70 bg-surface'}`;
}
