/** A cell as text: strings as they are, nested values as JSON, null and absent as null. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const sampledRows = 60;
const widthMinCharacters = 9;
const widthMaxCharacters = 46;

/** What a character of the cells' font and the padding of the widest cell, the first, take. */
const characterPx = 7.25;
const paddingPx = 34;

/** The width of a column: its header or its longest sampled text, within reason. */
export function columnWidthPx(name: string, rows: readonly Record<string, unknown>[]): number {
  const lengths = rows.slice(0, sampledRows).map((row) => cellText(row[name])?.length ?? 4);
  const characters = Math.min(widthMaxCharacters, Math.max(widthMinCharacters, name.length, ...lengths));
  return Math.ceil(characters * characterPx) + paddingPx;
}
