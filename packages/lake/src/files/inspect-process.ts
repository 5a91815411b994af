import { randomUUID } from 'node:crypto';
import { serve } from '../engine/serve.ts';
import { type CheckFile, checkFile } from './check-file.ts';
import { type FindMissing, type IndexRange, missingEntries } from './missing-entries.ts';
import { createParquetWriter, type ParquetWriter } from './parquet-writer.ts';

/** The program that looks for what is wrong with data files. Arguments: the lake's directory, the memory limit of DuckDB in MB. */
export type InspectRequest = CheckFile | FindMissing;

export interface Findings {
  /** Of a file that was checked: what is wrong with it. */
  readonly damage?: string | undefined;
  readonly missing?: readonly IndexRange[];
}

const [directory = '', memoryLimitMb = ''] = process.argv.slice(2);
let writer: ParquetWriter | undefined;

serve(
  async (request: InspectRequest): Promise<Findings> => {
    writer ??= await createParquetWriter({
      ...{ directory, name: 'inspector' },
      memoryLimitMb: Number(memoryLimitMb),
      newId: randomUUID,
    });
    switch (request.kind) {
      case 'check':
        return { damage: await checkFile(writer.connection, directory, request.file) };
      case 'missing':
        return { missing: await missingEntries(writer.connection, directory, request) };
    }
  },
  { rssBytesMax: 3 * Number(memoryLimitMb) * 1_000_000 + 400_000_000, niceness: 5 },
);
