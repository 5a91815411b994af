import { randomUUID } from 'node:crypto';
import type { LakeFile } from '../catalogue.ts';
import type { LakeQuery, RunningQuery } from '../lake.ts';
import { LakeError } from '../lake-error.ts';
import type { ResultPage } from '../results/result-store.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { tableByKey } from '../tables/tables.ts';
import type { Histogram, HistogramCounts, Search, SearchPage } from './search.ts';
import { cursorOf, type HistogramRow, histogramSql, searchSql, spanLength } from './search-sql.ts';

/** What a search is made of. */
export interface SearchMeans {
  readonly clock: () => Date;
  readonly files: (table: string) => Promise<readonly LakeFile[]>;
  readonly query: (query: LakeQuery) => RunningQuery;
  readonly results: (
    id: string,
    page: { readonly offset: number; readonly pageSize: number },
  ) => Promise<ResultPage>;
  readonly deleteResults: (id: string) => Promise<void>;
}

/** Rows that match, the newest first. */
export async function search(means: SearchMeans, request: Search): Promise<SearchPage> {
  const rows = await run(means, request, searchSql(readable(request), request));
  const page = rows.slice(0, request.limit);
  const last = rows.length > request.limit ? page.at(-1) : undefined;
  return { rows: page, nextCursor: last && cursorOf(last) };
}

/** How many rows match, over time and by their values. */
export async function histogram(means: SearchMeans, request: Histogram): Promise<HistogramCounts> {
  const table = readable(request);
  const spanSeconds = spanLength(await rangeSeconds(means, request), request.spansMax);
  const rows = (await run(
    means,
    request,
    histogramSql(table, request, spanSeconds),
  )) as readonly HistogramRow[];
  return {
    rows: rows.find(({ kind }) => kind === 0)?.rows ?? 0,
    spanSeconds,
    spans: rows
      .filter(({ kind }) => kind === 1)
      .map(({ span, by_value, rows }) => ({
        from: new Date(`${span?.replace(' ', 'T')}Z`),
        rows,
        ...(request.spansBy !== undefined && { by: by_value }),
      })),
    facets: request.facets.map((_, facet) =>
      rows
        .filter(({ kind }) => kind === facet + 2)
        .map((row) => ({
          value: textOrNull(row[`value${facet}`]),
          label: textOrNull(row[`label${facet}`]),
          rows: row.rows,
        })),
    ),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A table the caller may not read is as unknown as one that does not exist. */
function readable({ table, tables }: Search | Histogram): TableDefinition {
  if (!tables.includes(table)) throw new LakeError('unknown_table', `there is no table ${table}`);
  return tableByKey(table).definition;
}

/** From the earliest to the latest row that can match, going by the files' times. */
async function rangeSeconds({ files }: SearchMeans, { table, filters }: Histogram): Promise<number> {
  const live = await files(table);
  const earliest = live.reduce((least, { eventTimeMin }) => Math.min(least, Number(eventTimeMin)), Infinity);
  const latest = live.reduce((most, { eventTimeMax }) => Math.max(most, Number(eventTimeMax)), -Infinity);
  const from = Math.max(earliest / 1_000, filters.from?.getTime() ?? -Infinity);
  const to = Math.min(latest / 1_000, filters.to?.getTime() ?? Infinity);
  return Math.max(to - from, 0) / 1_000;
}

async function run<Row extends Readonly<Record<string, unknown>>>(
  { clock, query, results, deleteResults }: SearchMeans,
  { table, limits, signal }: Search | Histogram,
  sql: string,
): Promise<readonly Row[]> {
  const id = `search-${randomUUID()}`;
  const { done, cancel } = query({
    ...{ id, sql, database: '', tables: [table], now: clock() },
    ...(limits !== undefined && { limits }),
  });
  signal?.addEventListener('abort', cancel);
  try {
    signal?.throwIfAborted();
    const { rowCount } = await done;
    return (await results(id, { offset: 0, pageSize: rowCount })).rows as readonly Row[];
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
    await done.catch(() => undefined);
    await deleteResults(id);
  }
}
