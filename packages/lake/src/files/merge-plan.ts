import type { LakeFile } from '../catalogue.ts';
import { monthOf } from './layout.ts';

/** How many files of one level and month become one of the next level. */
export const mergeWidth = 16;

/**
 * A file with more rows is left alone: sorting the rows of `mergeWidth` such files would not fit the memory of the
 * process that merges.
 */
export const mergeableRowsMax = 30_000;

/**
 * Which files to merge next, or undefined when there is nothing to gain.
 *
 * With a width of 16 a row is rewritten at most log16(rows) times, and a month holds at most 15 small files of each
 * level.
 */
export function planMerge(files: readonly LakeFile[]): readonly [LakeFile, ...LakeFile[]] | undefined {
  const small = files.filter(({ rows }) => rows <= mergeableRowsMax);
  const tiers = Map.groupBy(small, ({ path, level }) => `${monthOf(path)} ${level}`);
  for (const tier of tiers.values()) {
    const [first, ...rest] = tier.slice(0, mergeWidth);
    if (first !== undefined && rest.length === mergeWidth - 1) return [first, ...rest];
  }
  return undefined;
}
