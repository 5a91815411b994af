import { formatTime } from '../../components/timestamp.ts';
import type { AuditLogCounts } from './audit-log-counts.ts';

/** Records of a stretch of time, of which it is known how many there are. */
export type Stretch = {
  /** Milliseconds since 1970, both in it. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
};

/** A stretch as it stands in the history: its newest record is row `start`. */
export type HistoryPart = Stretch & { readonly key: string; readonly start: number };

/** How many records are read at once where it can be chosen. */
export const partSize = 200;
/** How many may be: a page of the API. */
export const partSizeMax = 1_000;

/** Has too many records to be read at once, and is long enough to be counted finer. */
export function isCoarse({ from, to, count }: Stretch): boolean {
  return count > partSizeMax && to - from >= 1_000;
}

/**
 * The buckets as stretches, newest first.
 * @param without times of records that were counted and are not of the history's rows, milliseconds.
 */
export function stretchesOf(
  { buckets, intervalSeconds }: Pick<AuditLogCounts, 'buckets' | 'intervalSeconds'>,
  without: readonly number[],
): readonly Stretch[] {
  const lengthMs = intervalSeconds * 1_000;
  const first = Date.parse(buckets[0]?.start ?? '');
  const counts = buckets.map(
    ({ succeeded, failed, partiallyFailed }) => succeeded + failed + partiallyFailed,
  );
  for (const time of without) {
    const place = Math.floor((time - first) / lengthMs);
    const count = counts[place];
    if (count !== undefined) counts[place] = Math.max(0, count - 1);
  }
  return counts
    .map((count, place) => {
      const from = first + place * lengthMs;
      return { from, to: from + lengthMs - 1, count };
    })
    .toReversed();
}

type Known = {
  /** What coarse stretches are made of, by `stretchKey`. */
  readonly finer: ReadonlyMap<string, readonly Stretch[]>;
  /** How many records a part has, by its key, where they are not as many as were counted. */
  readonly found: ReadonlyMap<string, number>;
};

/** The history in parts that are read at once, newest first; several stretches of few records are one part. */
export function partsOf(stretches: readonly Stretch[], { finer, found }: Known): readonly HistoryPart[] {
  let start = 0;
  return joined(stretches, finer).map((stretch) => {
    const key = stretchKey(stretch);
    const part = { ...stretch, key, start, count: found.get(key) ?? stretch.count };
    start += part.count;
    return part;
  });
}

export function stretchKey({ from, to }: Stretch): string {
  return `${from}-${to}`;
}

/** When about the record of a row of the part was, as far as the part says it. */
export function timeIn({ from, to, start, count }: HistoryPart, row: number): string {
  const lengthMs = to - from;
  const time = new Date(to - ((row - start + 0.5) / count) * lengthMs).toISOString();
  return formatTime(time).slice(0, lengthMs >= 86_400_000 ? 10 : lengthMs >= 3_600_000 ? 16 : 19);
}

/** What becomes of a coarse stretch changes nothing around it: others are joined on either side of it only. */
function joined(
  stretches: readonly Stretch[],
  finer: ReadonlyMap<string, readonly Stretch[]>,
): readonly Stretch[] {
  const done: Stretch[] = [];
  let open: Stretch | undefined;
  for (const stretch of stretches) {
    if (stretch.count === 0) continue;
    if (isCoarse(stretch)) {
      if (open) done.push(open);
      open = undefined;
      const inner = finer.get(stretchKey(stretch));
      done.push(...(inner ? joined(inner, finer) : [stretch]));
    } else if (open && open.count + stretch.count <= partSize) {
      open = { from: stretch.from, to: open.to, count: open.count + stretch.count };
    } else {
      if (open) done.push(open);
      open = stretch;
    }
  }
  if (open) done.push(open);
  return done;
}
