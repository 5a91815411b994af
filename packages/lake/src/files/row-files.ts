import type { LakeFile } from '../catalogue.ts';
import type { Row, TableDefinition } from '../tables/table-definition.ts';
import type { ParquetWriter } from './parquet-writer.ts';
import { RowLines } from './row-lines.ts';

/** Writes rows, one file for each month of their event times. */
export async function writeRows(
  writer: ParquetWriter,
  table: TableDefinition,
  rows: Iterable<Row>,
): Promise<readonly LakeFile[]> {
  const months = new Map<string, RowLines>();
  try {
    for (const row of rows) {
      const month = row.eventTime.slice(0, 'yyyy-mm'.length);
      let lines = months.get(month);
      if (lines === undefined) {
        lines = new RowLines(writer.workPath('ndjson'));
        months.set(month, lines);
      }
      lines.add(row);
    }
    const files: LakeFile[] = [];
    for (const [month, lines] of months) {
      const { contents } = lines;
      const options = { indexed: false, rows: contents.rows };
      const written = await writer.write(table, month, lines.select(table), options);
      files.push({ ...written, ...contents, level: 0 });
    }
    return files;
  } finally {
    for (const lines of months.values()) lines.remove();
  }
}

/** Lends `work` a SELECT of the rows as they are stored. */
export async function withRows<Result>(
  writer: ParquetWriter,
  table: TableDefinition,
  rows: Iterable<Row>,
  work: (select: string) => Promise<Result>,
): Promise<Result> {
  const lines = new RowLines(writer.workPath('ndjson'));
  try {
    for (const row of rows) lines.add(row);
    return await work(lines.select(table));
  } finally {
    lines.remove();
  }
}
