import { RecordError } from '@pawprint/record';
import type { LakeFile } from '../catalogue.ts';
import { LakeError } from '../lake-error.ts';
import type { LoadContext, Row } from '../tables/table-definition.ts';
import { tableByKey } from '../tables/tables.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { writeRows } from './row-files.ts';

/** Consecutive ledger entries on their way into a table. */
export interface AppendEntries {
  readonly kind: 'append-entries';
  readonly table: string;
  readonly entries: readonly Uint8Array[];
  /** Of the first entry; the others follow. */
  readonly context: LoadContext;
}

/** Writes the entries' rows. */
export function appendEntries(writer: ParquetWriter, request: AppendEntries): Promise<readonly LakeFile[]> {
  const rows = request.entries.map((entry, at) => readRow(request, entry, request.context.ledgerIndex + at));
  return writeRows(writer, tableByKey(request.table).definition, rows);
}

/** The row of an entry. @throws LakeError `unreadable_entry`, or `unknown_table` for one that is not made of entries. */
export function readRow(
  { table, context }: Pick<AppendEntries, 'table' | 'context'>,
  entry: Uint8Array,
  ledgerIndex: number,
): Row {
  const { entryRow } = tableByKey(table);
  if (entryRow === undefined) throw new LakeError('unknown_table', `${table} is not made of ledger entries`);
  try {
    return entryRow(entry, { ...context, ledgerIndex });
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new LakeError('unreadable_entry', `ledger entry ${ledgerIndex}: ${cause.message}`, { cause });
  }
}
