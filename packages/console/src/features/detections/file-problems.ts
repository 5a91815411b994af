/** Something that is wrong with a file, as the API tells it. */
export type FileProblem = {
  readonly path: string;
  readonly field: string;
  readonly message: string;
  readonly level: string;
};

/** The line of a file that a problem is about, counted from 1; the first where nothing tells. */
export function problemLine(
  { field, message }: Pick<FileProblem, 'field' | 'message'>,
  text: string,
): number {
  const [, told] = /\bline (\d+)/.exec(message) ?? [];
  const lines = text.split('\n');
  if (told !== undefined) return Math.min(Number(told), lines.length);
  // `Tests[1].Log` is the second item of Tests, and there Log; each step is looked for after the one before.
  let at = 0;
  for (const [, name = '', index] of field.matchAll(/([^.[\]]+)(?:\[(\d+)\])?/g)) {
    const key = new RegExp(`^\\s*(?:- +)?["']?${escapeRegExp(name)}["']?\\s*:`);
    const found = lines.findIndex((line, number) => number >= at && key.test(line));
    if (found < 0) break;
    at = found;
    if (index !== undefined) at = nthItem(lines, found, Number(index)) ?? found;
  }
  return at + 1;
}

function nthItem(lines: readonly string[], from: number, index: number): number | undefined {
  const first = lines.findIndex((line, number) => number > from && /^\s*- /.test(line));
  const indent = /^\s*/.exec(lines[first] ?? '')?.[0] ?? '';
  const items = lines.flatMap((line, number) =>
    number > from && line.startsWith(`${indent}- `) ? [number] : [],
  );
  return items[index];
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
