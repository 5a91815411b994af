import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { buildIndex } from '../index/build-index.ts';
import { identifier, literal } from '../sql/quoting.ts';
import { filledColumns, type TableDefinition } from '../tables/table-definition.ts';
import { durableRename } from './durable-rename.ts';
import { filePath, indexPath, workDirectory } from './layout.ts';

/**
 * Row groups of this many rows, the blocks of an index: what looks for little then reads little, and dictionaries still pay.
 * Between 8,000 and 20,000 was best when measured over 10 million records.
 */
const usualRowGroupRows = 8_192;

/** A row group of larger rows has fewer of them, as it is held in memory until it is written. */
const rowGroupTextBytes = 33_554_432;
const rowGroupRowsMin = 2_048;

/** Writes Parquet files durably with a DuckDB of its own, which nothing untrusted ever reaches. */
export interface ParquetWriter {
  readonly connection: DuckDBConnection;
  /** Writes what `select` yields as a new file of the month, in the order of files, with an index beside it if so wished. */
  write(table: TableDefinition, month: string, select: string, options?: WriteOptions): Promise<WrittenFile>;
  /** Makes the index of a file, whose path is relative to the lake. */
  writeIndex(table: TableDefinition, path: string): Promise<void>;
  /** A name for a passing file. */
  workPath(extension: string): string;
}

export interface WriteOptions {
  readonly indexed: boolean;
  /** How much text a row has on average; little unless said. */
  readonly rowBytes?: number;
  /** How many rows there are, if that is known. */
  readonly rows?: number;
}

/** Its path relative to the lake, and its size. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Removes the passing files that another one of its name left when it was killed.
 * @param name says which of the writers of a lake it is: there is one of a name at a time.
 * @param newId makes names that never repeat.
 */
export async function createParquetWriter(options: {
  directory: string;
  name?: string;
  memoryLimitMb: number;
  newId: () => string;
  rowGroupRows?: number;
}): Promise<ParquetWriter> {
  const { directory, name = 'writer', memoryLimitMb, newId, rowGroupRows = usualRowGroupRows } = options;
  const workFolder = join(workDirectory(directory), name);
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const instance = await DuckDBInstance.create(':memory:', {
    // Two would sort and write no sooner, for twice the processor time and 300 MB more.
    threads: '1',
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: join(workFolder, `spill-${newId()}`),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const workPath = (extension: string): string => join(workFolder, `${newId()}.${extension}`);
  const writeIndex = async (table: TableDefinition, dataFile: string, path: string): Promise<void> => {
    const index = await buildIndex(connection, table, dataFile);
    if (index === undefined) return;
    const passing = workPath('index');
    try {
      await writeFile(passing, index, { mode: 0o600 });
      await durableRename(passing, join(directory, indexPath(path)));
    } finally {
      await rm(passing, { force: true });
    }
  };
  return {
    connection,
    workPath,
    writeIndex: (table, path) => writeIndex(table, join(directory, path), path),
    async write(
      table,
      month,
      select,
      { indexed, rowBytes = 0, rows = Number.POSITIVE_INFINITY } = { indexed: false },
    ) {
      const groupRows = Math.max(rowGroupRowsMin, Math.min(rowGroupRows, rowGroupTextBytes / rowBytes));
      const passing = workPath('parquet');
      const path = filePath(table, month, newId());
      try {
        await connection.run(
          // All rows of one group are read together, in whatever order they are.
          `COPY (${rows <= groupRows ? unordered(table, select) : inFileOrder(table, select)}) TO ${literal(passing)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${Math.floor(groupRows)})`,
        );
        // First the index: a file that counts has it, if it is to have one.
        if (indexed) await writeIndex(table, passing, path);
        await durableRename(passing, join(directory, path));
      } finally {
        await rm(passing, { force: true });
      }
      return { path, bytes: (await stat(join(directory, path))).size };
    },
  };
}

/**
 * By actor, then time: what one did lies together, in few blocks of every file. The last columns decide between equal times,
 * so that the same rows always give the same file.
 */
function inFileOrder(table: TableDefinition, select: string): string {
  const columns = filledColumns(table);
  const hasActor = columns.some(({ name, type }) => name === 'actor' && type.startsWith('STRUCT(id '));
  return `${unordered(table, select)} ORDER BY ${hasActor ? 'actor.id, ' : ''}p_event_time, p_ledger_index, p_row_id`;
}

function unordered(table: TableDefinition, select: string): string {
  return `SELECT ${filledColumns(table)
    .map(({ name }) => identifier(name))
    .join(', ')} FROM (${select})`;
}
