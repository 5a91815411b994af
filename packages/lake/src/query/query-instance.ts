import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from '../sql/quoting.ts';
import { type TableDefinition, tableKey } from '../tables/table-definition.ts';
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
    // Given to the instance as a setting it is shown but not kept.
    await connection.run(`SET max_temp_directory_size = '${limits.spillMb}MB'`);
    await prepare(connection, tables);
  } catch (error) {
    dispose();
    throw error;
  }
  return { connection, [Symbol.dispose]: dispose };
}

async function prepare(connection: DuckDBConnection, tables: readonly QueryTable[]): Promise<void> {
  const databases = new Set(tables.map(({ definition }) => definition.database));
  const paths = tables.flatMap(({ files }) => files.map(({ path }) => literal(path)));
  const statements = [
    `SET TimeZone = 'UTC'`,
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
    ...[...databases].map((database) => `ATTACH ':memory:' AS ${identifier(database)}`),
    ...[...databases].map((database) => `CREATE SCHEMA ${identifier(database)}.public`),
    ...(paths.length > 0 ? [`SET allowed_paths = [${paths.join(', ')}]`] : []),
    ...tables.map(createView),
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
  for (const statement of statements) await connection.run(statement);
}

function createView({ definition, files }: QueryTable): string {
  const name = `${identifier(definition.database)}.public.${identifier(definition.name)}`;
  return `CREATE VIEW ${name} AS ${files.length > 0 ? selectFiles(definition, files) : selectNothing(definition)}`;
}

/** By name, because files written before a column existed lack it. */
function selectFiles({ columns }: TableDefinition, files: QueryTable['files']): string {
  const read = columns.map(
    ({ name, stored }) => `${stored?.read ?? identifier(name)} AS ${identifier(name)}`,
  );
  const paths = files.map(({ path }) => literal(path));
  return `SELECT ${read.join(', ')} FROM read_parquet([${paths.join(', ')}], union_by_name = true)`;
}

function selectNothing({ columns }: TableDefinition): string {
  return `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`).join(', ')} WHERE false`;
}

/** The tables' files under their full paths. */
export function withFiles(
  directory: string,
  definition: TableDefinition,
  files: readonly { readonly path: string; readonly bytes: number }[],
): QueryTable {
  return { definition, files: files.map(({ path, bytes }) => ({ path: join(directory, path), bytes })) };
}

/** Names of the tables, for looking them up by permission. */
export function queryTableKey({ definition }: QueryTable): string {
  return tableKey(definition);
}
