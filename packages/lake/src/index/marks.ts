/**
 * Marks: numbers that stand for what a text holds, so that a small filter can tell texts that may hold something from those
 * that cannot. Those of a text are chosen by winnowing (Schleimer, Wilkerson, Aiken 2003): of each `windowGrams`
 * consecutive grams of `gramLength` characters the one with the smallest hash. The choice depends on nothing outside the
 * window, so whatever marks a part has, every text it is part of has them too.
 */
const gramLength = 8;
const windowGrams = 8;

/** A shorter part has no marks, and so cannot be looked for. */
export const partLengthMin = gramLength + windowGrams - 1;

const base = 0x01000193;
const baseToGramLength = Array.from({ length: gramLength }).reduce<number>(
  (power) => Math.imul(power, base),
  1,
);

/** Calls `mark` for each mark of a text, more than once for some. The text is in lower case. */
export function forTextMarks(text: string, mark: (mark: number) => void): void {
  const { length } = text;
  let rolling = 0;
  let least = 0;
  let leastAt = -1;
  for (let end = 0; end < length; end += 1) {
    rolling = (Math.imul(rolling, base) + text.charCodeAt(end)) | 0;
    if (end >= gramLength)
      rolling = (rolling - Math.imul(text.charCodeAt(end - gramLength), baseToGramLength)) | 0;
    const gram = end - gramLength + 1;
    if (gram < 0) continue;
    const hash = mixed(rolling);
    grams[gram % windowGrams] = hash;
    const isLeast = leastAt < 0 || hash <= least;
    if (isLeast) {
      least = hash;
      leastAt = gram;
    }
    if (gram < windowGrams - 1) continue;
    if (leastAt <= gram - windowGrams) {
      [least, leastAt] = leastOf(gram);
      mark(least);
    } else if (isLeast || gram === windowGrams - 1) mark(least);
  }
}

/** The hashes of the last grams, each at its place modulo their number. */
const grams = new Uint32Array(windowGrams);

function leastOf(last: number): [hash: number, at: number] {
  let at = last;
  for (let gram = last - 1; gram > last - windowGrams; gram -= 1) {
    if ((grams[gram % windowGrams] ?? 0) < (grams[at % windowGrams] ?? 0)) at = gram;
  }
  return [grams[at % windowGrams] ?? 0, at];
}

/**
 * What every text with this part must have; none when the part is too short. Characters that JSON writes in more than one
 * way, and those beyond ASCII, whose case is not a matter of one character, end a piece.
 */
export function marksOfPart(part: string): readonly number[] {
  const marks = new Set<number>();
  for (const piece of part.split(/[^\x20-\x7e]|["\\/]/)) {
    forTextMarks(piece.toLowerCase(), (mark) => marks.add(mark));
  }
  return [...marks];
}

/** How many marks a whole value has: a filter is wrong about one of them too often. */
const valueMarks = 3;

/** Calls `mark` for each mark of a value of a column as a whole. The value is in lower case. */
export function forValueMarks(column: string, value: string, mark: (mark: number) => void): void {
  let hash = 0x811c9dc5;
  for (let at = 0; at < column.length; at += 1) hash = Math.imul(hash ^ column.charCodeAt(at), base);
  for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), base);
  for (let count = 1; count <= valueMarks; count += 1) mark(mixed(hash + Math.imul(count, 0x9e3779b1)));
}

/** Spreads a hash over 32 bits (the finalizer of MurmurHash3). */
function mixed(hash: number): number {
  let mix = hash;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
