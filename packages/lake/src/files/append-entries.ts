import { rm, writeFile } from 'node:fs/promises';
import { formatTimestamp, RecordError } from '@pawprint/record';
import type { LakeFile } from '../catalogue.ts';
import { LakeError } from '../lake-error.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, type LoadContext, type Row, storedType } from '../tables/table-definition.ts';
import { tableByKey } from '../tables/tables.ts';
import { eventTimeRange } from './event-time-range.ts';
import { fileOrder, type ParquetWriter } from './parquet-writer.ts';

/** Consecutive ledger entries on their way into a table. */
export interface AppendEntries {
  readonly kind: 'append';
  readonly table: string;
  readonly entries: readonly Uint8Array[];
  /** Of the first entry; the others follow. */
  readonly context: LoadContext;
}

/** Writes the entries' rows, one file for each month of their event times. */
export async function appendEntries(
  writer: ParquetWriter,
  request: AppendEntries,
): Promise<readonly LakeFile[]> {
  const rows = request.entries.map((entry, at) => {
    const ledgerIndex = request.context.ledgerIndex + at;
    return { ...readRow(request, entry, ledgerIndex), ledgerIndex };
  });
  const months = Map.groupBy(rows, ({ eventTime }) => formatTimestamp(eventTime).slice(0, 'yyyy-mm'.length));
  const files: LakeFile[] = [];
  for (const [month, monthRows] of months)
    files.push(await writeMonth(writer, request.table, month, monthRows));
  return files;
}

function readRow({ table, context }: AppendEntries, entry: Uint8Array, ledgerIndex: number): Row {
  try {
    return tableByKey(table).toRow(entry, { ...context, ledgerIndex });
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new LakeError('unreadable_entry', `ledger entry ${ledgerIndex}: ${cause.message}`, { cause });
  }
}

async function writeMonth(
  writer: ParquetWriter,
  tableName: string,
  month: string,
  rows: readonly (Row & { readonly ledgerIndex: number })[],
): Promise<LakeFile> {
  const { definition } = tableByKey(tableName);
  const passing = writer.workPath('ndjson');
  try {
    await writeFile(passing, rows.map(({ values }) => `${JSON.stringify(values)}\n`).join(''), {
      mode: 0o600,
    });
    const select = `SELECT ${definition.columns.map(typed).join(', ')} FROM ${readNdjson(passing, definition.columns)}`;
    const { path, bytes } = await writer.write(definition, month, `${select} ${fileOrder}`);
    const times = rows.map(({ eventTime }) => microseconds(eventTime));
    const ledgerIndexMax = rows.reduce((max, { ledgerIndex }) => Math.max(max, ledgerIndex), 0);
    return { path, bytes, rows: rows.length, ledgerIndexMax, level: 0, ...eventTimeRange(times) };
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

/** Rounds towards the past, as cutting the digits of the text does. */
function microseconds(nanoseconds: bigint): bigint {
  return (nanoseconds - (((nanoseconds % 1_000n) + 1_000n) % 1_000n)) / 1_000n;
}
