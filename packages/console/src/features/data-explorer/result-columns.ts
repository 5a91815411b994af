/** A cell as text: strings as they are, nested values as JSON, null and absent as null. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const sampledRows = 60;
const widthMinCh = 9;
const widthMaxCh = 46;

/** The width of a column in `ch`: its longest sampled text, within reason. */
export function columnWidthCh(name: string, rows: readonly Record<string, unknown>[]): number {
  const lengths = rows.slice(0, sampledRows).map((row) => cellText(row[name])?.length ?? 4);
  return Math.min(widthMaxCh, Math.max(widthMinCh, name.length, ...lengths)) + 4;
}
