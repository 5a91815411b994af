import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { literal } from '../sql/quoting.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { durableRename } from './durable-rename.ts';
import { filePath, workDirectory } from './layout.ts';

/**
 * Row groups of this many rows: a search for one actor or the newest rows then reads little, and dictionaries still
 * pay. Between 8,000 and 20,000 was best when measured over 10 million records.
 */
const rowGroupRows = 20_480;

/** Writes Parquet files durably with a DuckDB of its own, which nothing untrusted ever reaches. */
export interface ParquetWriter {
  readonly connection: DuckDBConnection;
  /** Writes what `select` yields as a new file of the month. Returns its path relative to the lake, and its size. */
  write(table: TableDefinition, month: string, select: string): Promise<{ path: string; bytes: number }>;
  /** A name for a passing file. */
  workPath(extension: string): string;
}

/** @param newId makes names that never repeat. */
export async function createParquetWriter(options: {
  directory: string;
  memoryLimitMb: number;
  newId: () => string;
}): Promise<ParquetWriter> {
  const { directory, memoryLimitMb, newId } = options;
  const workFolder = workDirectory(directory);
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: join(workFolder, `spill-${newId()}`),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const workPath = (extension: string): string => join(workFolder, `${newId()}.${extension}`);
  return {
    connection,
    workPath,
    async write(table, month, select) {
      const passing = workPath('parquet');
      const path = filePath(table, month, newId());
      try {
        await connection.run(
          `COPY (${select}) TO ${literal(passing)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows})`,
        );
        await durableRename(passing, join(directory, path));
      } finally {
        await rm(passing, { force: true });
      }
      return { path, bytes: (await stat(join(directory, path))).size };
    },
  };
}

/** Time first; the ledger's order decides between equal times, so that the same rows always give the same file. */
export const fileOrder = 'ORDER BY p_event_time, p_ledger_index';
