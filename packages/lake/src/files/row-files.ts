import { rm, writeFile } from 'node:fs/promises';
import { formatTimestamp } from '@pawprint/record';
import type { LakeFile } from '../catalogue.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, type Row, storedType, type TableDefinition } from '../tables/table-definition.ts';
import { eventTimeRange, microseconds } from './event-time-range.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { withoutValues } from './stored-columns.ts';

/** Writes rows, one file for each month of their event times. */
export async function writeRows(
  writer: ParquetWriter,
  table: TableDefinition,
  rows: readonly Row[],
): Promise<readonly LakeFile[]> {
  const months = Map.groupBy(rows, ({ eventTime }) => formatTimestamp(eventTime).slice(0, 'yyyy-mm'.length));
  const files: LakeFile[] = [];
  for (const [month, monthRows] of months) files.push(await writeMonth(writer, table, month, monthRows));
  return files;
}

function writeMonth(
  writer: ParquetWriter,
  table: TableDefinition,
  month: string,
  rows: readonly Row[],
): Promise<LakeFile> {
  return withRows(writer, table, rows, async (select) => {
    const { path, bytes } = await writer.write(table, month, select);
    const times = rows.map(({ eventTime }) => microseconds(eventTime));
    const ledgerIndexMax = rows.reduce(
      (max, { values }) => Math.max(max, Number(values.p_ledger_index ?? 0)),
      0,
    );
    return { path, bytes, rows: rows.length, ledgerIndexMax, level: 0, ...eventTimeRange(times) };
  });
}

/** Lends `work` a SELECT of the rows as they are stored. */
export async function withRows<Result>(
  writer: ParquetWriter,
  { columns }: TableDefinition,
  rows: readonly Row[],
  work: (select: string) => Promise<Result>,
): Promise<Result> {
  const passing = writer.workPath('ndjson');
  try {
    await writeFile(passing, rows.map(({ values }) => `${JSON.stringify(values)}\n`).join(''), {
      mode: 0o600,
    });
    const filled = columns.filter(({ name }) => rows.some(({ values }) => (values[name] ?? null) !== null));
    // What no row fills need not be looked for in each.
    const select = columns.map((column) => (filled.includes(column) ? typed(column) : withoutValues(column)));
    return await work(`SELECT ${select.join(', ')} FROM ${readNdjson(passing, filled)}`);
  } finally {
    await rm(passing, { force: true });
  }
}

/** Read as text and cast, JSON keeps the exact text it was given. */
function typed(column: Column): string {
  const name = identifier(column.name);
  return `CAST(${name} AS ${storedType(column)}) AS ${name}`;
}

function readNdjson(path: string, columns: readonly Column[]): string {
  const types = columns.map(
    (column) => `${literal(column.name)}: ${literal(storedType(column).replaceAll(/\bJSON\b/g, 'VARCHAR'))}`,
  );
  return `read_json(${literal(path)}, format = 'newline_delimited', columns = {${types.join(', ')}})`;
}
