import { CsvError, readCsv } from './csv.ts';
import type { LookupRow, LookupTable } from './lookup-table.ts';

/** What the file of a lookup table may hold. Rows go into events, so that a row is no larger than an event. */
export const lookupLimits = {
  bytes: 2 * 1024 * 1024,
  rows: 100_000,
  rowBytes: 64 * 1024,
  depth: 32,
} as const;

/** What is wrong with a file is told of at most so many rows. */
const problemsMax = 20;

/** A row with where it stands: `line 2`, or `row 2` of an array. */
interface PlacedRow {
  readonly place: string;
  readonly row: unknown;
}

class DataError extends Error {}

/**
 * Reads the rows of a lookup table: CSV with a header (`.csv`), a JSON array (`.json`), or a JSON object on each line.
 * Of a row whose primary key is a list, each element is a key.
 * @returns the rows, or what is wrong, each with its line.
 */
export function readLookupRows(
  fileName: string,
  text: string,
  primaryKey: string,
): { readonly rows: LookupTable['rows']; readonly problems: readonly string[] } {
  const rows = new Map<string, LookupRow>();
  const problems: string[] = [];
  if (Buffer.byteLength(text) > lookupLimits.bytes) {
    return { rows: [], problems: [`is larger than ${lookupLimits.bytes} bytes`] };
  }
  try {
    let count = 0;
    for (const { place, row } of placedRows(fileName, text.replace(/^\uFEFF/, ''))) {
      count += 1;
      if (count > lookupLimits.rows) throw new DataError(`has more than ${lookupLimits.rows} rows`);
      const problem = isRow(row) ? addRow(rows, row, primaryKey) : 'must be an object';
      if (problem !== undefined) problems.push(`${place}: ${problem}`);
      if (problems.length === problemsMax) break;
    }
  } catch (error) {
    if (!(error instanceof DataError || error instanceof CsvError)) throw error;
    problems.push(error.message);
  }
  return { rows: problems.length > 0 ? [] : [...rows], problems };
}

function placedRows(fileName: string, text: string): Iterable<PlacedRow> {
  if (fileName.endsWith('.csv')) return csvRows(text);
  return text.trimStart().startsWith('[') ? arrayRows(text) : jsonLines(text);
}

function* csvRows(text: string): Generator<PlacedRow> {
  let header: readonly string[] | undefined;
  for (const { line, fields } of readCsv(text)) {
    const place = `line ${line}`;
    if (header === undefined) {
      if (fields.includes('') || new Set(fields).size < fields.length) {
        throw new DataError(`${place}: the header must name each column once`);
      }
      header = fields;
    } else if (fields.length === header.length) {
      yield { place, row: Object.fromEntries(header.map((name, at) => [name, fields[at]])) };
    } else throw new DataError(`${place}: has ${fields.length} fields, the header has ${header.length}`);
  }
}

function* arrayRows(text: string): Generator<PlacedRow> {
  for (const [at, row] of (parse(text, '') as readonly unknown[]).entries()) {
    yield { place: `row ${at + 1}`, row };
  }
}

function* jsonLines(text: string): Generator<PlacedRow> {
  for (const [at, line] of text.split('\n').entries()) {
    const place = `line ${at + 1}`;
    if (line.trim() !== '') yield { place, row: parse(line, `${place}: `) };
  }
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${place}is not JSON`, { cause });
  }
}

function isRow(row: unknown): row is LookupRow {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

/** @returns what is wrong with the row, which is then not added. */
function addRow(rows: Map<string, LookupRow>, row: LookupRow, primaryKey: string): string | undefined {
  if (isDeeper(row, lookupLimits.depth)) return `is nested deeper than ${lookupLimits.depth} levels`;
  if (Buffer.byteLength(JSON.stringify(row)) > lookupLimits.rowBytes) {
    return `is larger than ${lookupLimits.rowBytes} bytes`;
  }
  const value = Object.hasOwn(row, primaryKey) ? row[primaryKey] : undefined;
  const keys = (Array.isArray(value) ? value : [value]).map(lookupKey);
  if (keys.length === 0) return `its primary key ${primaryKey} is empty`;
  for (const key of keys) {
    if (key === undefined) return `its primary key ${primaryKey} must be a text or a number`;
    if (rows.has(key)) return `${primaryKey} ${key} has a row already`;
    rows.set(key, row);
  }
  return undefined;
}

/** The text that a value is looked up by; undefined for what is no key. */
export function lookupKey(value: unknown): string | undefined {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}
