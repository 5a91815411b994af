import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../sql/quoting.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { encodeIndex, type IndexContents } from './index-file.ts';
import { type IndexedText, indexedTexts } from './indexed-texts.ts';
import { forTextMarks, forValueMarks } from './marks.ts';

/** Bits of a filter before it is folded to what its marks need: 512 KiB for each block while an index is made. */
const widestBits = 2 ** 22;

/** The share of set bits a filter is folded up to: text of usual length has several marks, so that a few set bits are believed. */
const fillMax = 0.4;

/** A longer value is looked for by the marks of its parts. */
export const valueLengthMax = 23;

/** The index of a data file of the table, whose blocks are its row groups. Undefined for a file that has too many of them. */
export async function buildIndex(
  connection: DuckDBConnection,
  table: TableDefinition,
  path: string,
): Promise<Uint8Array | undefined> {
  const starts = await blockStarts(connection, path);
  const filters = starts.slice(1).map(() => new Uint8Array(widestBits / 8));
  const texts = indexedTexts(table);
  const select = texts.map(({ sql }) => `lower(${sql})`).join(', ');
  const result = await connection.stream(
    `SELECT file_row_number, ${select} FROM read_parquet(${literal(path)})`,
  );
  let block = 0;
  const previous: unknown[] = [];
  for await (const rows of result.yieldRows()) {
    for (const [row, ...values] of rows) {
      while (Number(row) >= (starts[block + 1] ?? Number.POSITIVE_INFINITY)) {
        block += 1;
        previous.length = 0;
      }
      const filter = filters[block];
      if (filter === undefined) throw new Error(`row ${row} is in no row group of ${path}`);
      for (const [at, value] of values.entries()) {
        // Rows are sorted so that neighbours are alike.
        if (typeof value !== 'string' || value === previous[at]) continue;
        previous[at] = value;
        const text = texts[at];
        if (text !== undefined) addText(filter, text, value);
      }
    }
  }
  return encodeIndex(folded({ starts, filters }));
}

async function blockStarts(connection: DuckDBConnection, path: string): Promise<readonly number[]> {
  const reader = await connection.runAndReadAll(
    `SELECT any_value(row_group_num_rows) FROM parquet_metadata(${literal(path)}) GROUP BY row_group_id ORDER BY row_group_id`,
  );
  const starts = [0];
  for (const [rows] of reader.getRows()) starts.push((starts.at(-1) ?? 0) + Number(rows));
  return starts;
}

function addText(filter: Uint8Array, { parts, values }: IndexedText, text: string): void {
  const add = (mark: number): void => {
    const bit = mark % widestBits;
    filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  };
  if (parts) forTextMarks(text, add);
  if (values === undefined) return;
  for (const value of text.split('\n')) {
    if (value.length <= valueLengthMax) forValueMarks(values, value, add);
  }
}

/** Halves the filters, each half laid over the other, for as long as they are not too full then. */
function folded({ starts, filters }: IndexContents): IndexContents {
  const ones = filters.reduce((sum, filter) => sum + onesIn(filter), 0) / Math.max(filters.length, 1);
  const marks = -widestBits * Math.log(1 - Math.min(ones, widestBits - 1) / widestBits);
  let bits = widestBits;
  while (bits > 64 && 1 - Math.exp((-2 * marks) / bits) <= fillMax) bits /= 2;
  return { starts, filters: filters.map((filter) => fold(filter, bits / 8)) };
}

function onesIn(filter: Uint8Array): number {
  let ones = 0;
  for (let byte of filter) for (; byte !== 0; byte &= byte - 1) ones += 1;
  return ones;
}

function fold(filter: Uint8Array, bytes: number): Uint8Array {
  const narrow = filter.slice(0, bytes);
  for (let at = bytes; at < filter.length; at += 1) {
    narrow[at % bytes] = (narrow[at % bytes] ?? 0) | (filter[at] ?? 0);
  }
  return narrow;
}
