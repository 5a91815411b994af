import type { LakeFile } from '../catalogue.ts';
import { monthOf } from './layout.ts';

/**
 * Months whose rows may lie in one file. Looking for little costs as much for each file as for tens of thousands of rows, so
 * that a small log wants few files; but a file is removed only when the last of its rows is past its time.
 */
const monthsTogether = 3;

/** How many files of one level and quarter become one of the next level. */
export const mergeWidth = 16;

/** A file with more rows, which fill a row group, waits to be sealed instead. */
export const mergeableRowsMax = 8_191;

/**
 * So many rows are sealed: sorting them fits the memory of the process that merges, and a file of them is read quickly from
 * one end to the other, which is what a page of rows in the order of time takes.
 */
export const sealedRows = 262_144;

/** The level of a sealed file, which is not merged any more unless it is small and its quarter has late rows. */
export const sealedLevel = 100;

/** Late rows are merged into a quarter's sealed files when they are this part of them. */
const lateShare = 0.05;

/** A quarter is over when no more than stragglers of it can come. */
const graceMs = 86_400_000;

/** Files of one quarter to become one of a level. */
export interface MergePlan {
  readonly files: readonly [LakeFile, ...LakeFile[]];
  readonly level: number;
}

/**
 * What to merge next, or undefined when there is nothing to gain.
 *
 * Small files are merged by sixteens; what they become, and what came in large files, is sealed, in the order of time, when there is
 * enough of it or its quarter is over. So a row is rewritten once to three times, and a quarter holds at most 15 small files of each
 * level.
 */
export function planMerge(files: readonly LakeFile[], now: Date): MergePlan | undefined {
  for (const [quarter, its] of Map.groupBy(files, ({ path }) => quarterOf(monthOf(path)))) {
    const plan = planSealing(its) ?? planTier(its) ?? (isOver(quarter, now) ? planClosing(its) : undefined);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

function planTier(files: readonly LakeFile[]): MergePlan | undefined {
  const small = files.filter((file) => !isSealed(file) && file.rows <= mergeableRowsMax);
  for (const tier of Map.groupBy(small, ({ level }) => level).values()) {
    const [first, ...rest] = tier.slice(0, mergeWidth);
    if (first !== undefined && rest.length === mergeWidth - 1) {
      return { files: [first, ...rest], level: first.level + 1 };
    }
  }
  return undefined;
}

/** The earliest rows, when there are enough. */
function planSealing(files: readonly LakeFile[]): MergePlan | undefined {
  const taken: LakeFile[] = [];
  for (const file of files.filter((each) => !isSealed(each)).toSorted(byTime)) {
    taken.push(file);
    if (rowsOf(taken) >= sealedRows) return sealing(taken);
  }
  return undefined;
}

/** All that is not sealed, with what is sealed but small, unless that were much work for few rows. */
function planClosing(files: readonly LakeFile[]): MergePlan | undefined {
  const late = files.filter((file) => !isSealed(file));
  const taken = [...late];
  for (const file of files.filter(isSealed).toSorted((a, b) => a.rows - b.rows)) {
    if (rowsOf(taken) + file.rows <= sealedRows) taken.push(file);
  }
  const isWorthIt = rowsOf(late) >= rowsOf(taken) * lateShare || late.length >= mergeWidth;
  return late.length > 0 && isWorthIt ? sealing(taken) : undefined;
}

function sealing([first, ...rest]: readonly LakeFile[]): MergePlan | undefined {
  return first && { files: [first, ...rest], level: sealedLevel };
}

function isSealed({ level }: LakeFile): boolean {
  return level >= sealedLevel;
}

function rowsOf(files: readonly LakeFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}

function byTime(one: LakeFile, other: LakeFile): number {
  if (one.eventTimeMin === other.eventTimeMin) return 0;
  return one.eventTimeMin < other.eventTimeMin ? -1 : 1;
}

/** Whether a file is to have an index. A small new one is read whole as quickly, and is merged soon. */
export function isIndexed({ level, rows }: Pick<LakeFile, 'level' | 'rows'>): boolean {
  return level > 0 || rows > mergeableRowsMax;
}

/** Quarters counted from year 0 on. `month` is `yyyy-mm`. */
export function quarterOf(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return Math.floor((year * 12 + number - 1) / monthsTogether);
}

function isOver(quarter: number, now: Date): boolean {
  return now.getTime() >= new Date(0).setUTCFullYear(0, (quarter + 1) * monthsTogether, 1) + graceMs;
}
