import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { identifier, literal } from '../sql/quoting.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
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
    ...tables.map(createView),
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
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
