import { randomUUID } from 'node:crypto';
import type { LakeFile } from '../catalogue.ts';
import { serve } from '../engine/serve.ts';
import { tableByKey } from '../tables/tables.ts';
import { type AppendEntries, appendEntries } from './append-entries.ts';
import { type AppendRows, appendRows } from './append-rows.ts';
import { type MergeFiles, mergeFiles } from './merge-files.ts';
import { createParquetWriter, type ParquetWriter } from './parquet-writer.ts';
import { type ReplaceRows, replaceRows } from './replace-rows.ts';

/** The program that writes data files. Arguments: the lake's directory, the writer's name, the memory limit of DuckDB in MB, a niceness. */
export type WriteRequest = AppendEntries | AppendRows | MergeFiles | ReplaceRows | MakeIndex;

/** The index of a file of which it was lost. */
export interface MakeIndex {
  readonly kind: 'index';
  readonly table: string;
  /** Relative to the lake. */
  readonly path: string;
}

const [directory = '', name = '', memoryLimitMb = '', niceness = ''] = process.argv.slice(2);
let writer: ParquetWriter | undefined;

serve(
  async (request: WriteRequest): Promise<readonly LakeFile[]> => {
    writer ??= await createParquetWriter({
      ...{ directory, name },
      memoryLimitMb: Number(memoryLimitMb),
      newId: randomUUID,
    });
    switch (request.kind) {
      case 'append-entries':
        return appendEntries(writer, request);
      case 'append-rows':
        return appendRows(writer, request);
      case 'merge':
        return mergeFiles(writer, directory, request);
      case 'replace':
        return replaceRows(writer, directory, request);
      case 'index':
        await writer.writeIndex(tableByKey(request.table).definition, request.path);
        return [];
    }
  },
  { rssBytesMax: 3 * Number(memoryLimitMb) * 1_000_000 + 400_000_000, niceness: Number(niceness) },
);
