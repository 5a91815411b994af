import { DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../sql/quoting.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { encodeIndex, type IndexContents } from './index-file.ts';
import { type IndexedText, indexedTexts } from './indexed-texts.ts';
import { forTextMarks, forValueMarks } from './marks.ts';

/** Bits of a filter before it is folded to what its marks need: 512 KiB for each block while an index is made. */
const widestBits = 2 ** 22;

/** The share of set bits a filter is folded up to: text of usual length has several marks, so that a few set bits are believed. */
const fillMax = 0.4;

/** So much text is held at once while an index is made. */
const textBytesMax = 67_108_864;

/** A longer value is looked for by the marks of its parts. */
export const valueLengthMax = 23;

/** The index of a data file of the table, whose blocks are its row groups. Undefined for a file that has too many of them. */
export async function buildIndex(
  connection: DuckDBConnection,
  table: TableDefinition,
  path: string,
): Promise<Uint8Array | undefined> {
  const { rows, blockRows } = await shapeOf(connection, path);
  const blocks = Math.ceil(rows / blockRows);
  const starts = Array.from({ length: blocks + 1 }, (_, block) => Math.min(block * blockRows, rows));
  const filters = Array.from({ length: blocks }, () => new Uint8Array(widestBits / 8));
  for (const { text, bytes } of await textsIn(connection, table, path)) {
    const blocksAtOnce = Math.max(1, Math.floor((blocks * textBytesMax) / bytes));
    for (let first = 0; first < blocks; first += blocksAtOnce) {
      const [from, to] = [first * blockRows, (first + blocksAtOnce) * blockRows];
      // Few texts of a block are different ones, which DuckDB finds fastest; as one value for each block they are handed over fastest.
      const result = await connection.runAndReadAll(
        `SELECT block, encode(string_agg(lower(text), chr(10))) FROM (
           SELECT DISTINCT file_row_number // ${blockRows} AS block, ${text.sql} AS text
           FROM read_parquet(${literal(path)}) WHERE file_row_number >= ${from} AND file_row_number < ${to}
         ) WHERE text IS NOT NULL GROUP BY block`,
      );
      for (const [block, texts] of result.getRows()) {
        if (texts instanceof DuckDBBlobValue) addTexts(filters[Number(block)], text, texts.bytes);
      }
    }
  }
  return encodeIndex(folded({ starts, filters }));
}

/** Those texts of the table that some row of the file has, and how much they are: many columns are for few kinds of logs. */
async function textsIn(
  connection: DuckDBConnection,
  table: TableDefinition,
  path: string,
): Promise<readonly { readonly text: IndexedText; readonly bytes: number }[]> {
  const texts = indexedTexts(table);
  const sums = texts.map(({ sql }) => `sum(strlen(${sql}) + 1)`).join(', ');
  const reader = await connection.runAndReadAll(`SELECT ${sums} FROM read_parquet(${literal(path)})`);
  return texts
    .map((text, at) => ({ text, bytes: Number(reader.getRows()[0]?.[at] ?? 0) }))
    .filter(({ bytes }) => bytes > 0);
}

/** How many rows a file has, and the first of its row groups, which are alike except for the last. */
async function shapeOf(
  connection: DuckDBConnection,
  path: string,
): Promise<{ rows: number; blockRows: number }> {
  const file = literal(path);
  const reader = await connection.runAndReadAll(
    `SELECT (SELECT num_rows FROM parquet_file_metadata(${file})),
            (SELECT row_group_num_rows FROM parquet_metadata(${file}) WHERE row_group_id = 0 LIMIT 1)`,
  );
  const [rows, blockRows] = reader.getRows()[0] ?? [];
  return { rows: Number(rows), blockRows: Number(blockRows ?? 1) };
}

/** @param texts line by line, in lower case. */
function addTexts(filter: Uint8Array | undefined, { parts, values }: IndexedText, texts: Uint8Array): void {
  if (filter === undefined) throw new Error('a row is in no block');
  const add = (mark: number): void => {
    // As `mark % widestBits`, but without leaving 32 bits.
    const bit = mark & (widestBits - 1);
    filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  };
  for (let from = 0; from <= texts.length; ) {
    const end = texts.indexOf(lineBreak, from);
    const to = end < 0 ? texts.length : end;
    if (parts) forTextMarks(texts, add, from, to);
    if (values !== undefined && to - from <= valueLengthMax) forValueMarks(values, texts, add, from, to);
    from = to + 1;
  }
}

const lineBreak = 0x0a;

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
  const words = new Uint32Array(filter.buffer, filter.byteOffset, filter.byteLength / 4);
  for (let word of words) for (; word !== 0; word &= word - 1) ones += 1;
  return ones;
}

function fold(filter: Uint8Array, bytes: number): Uint8Array {
  const narrow = filter.slice(0, bytes);
  for (let at = bytes; at < filter.length; at += 1) {
    narrow[at % bytes] = (narrow[at % bytes] ?? 0) | (filter[at] ?? 0);
  }
  return narrow;
}
