/**
 * Where in an input the first text stands that not every database keeps as it is: PostgreSQL has no NUL in a text, and
 * neither engine half a surrogate pair.
 *
 * @returns the path from the input to it; undefined where all is well.
 */
export function unstorableText(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed() ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const path = unstorableText(member);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}
