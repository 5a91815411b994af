import { defaultLimits, type QueryLimits as EngineLimits } from '@pawprint/lake';
import * as z from 'zod';

/** What one of a caller's queries of the data lake may take; null for the instance's limit. */
export interface QueryLimits {
  readonly timeSeconds: number | null;
  /** Megabytes (10^6). */
  readonly memoryMb: number | null;
  readonly resultRows: number | null;
  readonly resultBytes: number | null;
  /** How many may run or wait at once. */
  readonly concurrentQueries: number | null;
}

export type LakeLimits = Partial<EngineLimits>;

/** Of every query, and the most that can be set. */
export const instanceLimits = {
  timeSeconds: defaultLimits.timeMs / 1_000,
  memoryMb: defaultLimits.memoryMb,
  resultRows: defaultLimits.resultRows,
  resultBytes: defaultLimits.resultBytes,
  concurrentQueries: 5,
} as const;

/** Below it DuckDB can not begin with a query. */
const memoryMbMin = 32;

export const noLimits: QueryLimits = {
  timeSeconds: null,
  memoryMb: null,
  resultRows: null,
  resultBytes: null,
  concurrentQueries: null,
};

/** The limits that somebody sets, all of them at once. */
export const queryLimitsSchema = z
  .strictObject({
    timeSeconds: limit('timeSeconds'),
    memoryMb: limit('memoryMb', memoryMbMin),
    resultRows: limit('resultRows'),
    resultBytes: limit('resultBytes'),
    concurrentQueries: limit('concurrentQueries'),
  })
  .nullish();

function limit(name: keyof QueryLimits, min = 1) {
  const max = instanceLimits[name];
  const outOfRange = `must be a whole number from ${min} to ${max}, the limit of the instance`;
  return z.int(outOfRange).min(min, outOfRange).max(max, outOfRange).nullish();
}

export function queryLimitsOf(row: { readonly query_limits: string }): QueryLimits {
  return { ...noLimits, ...JSON.parse(row.query_limits) };
}

/** As the lake takes them: those that are set. */
export function lakeLimits({ timeSeconds, memoryMb, resultRows, resultBytes }: QueryLimits): LakeLimits {
  return {
    ...(timeSeconds !== null && { timeMs: timeSeconds * 1_000 }),
    ...(memoryMb !== null && { memoryMb }),
    ...(resultRows !== null && { resultRows }),
    ...(resultBytes !== null && { resultBytes }),
  };
}

/** As rows keep them. */
export function queryLimitsText(limits: z.output<typeof queryLimitsSchema>): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(limits ?? {}).filter(([, value]) => value != null)),
  );
}
