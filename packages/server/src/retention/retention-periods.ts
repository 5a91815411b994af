import type { Rows } from '../store/store.ts';

/** For how long records were to be kept from some moment on. */
export interface RetentionPeriod {
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly setAtMs: number;
}

/** From the oldest to the one in force. The first has been in force from the beginning. */
export type RetentionPeriods = readonly [RetentionPeriod, ...RetentionPeriod[]];

/** Five years. */
export const defaultRetentionDays = 1_826;
export const dayMs = 86_400_000;

/**
 * A shorter period holds only for records made this long after it was set: what was on its way to the ledger meanwhile may
 * have been locked under the longer one.
 */
export const handoverMs = 3_600_000;

/**
 * Until when a record is to be kept: the longest of the periods that have been in force since it was made. A period that was
 * lengthened thus holds for all records there are, and one that was shortened for new records alone.
 * @returns milliseconds since 1970
 */
export function keptUntilMs(periods: RetentionPeriods, madeAtMs: number): number {
  const sinceThen = periods.filter((_, at) => {
    const next = periods[at + 1];
    return next === undefined || madeAtMs < next.setAtMs + handoverMs;
  });
  return madeAtMs + Math.max(...sinceThen.map(({ days }) => days)) * dayMs;
}

/** The period in force. */
export function currentDays(periods: RetentionPeriods): number {
  return periods.at(-1)?.days ?? defaultRetentionDays;
}

export async function readRetentionPeriods(rows: Rows): Promise<RetentionPeriods> {
  const changes = await rows.selectFrom('retention_periods').selectAll().orderBy('number').execute();
  return [
    { days: defaultRetentionDays, setAtMs: Number.NEGATIVE_INFINITY },
    ...changes.map(({ days, set_at }) => ({ days, setAtMs: Date.parse(set_at) })),
  ];
}
