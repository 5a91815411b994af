import { join } from 'node:path';
import type { LakeFile } from '../catalogue.ts';
import { tableByKey } from '../tables/tables.ts';
import { eventTimeRange } from './event-time-range.ts';
import { monthOf } from './layout.ts';
import type { MergePlan } from './merge-plan.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { selectStored } from './stored-columns.ts';

/** Files of one quarter to be written as one. */
export interface MergeFiles extends MergePlan {
  readonly kind: 'merge';
  readonly table: string;
}

/** Writes the rows of the files as one file of the level, with its index. The files themselves stay. */
export async function mergeFiles(
  writer: ParquetWriter,
  directory: string,
  { table, files, level }: MergeFiles,
): Promise<LakeFile> {
  const { definition } = tableByKey(table);
  const paths = files.map(({ path }) => join(directory, path));
  const select = await selectStored(writer.connection, definition, paths);
  const { path, bytes } = await writer.write(definition, monthOf(files[0].path), select, { indexed: true });
  return {
    path,
    bytes,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    ...eventTimeRange(files.flatMap(({ eventTimeMin, eventTimeMax }) => [eventTimeMin, eventTimeMax])),
    ledgerIndexMax: Math.max(...files.map(({ ledgerIndexMax }) => ledgerIndexMax)),
    level,
  };
}
