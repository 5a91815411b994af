import { valueLengthMax } from '../index/build-index.ts';
import { forValueMarks, marksOfPart } from '../index/marks.ts';

/** What must hold of a row, or more exactly of what is known of where it is, for it to matter to a statement. */
export type Requirement =
  | { readonly kind: 'always' }
  /** Its `p_event_time` is within the range, ends included; microseconds since 1970-01-01 UTC. */
  | { readonly kind: 'times'; readonly from?: bigint; readonly to?: bigint }
  /** Its block has all of the marks. */
  | { readonly kind: 'marks'; readonly marks: readonly number[] }
  | { readonly kind: 'all' | 'any'; readonly of: readonly Requirement[] };

export const always: Requirement = { kind: 'always' };

/** All must hold. */
export function all(requirements: readonly Requirement[]): Requirement {
  const of = requirements.filter(({ kind }) => kind !== 'always');
  return of.length > 0 ? { kind: 'all', of } : always;
}

/** One must hold. */
export function any(of: readonly Requirement[]): Requirement {
  return of.some(({ kind }) => kind === 'always') ? always : { kind: 'any', of };
}

/** Some text of the row has the part, whatever its case. */
export function hasPart(part: string): Requirement {
  const marks = marksOfPart(part);
  return marks.length > 0 ? { kind: 'marks', marks } : always;
}

/** The column, or an element of it, is the value. */
export function hasValue(column: string, value: string): Requirement {
  const marks = [...marksOfPart(value)];
  if (value.length <= valueLengthMax && /^[\x20-\x7e]*$/.test(value)) {
    forValueMarks(column, Buffer.from(value.toLowerCase()), (mark) => marks.push(mark));
  }
  return marks.length > 0 ? { kind: 'marks', marks } : always;
}
