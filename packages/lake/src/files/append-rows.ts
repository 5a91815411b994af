import type { LakeFile } from '../catalogue.ts';
import { LakeError } from '../lake-error.ts';
import type { Row, TableDefinition } from '../tables/table-definition.ts';
import { tableByKey } from '../tables/tables.ts';
import { valueRow } from '../tables/values.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { writeRows } from './row-files.ts';

/** Rows on their way into a table that is not made from the ledger. */
export interface AppendRows {
  readonly kind: 'append-rows';
  readonly table: string;
  /** Each a JSON object: values by column name. */
  readonly rows: readonly string[];
  /** Of the first row; the others follow. */
  readonly position: number;
  /** When the rows are made, nanoseconds since 1970-01-01 UTC. */
  readonly parseTime: bigint;
}

/** @throws LakeError `unreadable_row`, which names the row and what is wrong; nothing of the batch is loaded. */
export async function appendRows(
  writer: ParquetWriter,
  { table, rows, position, parseTime }: AppendRows,
): Promise<readonly LakeFile[]> {
  const { definition, ofEntries } = tableByKey(table);
  if (ofEntries !== undefined)
    throw new LakeError('unknown_table', `${table} is made of ledger entries only`);
  const read = rows.map((row, at) => readRow(definition, row, position + at, parseTime));
  return writeRows(writer, definition, read);
}

function readRow(table: TableDefinition, json: string, position: number, parseTime: bigint): Row {
  try {
    return valueRow(table, json, parseTime);
  } catch (cause) {
    if (!(cause instanceof LakeError)) throw cause;
    throw new LakeError(cause.code, `row ${position} of ${table.database}.${table.name}: ${cause.message}`, {
      cause,
    });
  }
}
