import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { missingColumns, readFiles } from '../files/stored-columns.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, type TableDefinition, tableKey } from '../tables/table-definition.ts';
import { selectUnited } from '../tables/views.ts';
import type { QueryLimits, QueryTable } from './query-request.ts';

/** A DuckDB in which nothing can be reached but the given tables. */
export interface QueryInstance extends Disposable {
  readonly connection: DuckDBConnection;
}

/**
 * Opens a DuckDB for one query. It holds no data of any other query or caller; the files of its tables are all it may
 * open; its settings can't be changed any more.
 *
 * @param spillDirectory where DuckDB puts what memory can't hold; it creates and removes it.
 */
export async function openQueryInstance(
  tables: readonly QueryTable[],
  limits: Pick<QueryLimits, 'memoryMb' | 'spillMb'>,
  spillDirectory: string,
): Promise<QueryInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${limits.memoryMb}MB`,
    temp_directory: spillDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  const dispose = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    for (const statement of preparation(tables, limits.spillMb)) await connection.run(statement);
    for (const table of tables) await createView(connection, table, tables);
    for (const statement of closing) await connection.run(statement);
  } catch (error) {
    dispose();
    throw error;
  }
  return { connection, [Symbol.dispose]: dispose };
}

function preparation(tables: readonly QueryTable[], spillMb: number): readonly string[] {
  const databases = [...new Set(tables.map(({ definition }) => identifier(definition.database)))];
  const paths = tables.flatMap(({ files }) => files.map(({ path }) => literal(path)));
  return [
    // When given to the instance as it is made, this limit is shown but not kept.
    `SET max_temp_directory_size = '${spillMb}MB'`,
    `SET TimeZone = 'UTC'`,
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
    ...databases.map((database) => `ATTACH ':memory:' AS ${database}`),
    ...databases.map((database) => `CREATE SCHEMA ${database}.public`),
    ...(paths.length > 0 ? [`SET allowed_paths = [${paths.join(', ')}]`] : []),
  ];
}

const closing = ['SET enable_external_access = false', 'SET lock_configuration = true'];

async function createView(
  connection: DuckDBConnection,
  { definition, files }: QueryTable,
  tables: readonly QueryTable[],
): Promise<void> {
  const create = `CREATE VIEW ${identifier(definition.database)}.public.${identifier(definition.name)} AS`;
  const { unites } = definition;
  const united = tables.map((table) => table.definition).filter((table) => unites?.includes(tableKey(table)));
  const paths = files.map(({ path }) => path);
  if (united.length > 0) await connection.run(`${create} ${selectUnited(definition, united)}`);
  else if (paths.length === 0) await connection.run(`${create} ${selectNothing(definition)}`);
  else {
    try {
      await connection.run(`${create} ${selectFiles(definition, paths)}`);
    } catch (error) {
      // All files may be older than a column. They are looked at only then, because it takes as long as opening them.
      const missing = await missingColumns(connection, definition, paths);
      if (missing.length === 0) throw error;
      await connection.run(`${create} ${selectFiles(definition, paths, missing)}`);
    }
  }
}

function selectFiles(
  { columns }: TableDefinition,
  paths: readonly string[],
  missing: readonly Column[] = [],
): string {
  const read = columns.map((column) => {
    const name = identifier(column.name);
    const value = missing.includes(column) ? `NULL::${column.type}` : (column.stored?.read ?? name);
    return `${value} AS ${name}`;
  });
  return `SELECT ${read.join(', ')} FROM ${readFiles(paths)}`;
}

function selectNothing({ columns }: TableDefinition): string {
  return `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`).join(', ')} WHERE false`;
}
