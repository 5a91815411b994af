import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { missingColumns, readFiles } from '../files/stored-columns.ts';
import type { FilePart, RowRange } from '../planning/file-parts.ts';
import type { PlannedTable } from '../planning/plan.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { type Column, type TableDefinition, tableKey } from '../tables/table-definition.ts';
import { selectUnited } from '../tables/views.ts';
import type { QueryLimits } from './query-request.ts';

/** What a query may reach and use. */
export interface Walls extends Pick<QueryLimits, 'memoryMb' | 'spillMb'> {
  readonly databases: readonly string[];
  /** Absolute; nothing outside of them can be opened. */
  readonly directories: readonly string[];
}

/** A DuckDB in which nothing can be reached but the tables it shows. */
export interface QueryInstance extends Disposable {
  readonly connection: DuckDBConnection;
  /** Makes the tables what queries find under their names; views come after the tables they show. */
  show(tables: readonly PlannedTable[]): Promise<void>;
  /** Lets the next query within the same walls have it, which then need not read again what the files say of themselves. */
  keep(): void;
}

interface Kept {
  readonly walls: string;
  readonly instance: DuckDBInstance;
}

let kept: Kept | undefined;

/** A larger process starts anew: of what it remembers of files, DuckDB counts the pages, within the limit of memory, but not the footers. */
const keptRssBytesMax = 400_000_000;

/**
 * Opens a DuckDB for one query. It holds no data of any other caller, and no query can leave anything in it; the given directories are
 * all it may read; its settings can't be changed any more.
 *
 * @param spillDirectory where DuckDB puts what memory can't hold; it creates and removes it.
 */
export async function openQueryInstance(walls: Walls, spillDirectory: string): Promise<QueryInstance> {
  const key = JSON.stringify([walls, spillDirectory]);
  const instance = takeKept(key) ?? (await createInstance(walls, spillDirectory));
  const connection = await instance.connect();
  return {
    connection,
    async show(tables) {
      for (const table of tables) await createView(connection, table, tables);
    },
    keep() {
      if (kept === undefined && process.memoryUsage.rss() < keptRssBytesMax) kept = { walls: key, instance };
    },
    [Symbol.dispose]() {
      connection.closeSync();
      if (kept?.instance !== instance) close(instance);
    },
  };
}

function takeKept(walls: string): DuckDBInstance | undefined {
  const taken = kept;
  kept = undefined;
  if (taken === undefined || taken.walls === walls) return taken?.instance;
  close(taken.instance);
  return undefined;
}

/** When the answer is on its way: it takes as long as a small query. */
function close(instance: DuckDBInstance): void {
  setImmediate(() => instance.closeSync());
}

async function createInstance(
  { databases, directories, memoryMb, spillMb }: Walls,
  spillDirectory: string,
): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const settings = [
    `SET memory_limit = '${memoryMb}MB'`,
    `SET temp_directory = ${literal(spillDirectory)}`,
    `SET max_temp_directory_size = '${spillMb}MB'`,
    `SET TimeZone = 'UTC'`,
    // A view reads what is in its files when it is made; files never change.
    'SET parquet_metadata_cache = true',
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
    ...databases.map((database) => `ATTACH ':memory:' AS ${identifier(database)}`),
    ...databases.map((database) => `CREATE SCHEMA ${identifier(database)}.public`),
    `SET allowed_directories = [${directories.map((path) => literal(`${path}/`)).join(', ')}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
  try {
    const connection = await instance.connect();
    await connection.run(settings.join(';'));
    connection.closeSync();
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function createView(
  connection: DuckDBConnection,
  { definition, parts, after }: PlannedTable,
  tables: readonly PlannedTable[],
): Promise<void> {
  const name = `${identifier(definition.database)}.public.${identifier(definition.name)}`;
  const create = `CREATE OR REPLACE VIEW ${name} AS`;
  const { unites } = definition;
  const united = tables.map((table) => table.definition).filter((table) => unites?.includes(tableKey(table)));
  if (united.length > 0) await connection.run(`${create} ${selectUnited(definition, united)}`);
  else if (parts.length === 0) await connection.run(`${create} ${selectNothing(definition)}`);
  else {
    const later = after === undefined ? '' : ` WHERE p_event_time > make_timestamp(${after})`;
    try {
      await connection.run(`${create} ${selectParts(definition, parts)}${later}`);
    } catch (error) {
      // All files may be older than a column. They are looked at only then, because it takes as long as opening them.
      const paths = parts.map(({ file }) => file.path);
      const missing = await missingColumns(connection, definition, paths);
      if (missing.length === 0) throw error;
      await connection.run(`${create} ${selectParts(definition, parts, missing)}${later}`);
    }
  }
}

function selectParts(
  { columns, unfilled = [] }: TableDefinition,
  parts: readonly FilePart[],
  missing: readonly Column[] = [],
): string {
  const read = columns.map((column) => {
    const name = identifier(column.name);
    const isNull = unfilled.includes(column.name) || missing.includes(column);
    const value = isNull ? `NULL::${column.type}` : (column.stored?.read ?? name);
    return `${value} AS ${name}`;
  });
  return `SELECT ${read.join(', ')} FROM ${readParts(parts)}`;
}

/** Each of them is planned by itself. */
const chosenFilesMax = 64;

function readParts(parts: readonly FilePart[]): string {
  const chosen = parts.filter(({ ranges }) => ranges !== undefined).slice(0, chosenFilesMax);
  const whole = parts.filter((part) => !chosen.includes(part)).map(({ file }) => file.path);
  if (chosen.length === 0) return readFiles(whole);
  const selects = chosen.map(
    ({ file, ranges = [] }) =>
      `SELECT * FROM ${readFiles([file.path])} WHERE ${ranges.map(isInRange).join(' OR ')}`,
  );
  if (whole.length > 0) selects.push(`SELECT * FROM ${readFiles(whole)}`);
  return `(${selects.join(' UNION ALL BY NAME ')})`;
}

/** DuckDB skips the row groups that hold no such row. */
function isInRange([from, to]: RowRange): string {
  return `file_row_number >= ${from} AND file_row_number < ${to}`;
}

function selectNothing({ columns }: TableDefinition): string {
  return `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${identifier(name)}`).join(', ')} WHERE false`;
}
