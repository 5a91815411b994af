import { join } from 'node:path';
import type { LakeFile } from '../catalogue.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { filledColumns, type TableDefinition } from '../tables/table-definition.ts';
import { tableByKey } from '../tables/tables.ts';
import { monthOf } from './layout.ts';
import { type MergePlan, sealedLevel } from './merge-plan.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { selectStored } from './stored-columns.ts';

/** Files of one quarter to be written as one. */
export interface MergeFiles extends MergePlan {
  readonly kind: 'merge';
  readonly table: string;
}

/**
 * Rows with so much text are sorted and written within the memory of the process that merges, which DuckDB's sort gives up beyond: less
 * of large rows, as 2,048 are written at once. A sealed file of usual records has 150 MB of it.
 */
const textBytesMax = 201_326_592;
const largeRowBytes = 4_096;
const largeRowsTextBytesMax = 50_331_648;

/**
 * Writes the rows of the files as one file of the level, with its index; as several, in the order of time, that are sealed, where
 * the rows are too large for one. The files themselves stay.
 */
export async function mergeFiles(
  writer: ParquetWriter,
  directory: string,
  { table, files, level }: MergeFiles,
): Promise<readonly LakeFile[]> {
  const { definition } = tableByKey(table);
  const paths = files.map(({ path }) => join(directory, path));
  const select = await selectStored(writer.connection, definition, paths);
  const { rows, bytes, sized } = await sizeOf(writer, definition, select);
  const rowBytes = bytes / rows;
  const bytesMax = rowBytes > largeRowBytes ? largeRowsTextBytesMax : textBytesMax;
  const starts = bytes > bytesMax ? await cut(writer, sized, bytesMax) : [undefined];
  const merged: LakeFile[] = [];
  for (const [at, start] of starts.entries()) {
    const end = starts[at + 1];
    const after = at === 0 ? 'true' : `p_event_time >= make_timestamp(${start})`;
    const before = end === undefined ? 'true' : `p_event_time < make_timestamp(${end})`;
    const piece = `SELECT * FROM (${select}) WHERE ${after} AND ${before}`;
    const options = { indexed: true, rowBytes };
    const written = await writer.write(definition, monthOf(files[0].path), piece, options);
    const contents = await contentsOf(writer, join(directory, written.path));
    merged.push({ ...written, ...contents, level: starts.length > 1 ? sealedLevel : level });
  }
  return merged;
}

/** How many rows there are, and how much text is in them; `sized` selects both for each. */
async function sizeOf(
  { connection }: ParquetWriter,
  table: TableDefinition,
  select: string,
): Promise<{ rows: number; bytes: number; sized: string }> {
  const texts = filledColumns(table).filter(({ type }) => type === 'VARCHAR' || type === 'JSON');
  const lengths = texts.map(({ name }) => `coalesce(strlen(CAST(${identifier(name)} AS VARCHAR)), 0)`);
  const sized = `SELECT p_event_time, ${lengths.join(' + ')} AS bytes FROM (${select})`;
  const reader = await connection.runAndReadAll(`SELECT count(*), sum(bytes)::DOUBLE FROM (${sized})`);
  const [rows, bytes] = reader.getRows()[0] ?? [];
  return { rows: Number(rows), bytes: Number(bytes), sized };
}

/** The times, microseconds since 1970-01-01 UTC, at which files of so much text begin. */
async function cut(
  { connection }: ParquetWriter,
  sized: string,
  bytesMax: number,
): Promise<readonly bigint[]> {
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT epoch_us(min(p_event_time)) AS start FROM (
       SELECT p_event_time, sum(bytes) OVER (ORDER BY p_event_time ROWS UNBOUNDED PRECEDING) AS total FROM (${sized})
     ) GROUP BY total // ${bytesMax} ORDER BY start`,
  );
  return reader.getRows().map(([start]) => BigInt(String(start)));
}

async function contentsOf(
  { connection }: ParquetWriter,
  path: string,
): Promise<Pick<LakeFile, 'rows' | 'eventTimeMin' | 'eventTimeMax' | 'ledgerIndexMax'>> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*), epoch_us(min(p_event_time)), epoch_us(max(p_event_time)), coalesce(max(p_ledger_index), 0)
     FROM read_parquet(${literal(path)})`,
  );
  const [rows, min, max, index] = reader.getRows()[0] ?? [];
  const [eventTimeMin, eventTimeMax] = [BigInt(String(min)), BigInt(String(max))];
  return { rows: Number(rows), eventTimeMin, eventTimeMax, ledgerIndexMax: Number(index) };
}
