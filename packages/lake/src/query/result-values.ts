import {
  DuckDBListType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import { identifier } from '../sql/quoting.ts';
import type { ResultColumn } from './query-request.ts';

/**
 * A value as it appears in results:
 * - JSON columns as the JSON they hold; lists and structs as arrays and objects; a map as a list of {key, value};
 * - timestamps as `YYYY-MM-DD HH:MM:SS` with the fraction digits of their type (3, 6 or 9), in UTC;
 * - whole numbers as numbers up to 2^53, as strings beyond; decimals as numbers up to 15 digits, as strings beyond;
 * - infinities and NaN, dates, times, intervals, UUIDs and bytes as text.
 */
export const resultValue: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value === null || value === undefined) return null;
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return type.alias === 'JSON' ? parsedJson(String(value)) : String(value);
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return wholeNumber(value);
    case DuckDBTypeId.DECIMAL:
      return decimal(String(value));
    case DuckDBTypeId.INTERVAL:
      return String(value);
    default: {
      const digits = fractionDigits.get(type.typeId);
      return digits === undefined
        ? (JsonDuckDBValueConverter(value, type, converter) ?? null)
        : timestamp(String(value), digits);
    }
  }
};

const fractionDigits = new Map<DuckDBTypeId, number>([
  [DuckDBTypeId.TIMESTAMP_S, 0],
  [DuckDBTypeId.TIMESTAMP_MS, 3],
  [DuckDBTypeId.TIMESTAMP, 6],
  [DuckDBTypeId.TIMESTAMP_TZ, 6],
  [DuckDBTypeId.TIMESTAMP_NS, 9],
]);

/** DuckDB reads more as JSON than JSON.parse does, NaN for one; that stays text. */
function parsedJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function wholeNumber(value: DuckDBValue): Json {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function decimal(text: string): Json {
  return text.replaceAll(/\D/g, '').length <= 15 ? Number(text) : text;
}

/** Infinite timestamps and those before the year 1 stay as DuckDB writes them. */
function timestamp(text: string, digits: number): string {
  const [, seconds, fraction = ''] =
    /^(\d+-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00(?::00)?)?$/.exec(text) ?? [];
  if (seconds === undefined) return text;
  return digits === 0 ? seconds : `${seconds}.${fraction.padEnd(digits, '0')}`;
}

/** The columns of a result; a name that repeats an earlier one gets a number behind it: x, x_1, x_2. */
export function resultColumns(
  names: readonly string[],
  types: readonly DuckDBType[],
): readonly ResultColumn[] {
  const taken = new Set<string>();
  const repeats = new Map<string, number>();
  return types.map((type, at) => {
    const written = names[at] ?? '';
    let name = written;
    for (let repeat = repeats.get(written) ?? 1; taken.has(name); repeat += 1) {
      name = `${written}_${repeat}`;
      repeats.set(written, repeat + 1);
    }
    taken.add(name);
    return { name, type: typeName(type) };
  });
}

/** As DuckDB writes types, with JSON called by its name also inside others. */
function typeName(type: DuckDBType): string {
  if (type.alias !== undefined) return type.alias;
  if (type instanceof DuckDBListType) return `${typeName(type.valueType)}[]`;
  if (!(type instanceof DuckDBStructType)) return String(type);
  const fields = type.entryTypes.map(
    (entry, at) => `${identifier(type.entryNames[at] ?? '')} ${typeName(entry)}`,
  );
  return `STRUCT(${fields.join(', ')})`;
}
