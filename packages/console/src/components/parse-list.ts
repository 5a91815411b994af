/** The entries of a text with one entry a line (commas work too), without blanks and repeats. */
export function parseList(text: string): string[] {
  return [...new Set(text.split(/[\n,]/).map((entry) => entry.trim()))].filter((entry) => entry !== '');
}
