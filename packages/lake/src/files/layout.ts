import { join } from 'node:path';
import { type TableDefinition, tableKey } from '../tables/table-definition.ts';

/** Where unfinished files live; emptied when the lake opens. */
export function workDirectory(directory: string): string {
  return join(directory, 'tmp');
}

/** The folder of a table, relative to the lake. */
export function tableFolder(table: Pick<TableDefinition, 'database' | 'name'>): string {
  return tableKey(table).replace('.', '/');
}

/** Where a file of a month goes, relative to the lake. `month` is `yyyy-mm`. */
export function filePath(table: TableDefinition, month: string, id: string): string {
  return `${tableFolder(table)}/${month}/${id}.parquet`;
}

/** Where the index of a data file is, if it has one. */
export function indexPath(path: string): string {
  return path.replace(/parquet$/, 'index');
}

/** The month a file belongs to. */
export function monthOf(path: string): string {
  return path.split('/').at(-2) ?? '';
}
