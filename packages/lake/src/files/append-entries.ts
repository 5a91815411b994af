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

/** Writes the entries' rows. @throws LakeError as `withEntryRows` does. */
export function appendEntries(
  writer: ParquetWriter,
  { table, entries, context }: AppendEntries,
): Promise<readonly LakeFile[]> {
  const { ledgerIndex } = context;
  const placed = entries.map((entry, at) => ({ entry, index: ledgerIndex + at }));
  return withEntryRows({ table, context }, placed, (rows) =>
    writeRows(writer, tableByKey(table).definition, rows),
  );
}

/** An entry with its place in the ledger. */
export interface PlacedEntry {
  readonly index: number;
  readonly entry: Uint8Array;
}

/**
 * Lends `work` the rows of entries, which are made while it takes them.
 * @throws LakeError `unreadable_entry`, which names it, or `unknown_table` for a table that is not made of entries.
 */
export async function withEntryRows<Result>(
  { table, context }: Pick<AppendEntries, 'table' | 'context'>,
  entries: readonly PlacedEntry[],
  work: (rows: Iterable<Row>) => Promise<Result>,
): Promise<Result> {
  const { ofEntries } = tableByKey(table);
  if (ofEntries === undefined) throw new LakeError('unknown_table', `${table} is not made of ledger entries`);
  const rowOf = ofEntries.rows(context);
  try {
    return await work(entries.values().map(({ entry, index }) => naming(index, () => rowOf(entry, index))));
  } catch (error) {
    // What is broken inside of an entry is found by DuckDB, which knows of lines only.
    if (!(error instanceof LakeError))
      for (const { entry, index } of entries) naming(index, () => ofEntries.check(entry));
    throw error;
  }
}

function naming<Result>(ledgerIndex: number, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new LakeError('unreadable_entry', `ledger entry ${ledgerIndex}: ${cause.message}`, { cause });
  }
}
