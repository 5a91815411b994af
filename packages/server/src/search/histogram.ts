import type { ActionResult } from '@pawprint/record';

/** Each divides the next, so that buckets can be put together. */
const intervalsSeconds = [
  1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200, 29_030_400,
  // For records of a clock that was centuries wrong.
  290_304_000, 2_903_040_000, 29_030_400_000,
] as const;

/** With the longest interval all times there are need no more. */
export const bucketsMin = 12;

/** Weeks begin on a Monday: 5 January 1970, in seconds. */
const origin = 345_600;

/** Records of one stretch of time. */
export interface Bucket {
  /** RFC 3339. */
  readonly start: string;
  readonly counts: Readonly<Record<ActionResult, number>>;
}

/** Counts records by time, in the shortest of the usual intervals of which no more than `bucketsMax` are needed. */
export class Histogram {
  readonly #bucketsMax: number;
  #interval = 0;
  /** By how many intervals the bucket is from the origin. */
  #buckets = new Map<number, Record<ActionResult, number>>();
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  /** @param bucketsMax at least `bucketsMin`. */
  constructor(bucketsMax: number) {
    this.#bucketsMax = bucketsMax;
  }

  get intervalSeconds(): number {
    return intervalsSeconds[this.#interval] ?? 1;
  }

  /** Makes the buckets reach to this time, in seconds since 1970. */
  cover(seconds: number): void {
    this.#first = Math.min(this.#first, seconds);
    this.#last = Math.max(this.#last, seconds);
    while (this.#count() > this.#bucketsMax && this.#interval < intervalsSeconds.length - 1) this.#coarsen();
  }

  /** Makes the buckets no shorter than this. */
  coarsen(seconds: number): void {
    while (this.intervalSeconds < seconds && this.#interval < intervalsSeconds.length - 1) this.#coarsen();
  }

  add(seconds: number, result: ActionResult, count = 1): void {
    this.cover(seconds);
    this.#bucket(this.#place(seconds))[result] += count;
  }

  /** All buckets from the first to the last, empty ones too. */
  buckets(): readonly Bucket[] {
    const first = this.#place(this.#first);
    return Array.from({ length: this.#count() }, (_, at) => ({
      start: new Date(((first + at) * this.intervalSeconds + origin) * 1_000).toISOString(),
      counts: this.#buckets.get(first + at) ?? noRecords(),
    }));
  }

  #count(): number {
    return this.#first > this.#last ? 0 : this.#place(this.#last) - this.#place(this.#first) + 1;
  }

  #place(seconds: number): number {
    return Math.floor((seconds - origin) / this.intervalSeconds);
  }

  #coarsen(): void {
    const finer = this.#buckets;
    const before = this.intervalSeconds;
    this.#interval += 1;
    this.#buckets = new Map();
    for (const [place, counts] of finer) {
      const bucket = this.#bucket(Math.floor((place * before) / this.intervalSeconds));
      for (const result of results) bucket[result] += counts[result];
    }
  }

  #bucket(place: number): Record<ActionResult, number> {
    const known = this.#buckets.get(place);
    if (known !== undefined) return known;
    const made = noRecords();
    this.#buckets.set(place, made);
    return made;
  }
}

const results = ['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED'] as const;

function noRecords(): Record<ActionResult, number> {
  return { SUCCEEDED: 0, FAILED: 0, PARTIALLY_FAILED: 0 };
}
