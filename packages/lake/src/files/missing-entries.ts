import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LakeFile } from '../catalogue.ts';
import { readFiles } from './stored-columns.ts';

/** Ledger indexes from `from` up to but not including `to`. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

/** Which entries of a range have no row in any of the files. */
export interface FindMissing extends IndexRange {
  readonly kind: 'missing';
  readonly files: readonly LakeFile[];
}

export async function missingEntries(
  connection: DuckDBConnection,
  directory: string,
  { files, from, to }: FindMissing,
): Promise<readonly IndexRange[]> {
  if (from >= to) return [];
  if (files.length === 0) return [{ from, to }];
  const source = readFiles(files.map(({ path }) => join(directory, path)));
  const gaps = await connection.runAndReadAll(
    `SELECT before + 1, i FROM (
       SELECT i, lag(i, 1, ${from - 1}) OVER (ORDER BY i) AS before FROM (
         SELECT p_ledger_index AS i FROM ${source} WHERE p_ledger_index >= ${from} AND p_ledger_index < ${to}
         UNION ALL SELECT ${to}))
     WHERE i > before + 1 ORDER BY i`,
  );
  return gaps.getRows().map(([first, end]) => ({ from: Number(first), to: Number(end) }));
}
