import type { DetectionRowFragment, Severity } from '../../api/operations.ts';

/** A row of the list; its `id` is its own among all kinds. */
export type DetectionRow = DetectionRowFragment & { readonly detectionId: string };

/** What narrows the list. Empty lists narrow nothing. */
export interface DetectionFilters {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly severities: readonly Severity[];
  readonly states: readonly ('on' | 'off' | 'managed')[];
}

export function filterDetections(
  rows: readonly DetectionRow[],
  { text, kinds, severities, states }: DetectionFilters,
): readonly DetectionRow[] {
  const part = text.trim().toLowerCase();
  return rows.filter((row) => {
    const texts = [row.displayName, row.detectionId, ...row.sources, ...row.tags];
    const own = [row.enabled ? 'on' : 'off', ...(row.managed ? ['managed'] : [])];
    return (
      texts.some((each) => each.toLowerCase().includes(part)) &&
      (kinds.length === 0 || kinds.includes(row.kind)) &&
      (severities.length === 0 || (row.severity !== null && severities.includes(row.severity))) &&
      states.every((state) => own.includes(state))
    );
  });
}
