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

/** Calls `mark` for each mark of a text, more than once for some. The text is UTF-8, in lower case, from one byte up to another. */
export function forTextMarks(
  text: Uint8Array,
  mark: (mark: number) => void,
  from = 0,
  to = text.length,
): void {
  let rolling = 0;
  // Of windows of equal length the least is found without looking back: it is among the grams since the last multiple of the
  // length or among those from the window's beginning up to there (van Herk 1992; Gil, Werman 1993).
  let leastSince = 0;
  let marked = 0;
  for (let end = from; end < to; end += 1) {
    rolling = (Math.imul(rolling, base) + (text[end] ?? 0)) | 0;
    if (end >= from + gramLength)
      rolling = (rolling - Math.imul(text[end - gramLength] ?? 0, baseToGramLength)) | 0;
    const gram = end - from - gramLength + 1;
    if (gram < 0) continue;
    const hash = mixed(rolling) ^ signBit;
    const place = gram % windowGrams;
    hashes[place] = hash;
    if (place === 0 || hash < leastSince) leastSince = hash;
    if (gram >= windowGrams - 1) {
      const before = place === windowGrams - 1 ? leastSince : (leastUntil[place + 1] ?? 0);
      const least = before < leastSince ? before : leastSince;
      if (least !== marked || gram === windowGrams - 1) mark((least ^ signBit) >>> 0);
      marked = least;
    }
    if (place === windowGrams - 1) keepLeastUntil();
  }
}

/** Numbers of 32 bits are compared fastest as signed ones; with this bit turned over they have the order of unsigned ones. */
const signBit = 0x80000000 | 0;

/** The hashes of the last grams, each at its place modulo their number. */
const hashes = new Int32Array(windowGrams);

/** Of as many grams up to the last multiple of their number, the least from each place on. */
const leastUntil = new Int32Array(windowGrams);

function keepLeastUntil(): void {
  let least = hashes[windowGrams - 1] ?? 0;
  for (let place = windowGrams - 1; place >= 0; place -= 1) {
    const hash = hashes[place] ?? 0;
    if (hash < least) least = hash;
    leastUntil[place] = least;
  }
}

/**
 * What every text with this part must have; none when the part is too short. Characters that JSON writes in more than one
 * way, and those beyond ASCII, whose case is not a matter of one character, end a piece.
 */
export function marksOfPart(part: string): readonly number[] {
  const marks = new Set<number>();
  for (const piece of part.split(/[^\x20-\x7e]|["\\/]/)) {
    forTextMarks(encoder.encode(piece.toLowerCase()), (mark) => marks.add(mark));
  }
  return [...marks];
}

const encoder = new TextEncoder();

/** How many marks a whole value has: a filter is wrong about one of them too often. */
const valueMarks = 3;

/** Calls `mark` for each mark of a value of a column as a whole. The value is as a text of `forTextMarks`. */
export function forValueMarks(
  column: string,
  value: Uint8Array,
  mark: (mark: number) => void,
  from = 0,
  to = value.length,
): void {
  let hash = 0x811c9dc5;
  for (let at = 0; at < column.length; at += 1) hash = Math.imul(hash ^ column.charCodeAt(at), base);
  for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (value[at] ?? 0), base);
  for (let count = 1; count <= valueMarks; count += 1) mark(mixed(hash + Math.imul(count, 0x9e3779b1)));
}

/** Spreads a hash over 32 bits (the finalizer of MurmurHash3). */
function mixed(hash: number): number {
  let mix = hash;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
