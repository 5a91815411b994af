import { type Index, openIndex } from '../index/index-file.ts';
import type { Requirement } from './requirement.ts';

/** A data file of a table. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly eventTimeMin: bigint;
  readonly eventTimeMax: bigint;
  /** Absolute; undefined for a file that is not to have one. */
  readonly indexPath: string | undefined;
}

/** What is to be read of a file. */
export interface FilePart {
  readonly file: PlannedFile;
  /** Rows from the first on and before the second, in order; undefined for all. */
  readonly ranges: readonly RowRange[] | undefined;
}

export type RowRange = readonly [from: number, to: number];

/** Whether each block of a file matters; one answer where it is the same for all. */
type Blocks = boolean | readonly boolean[];

/**
 * Reading more than this part of a file is no better than reading all of it; nor is sparing fewer blocks, as a file of which rows are
 * chosen is planned by itself, which takes DuckDB more than a millisecond.
 */
const shareMax = 0.5;
const sparedBlocksMin = 4;

/**
 * The parts of the files that may hold rows which fulfil a requirement. The others cannot.
 * @param onBadIndex told of an index that can't be used; its file then counts as one that may hold anything.
 */
export function planParts(
  files: readonly PlannedFile[],
  requirement: Requirement,
  onBadIndex: (file: PlannedFile, error: unknown) => void,
): readonly FilePart[] {
  return files.flatMap((file) => {
    if (!mayHoldTimes(requirement, file)) return [];
    return partOf(file, requirement, onBadIndex);
  });
}

function partOf(
  file: PlannedFile,
  requirement: Requirement,
  onBadIndex: (file: PlannedFile, error: unknown) => void,
): readonly FilePart[] {
  const whole = [{ file, ranges: undefined }];
  if (file.indexPath === undefined || !needsMarks(requirement)) return whole;
  try {
    using index = openIndex(file.indexPath);
    const blocks = blocksThat(requirement, file, index);
    if (typeof blocks === 'boolean') return blocks ? whole : [];
    const ranges = rangesOf(blocks, index.starts);
    if (ranges.length === 0) return [];
    const spared = blocks.filter((isNeeded) => !isNeeded).length;
    return spared < sparedBlocksMin || rowsIn(ranges) > file.rows * shareMax ? whole : [{ file, ranges }];
  } catch (error) {
    onBadIndex(file, error);
    return whole;
  }
}

/** Going by the times of the file alone. */
function mayHoldTimes(requirement: Requirement, file: PlannedFile): boolean {
  switch (requirement.kind) {
    case 'times':
      return overlaps(requirement, file);
    case 'all':
      return requirement.of.every((part) => mayHoldTimes(part, file));
    case 'any':
      return requirement.of.some((part) => mayHoldTimes(part, file));
    default:
      return true;
  }
}

function overlaps(
  { from, to }: Extract<Requirement, { kind: 'times' }>,
  { eventTimeMin, eventTimeMax }: PlannedFile,
): boolean {
  return (from === undefined || eventTimeMax >= from) && (to === undefined || eventTimeMin <= to);
}

function needsMarks(requirement: Requirement): boolean {
  if (requirement.kind === 'all' || requirement.kind === 'any') return requirement.of.some(needsMarks);
  return requirement.kind === 'marks';
}

function blocksThat(requirement: Requirement, file: PlannedFile, index: Index): Blocks {
  switch (requirement.kind) {
    case 'always':
      return true;
    case 'times':
      return overlaps(requirement, file);
    case 'marks':
      return everyMark(requirement.marks, index);
    case 'all':
      return requirement.of.reduce<Blocks>(
        (blocks, part) => (blocks === false ? false : both(blocks, blocksThat(part, file, index))),
        true,
      );
    case 'any':
      return requirement.of.reduce<Blocks>(
        (blocks, part) => (blocks === true ? true : either(blocks, blocksThat(part, file, index))),
        false,
      );
  }
}

function everyMark(marks: readonly number[], index: Index): Blocks {
  let blocks: Blocks = true;
  for (const mark of marks) {
    blocks = both(blocks, index.blocksWith(mark));
    if (blocks === false || (typeof blocks !== 'boolean' && !blocks.includes(true))) return false;
  }
  return blocks;
}

function both(one: Blocks, other: Blocks): Blocks {
  if (typeof one === 'boolean') return one && other;
  if (typeof other === 'boolean') return other && one;
  return one.map((block, at) => block && (other[at] ?? false));
}

function either(one: Blocks, other: Blocks): Blocks {
  if (typeof one === 'boolean') return one || other;
  if (typeof other === 'boolean') return other || one;
  return one.map((block, at) => block || (other[at] ?? false));
}

function rangesOf(blocks: readonly boolean[], starts: readonly number[]): readonly RowRange[] {
  const ranges: RowRange[] = [];
  for (const [block, isNeeded] of blocks.entries()) {
    const [from = 0, to = 0] = [starts[block], starts[block + 1]];
    const last = ranges.at(-1);
    if (!isNeeded) continue;
    if (last?.[1] === from) ranges[ranges.length - 1] = [last[0], to];
    else ranges.push([from, to]);
  }
  return ranges;
}

/** How many rows the ranges hold. */
export function rowsIn(ranges: readonly RowRange[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}
