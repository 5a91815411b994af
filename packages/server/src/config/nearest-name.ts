/**
 * The known name that was probably meant, or undefined when none is near. The prefix before the first underscore does not
 * count, so that PREFIX_DATABASE_URL finds DATABASE_URL.
 */
export function nearestName<Name extends string>(name: string, known: readonly Name[]): Name | undefined {
  const prefix = /^[^_]*_/.exec(name)?.[0] ?? '';
  const wanted = withoutPrefix(name, prefix);
  const distances = known.map((candidate) => editDistance(wanted, withoutPrefix(candidate, prefix)));
  const least = Math.min(...distances);
  return least <= wanted.length / 3 ? known[distances.indexOf(least)] : undefined;
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Levenshtein's: characters to insert, delete or replace. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (const [index, character] of [...left].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...right].entries()) {
      const replace = (row[column] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replace, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
