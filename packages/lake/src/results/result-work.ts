import { open } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Run } from '../engine/serve.ts';
import { isOutOfMemory, outOfMemory } from '../query/duckdb-errors.ts';
import type { ResultColumn } from '../query/query-request.ts';
import { resultValue } from '../query/result-values.ts';
import { identifier, literal } from '../sql/quoting.ts';
import type { ResultSource } from './result-store.ts';

/** What is to be made of a result. */
export type ResultWork = { readonly source: ResultSource } & (
  | { readonly kind: 'parquet'; readonly path: string }
  | { readonly kind: 'summary'; readonly column: string }
);

export type ResultRequest = ResultWork & {
  /** Where DuckDB puts what memory can't hold; it creates and removes it. */
  readonly spillDirectory: string;
  /** Megabytes (10^6) DuckDB may hold in memory. */
  readonly memoryMb: number;
};

/** What one column of a result holds. */
export interface ColumnSummary {
  readonly rowCount: number;
  readonly nulls: number;
  /** Different values, null aside. */
  readonly distinct: number;
  /** Null for a column of lists or structs, or without values. */
  readonly min: unknown;
  readonly max: unknown;
  /** The most frequent values, the most frequent first. */
  readonly top: readonly { readonly value: unknown; readonly count: number }[];
}

/** Values shown of a column. */
const topMax = 20;

/** Makes a Parquet file of a result, or sums up one of its columns. */
export async function workOnResult(
  request: ResultRequest,
  { signal }: Run<never>,
): Promise<ColumnSummary | undefined> {
  const { source } = request;
  const out = request.kind === 'parquet' ? [request.path] : [];
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${request.memoryMb}MB`,
    temp_directory: request.spillDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    const paths = [source.rows, ...out].map(literal).join(', ');
    for (const setting of [
      "TimeZone = 'UTC'",
      `allowed_paths = [${paths}]`,
      'enable_external_access = false',
    ]) {
      await connection.run(`SET ${setting}`);
    }
    signal.throwIfAborted();
    if (request.kind === 'summary') return await summarize(connection, source, request.column);
    const rows = await selectRows(source, source.columns);
    await connection.run(`COPY (${rows}) TO ${literal(request.path)} (FORMAT parquet, COMPRESSION zstd)`);
    return undefined;
  } catch (error) {
    throw isOutOfMemory(error) ? outOfMemory(request) : error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  }
}

async function summarize(
  connection: DuckDBConnection,
  source: ResultSource,
  name: string,
): Promise<ColumnSummary> {
  const column = source.columns.filter((candidate) => candidate.name === name);
  const rows = await selectRows(source, column);
  const value = identifier(name);
  await connection.run(
    `CREATE TEMP TABLE counts AS SELECT ${value} AS v, count(*)::BIGINT AS n FROM (${rows}) GROUP BY 1`,
  );
  const isOrdered = column.every(({ type }) => !/^STRUCT|\]$|^JSON$/.test(fileType(type)));
  const bounds = isOrdered ? 'min(v), max(v)' : 'NULL, NULL';
  const [totals = []] = await jsonRows(
    connection,
    `SELECT coalesce(sum(n), 0)::BIGINT, coalesce(sum(n) FILTER (v IS NULL), 0)::BIGINT, count(v), ${bounds} FROM counts`,
  );
  const top = await jsonRows(
    connection,
    `SELECT v, n FROM counts WHERE v IS NOT NULL ORDER BY n DESC, v::VARCHAR LIMIT ${topMax}`,
  );
  const [rowCount, nulls, distinct, min, max] = totals;
  return {
    ...{ rowCount: Number(rowCount), nulls: Number(nulls), distinct: Number(distinct), min, max },
    top: top.map(([topValue, count]) => ({ value: topValue, count: Number(count) })),
  };
}

async function jsonRows(connection: DuckDBConnection, sql: string): Promise<readonly (readonly unknown[])[]> {
  const result = await connection.run(sql);
  const types = result.columnTypes();
  const rows = await result.getRows();
  return rows.map((row) => types.map((type, at) => resultValue(row[at] ?? null, type, resultValue)));
}

/** A SELECT of columns of a result, in their types as far as Parquet has them. */
async function selectRows(source: ResultSource, columns: readonly ResultColumn[]): Promise<string> {
  const objectBytes = Math.max(2 ** 20, await longestRowBytes(source.offsets));
  const options = `format = 'newline_delimited', maximum_object_size = ${objectBytes}`;
  const file = literal(source.rows);
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  if (names.size === columns.length) {
    const typed = columns.map(({ name, type }) => `${literal(name)}: ${literal(fileType(type))}`);
    const read = `read_json(${file}, ${options}, columns = {${typed.join(', ')}})`;
    return `SELECT ${columns.map(({ name }) => identifier(name)).join(', ')} FROM ${read}`;
  }
  // Names that differ in case alone are one to DuckDB, but not in a file.
  const picked = columns.map(({ name, type }, at) => {
    const path = literal(`$.${JSON.stringify(name)}`);
    const repeat = columns
      .slice(0, at)
      .filter((earlier) => earlier.name.toLowerCase() === name.toLowerCase());
    const as = repeat.length === 0 ? name : `${name}_${repeat.length}`;
    return `json_transform(json_extract(json, ${path}), ${literal(JSON.stringify(fileType(type)))}) AS ${identifier(as)}`;
  });
  return `SELECT ${picked.join(', ')} FROM read_ndjson_objects(${file}, ${options})`;
}

/** Types that JSON text can not be read as, or that Parquet does not have. */
const textTypes =
  /\b(?:MAP|UNION|ENUM|INTERVAL|TIME|TIME_NS|BLOB|BIT|HUGEINT|UHUGEINT|VARIANT|BIGNUM)\b|\[\d+\]/;

/**
 * The type of a column in a file: its own where that is possible, otherwise text, or JSON of what is nested. Sums are whole
 * numbers of 128 bits, which Parquet would round; as decimals it has 38 digits of them.
 */
function fileType(type: string): string {
  if (type === 'HUGEINT') return 'DECIMAL(38,0)';
  const words = type.replaceAll(/"(?:[^"]|"")*"/g, '').replaceAll('TIMESTAMP WITH TIME ZONE', 'TIMESTAMP');
  if (!textTypes.test(words)) return type;
  return /^(?:STRUCT|MAP|UNION|VARIANT)|\]$/.test(words) ? 'JSON' : 'VARCHAR';
}

/** The bytes of the longest row, from the offsets behind each. */
async function longestRowBytes(offsetsPath: string): Promise<number> {
  const handle = await open(offsetsPath, 'r');
  try {
    let [longest, last] = [0, 0];
    for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 16, autoClose: false })) {
      const bytes = chunk as Buffer;
      for (let at = 0; at + 8 <= bytes.length; at += 8) {
        const end = Number(bytes.readBigUInt64LE(at));
        longest = Math.max(longest, end - last);
        last = end;
      }
    }
    return longest + 1;
  } finally {
    await handle.close();
  }
}
