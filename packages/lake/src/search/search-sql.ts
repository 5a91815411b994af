import { LakeError } from '../lake-error.ts';
import { literal } from '../sql/quoting.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { tableKey } from '../tables/table-definition.ts';
import { fieldSql, filterSql } from './filter-sql.ts';
import type { Histogram, Search } from './search.ts';

const countMax = 1_000;

/** Spans of time with what tells their rows apart. */
const spanRowsMax = 20_000;

/**
 * The rows of a page and one more, if there is one.
 * @throws LakeError `invalid_search`.
 */
export function searchSql(table: TableDefinition, { filters, limit, cursor }: Search): string {
  const before = cursor === undefined ? 'true' : beforeCursor(cursor);
  return `SELECT * FROM ${tableKey(table)} WHERE ${filterSql(table, filters)} AND ${before}
    ORDER BY p_event_time DESC, p_row_id DESC LIMIT ${checkCount('limit', limit) + 1}`;
}

/** A row's place in the order of a search. */
export function cursorOf(row: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify([row.p_event_time, row.p_row_id])).toString('base64url');
}

function beforeCursor(cursor: string): string {
  const [time, id] =
    Buffer.from(cursor, 'base64url')
      .toString()
      .match(/[^[\],"]+/g) ?? [];
  if (time === undefined || id === undefined || !/^\d+-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/.test(time)) {
    throw new LakeError('invalid_search', 'cursor: is none that a search gave');
  }
  const at = `TIMESTAMP ${literal(time)}`;
  return `p_event_time <= ${at} AND (p_event_time < ${at} OR p_row_id < ${literal(id)})`;
}

/** What `histogramSql` finds; the columns of facet n are called `value` and `label` with n behind it. */
export interface HistogramRow {
  /** Which of the counts it is: 0 of all rows, 1 of a span of time, n + 2 of facet n. */
  readonly kind: number;
  readonly span: string | null;
  readonly by_value: string | null;
  readonly rows: number;
  readonly [facet: string]: string | number | null;
}

/**
 * All counts in one pass over the rows.
 * @throws LakeError `invalid_search`.
 */
export function histogramSql(
  table: TableDefinition,
  { filters, facets, spansBy }: Histogram,
  spanSeconds: number,
): string {
  const values = facets.map(
    ({ path }, at) => `CAST(${fieldSql(table, path, 'facets')} AS VARCHAR) AS value${at}`,
  );
  const labels = facets.map(
    ({ path, labelPath = path }, at) =>
      `CAST(${fieldSql(table, labelPath, 'facets')} AS VARCHAR) AS label${at}`,
  );
  const newest = facets.map((_, at) => `max_by(label${at}, p_event_time) AS label${at}`);
  const by = spansBy === undefined ? 'NULL' : `CAST(${fieldSql(table, spansBy, 'spansBy')} AS VARCHAR)`;
  const sets = ['span', ...facets.map((_, at) => `value${at}`)];
  const kind = `CASE ${sets.map((set, at) => `WHEN grouping(${set}) = 0 THEN ${at + 1}`).join(' ')} ELSE 0 END`;
  const kept = facets.map(
    ({ valuesMax }, at) => `WHEN ${at + 2} THEN ${checkCount('facets: valuesMax', valuesMax)}`,
  );
  return `WITH matching AS (
      SELECT p_event_time, time_bucket(to_seconds(${spanSeconds}), p_event_time) AS span, ${by} AS by_value${[...values, ...labels].map((column) => `, ${column}`).join('')}
      FROM ${tableKey(table)} WHERE ${filterSql(table, filters)}
    ), counted AS (
      SELECT ${[`${kind} AS kind`, ...sets, 'by_value', ...newest, 'count(*) AS "rows"'].join(', ')}
      FROM matching GROUP BY GROUPING SETS ((), ${sets.map((set) => (set === 'span' ? '(span, by_value)' : `(${set})`)).join(', ')})
    )
    SELECT * FROM counted
    QUALIFY row_number() OVER (PARTITION BY kind ORDER BY "rows" DESC) <= CASE kind WHEN 0 THEN 1 ${kept.join(' ')} ELSE ${spanRowsMax} END
    ORDER BY kind, span, by_value, "rows" DESC`;
}

const niceSeconds = [
  1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_592_000,
];

/** The shortest usual length that cuts a range into no more than so many spans. */
export function spanLength(rangeSeconds: number, spansMax: number): number {
  const least = rangeSeconds / checkCount('spansMax', spansMax);
  return niceSeconds.find((seconds) => seconds >= least) ?? Math.ceil(least);
}

function checkCount(name: string, count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= countMax) return count;
  throw new LakeError('invalid_search', `${name}: is a whole number from 1 to ${countMax}`);
}
