import type { LakeFile } from '../catalogue.ts';

/** The earliest and the latest of times, of which there is at least one. */
export function eventTimeRange(times: readonly bigint[]): Pick<LakeFile, 'eventTimeMin' | 'eventTimeMax'> {
  return { eventTimeMin: times.reduce(earlier), eventTimeMax: times.reduce(later) };
}

function earlier(one: bigint, other: bigint): bigint {
  if (one < other) return one;
  return other;
}

function later(one: bigint, other: bigint): bigint {
  if (one > other) return one;
  return other;
}

/** Rounds towards the past, as cutting the digits of the text does. */
export function microseconds(nanoseconds: bigint): bigint {
  return (nanoseconds - (((nanoseconds % 1_000n) + 1_000n) % 1_000n)) / 1_000n;
}
