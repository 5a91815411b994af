import type { DuckDBConnection } from '@duckdb/node-api';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, storedType, type TableDefinition } from '../tables/table-definition.ts';

/** Reads Parquet files by name, because those written before a column existed lack it. There is at least one. */
export function readFiles(paths: readonly string[]): string {
  return `read_parquet([${paths.map(literal).join(', ')}], union_by_name = true)`;
}

/** A column of which there are no values, in the type that files hold it in. */
export function withoutValues(column: Column): string {
  return `NULL::${storedType(column)} AS ${identifier(column.name)}`;
}

/** The columns of a table that no file of these has. */
export async function missingColumns(
  connection: DuckDBConnection,
  { columns }: TableDefinition,
  paths: readonly string[],
): Promise<readonly Column[]> {
  const found = await connection.run(`SELECT * FROM ${readFiles(paths)} LIMIT 0`);
  const names = new Set(found.columnNames());
  return columns.filter(({ name }) => !names.has(name));
}

/** SQL that reads files as the table's files are today: in order, and with null for what all of them lack. */
export async function selectStored(
  connection: DuckDBConnection,
  table: TableDefinition,
  paths: readonly string[],
): Promise<string> {
  const missing = await missingColumns(connection, table, paths);
  const columns = table.columns.map((column) => {
    const name = identifier(column.name);
    return missing.includes(column) ? withoutValues(column) : name;
  });
  return `SELECT ${columns.join(', ')} FROM ${readFiles(paths)}`;
}
