import { join } from 'node:path';
import { erasedText } from '@pawprint/record';
import type { LakeFile } from '../catalogue.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type LoadContext, tableKey } from '../tables/table-definition.ts';
import { logTableOf, tableByKey } from '../tables/tables.ts';
import { type PlacedEntry, withEntryRows } from './append-entries.ts';
import { monthOf } from './layout.ts';
import { isIndexed } from './merge-plan.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { withRows } from './row-files.ts';
import { selectStored } from './stored-columns.ts';

/** Rows of a file to be made anew from their entries. */
export interface ReplaceRows {
  readonly kind: 'replace';
  readonly table: string;
  readonly file: LakeFile;
  /** As they are to be read from now on. */
  readonly entries: readonly PlacedEntry[];
  readonly context: LoadContext;
}

/** What tells of the loading of a row, not of its entry, and so stays. */
const keptColumns: readonly string[] = ['p_parse_time', 'p_source_id', 'p_source_label'];

/** What detections say in words of their own, which may be those of the event, and what stands there once it is replaced. */
const replacements: Readonly<Record<string, string>> = {
  p_dedup: literal(erasedText),
  p_rule_error: literal(erasedText),
  p_alert_context: 'NULL',
};

/** Writes the file again with the other rows. @returns nothing when it holds no row of the entries; the file itself stays. */
export async function replaceRows(
  writer: ParquetWriter,
  directory: string,
  { table, file, entries, context }: ReplaceRows,
): Promise<readonly LakeFile[]> {
  const { definition } = tableByKey(table);
  const log = logTableOf(definition);
  const madeColumns = new Set(
    log.columns.map(({ name }) => name).filter((name) => !keptColumns.includes(name)),
  );
  const old = `(${await selectStored(writer.connection, definition, [join(directory, file.path)])})`;
  const work = async (made: string): Promise<readonly LakeFile[]> => {
    const found = await writer.connection.runAndReadAll(
      `SELECT count(*) FROM ${old} WHERE p_ledger_index IN (SELECT p_ledger_index FROM (${made}))`,
    );
    if (Number(found.getRows()[0]?.[0]) === 0) return [];
    const replaced = definition.columns.map(({ name }) => {
      const column = `${madeColumns.has(name) ? 'made' : 'kept'}.${identifier(name)}`;
      const replacement = replacements[name];
      return replacement === undefined
        ? column
        : `CASE WHEN ${column} IS NOT NULL THEN ${replacement} END AS ${identifier(name)}`;
    });
    const select = `SELECT * FROM ${old}
        WHERE p_ledger_index IS NULL OR p_ledger_index NOT IN (SELECT p_ledger_index FROM (${made}))
        UNION ALL
        SELECT ${replaced.join(', ')} FROM (${made}) AS made JOIN ${old} AS kept USING (p_ledger_index)`;
    const { path, bytes } = await writer.write(definition, monthOf(file.path), select, {
      indexed: isIndexed(file),
    });
    return [{ ...file, path, bytes }];
  };
  return withEntryRows({ table: tableKey(log), context }, entries, (rows) =>
    withRows(writer, log, rows, work),
  );
}
