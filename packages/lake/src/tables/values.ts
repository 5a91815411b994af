import { canonicalJson, formatTimestamp, isTimestamp, parseTimestamp } from '@pawprint/record';
import { LakeError } from '../lake-error.ts';
import type { Row, TableDefinition } from './table-definition.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * The row of a JSON object that holds its values by column name; what it leaves out is null. Timestamps are as in records.
 * Without a `p_event_time` it happened when the row is made.
 * @param parseTime when that is, nanoseconds since 1970-01-01 UTC.
 * @throws LakeError `unreadable_row`, which names the column.
 */
export function valueRow(table: TableDefinition, json: string, parseTime: bigint): Row {
  const now = microsecondText(formatTimestamp(parseTime));
  const values: Values = { p_parse_time: now, ...parseObject(json) };
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  for (const [name, value] of Object.entries(values)) {
    const type = types.get(name);
    if (type === undefined) throw unreadable(`there is no column ${name}`);
    if (!fits(value, type)) throw unreadable(`${name} is no ${type}`);
  }
  const { p_event_time, p_ledger_index } = values;
  const eventTime = (p_event_time ?? null) === null ? now : microsecondText(String(p_event_time));
  const stored = { ...withJsonTexts(values, table.jsonPaths), p_event_time: eventTime };
  return { eventTime, ledgerIndex: Number(p_ledger_index ?? 0), json: JSON.stringify(stored) };
}

function parseObject(json: string): Values {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw unreadable('it is not JSON', cause);
  }
  if (isObject(value)) return value;
  throw unreadable('it is not a JSON object');
}

/** Whether DuckDB reads a value of JSON as a type, without losing anything. Any value can be text. */
function fits(value: unknown, type: string): boolean {
  if (value === null || value === undefined || type === 'JSON' || type === 'VARCHAR') return true;
  if (type.endsWith('[]')) return Array.isArray(value);
  if (type.startsWith('STRUCT')) return isObject(value);
  if (type.startsWith('TIMESTAMP')) return typeof value === 'string' && isTimestamp(value);
  if (type === 'BIGINT') return Number.isSafeInteger(value);
  if (type === 'INTEGER') return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
  return false;
}

function unreadable(message: string, cause?: unknown): LakeError {
  return new LakeError('unreadable_row', message, { cause });
}

/** The values with canonical text at each of the paths where they hold something, which is how tables store JSON. */
function withJsonTexts(values: Values, paths: readonly (readonly string[])[]): Values {
  return paths.reduce(withJsonText, values);
}

function withJsonText(values: Values, [name = '', ...rest]: readonly string[]): Values {
  const value = values[name];
  if (value === undefined || value === null) return values;
  if (rest.length === 0) return { ...values, [name]: canonicalJson(value) };
  return isObject(value) ? { ...values, [name]: withJsonText(value, rest) } : values;
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A record's timestamp with six digits of a second. DuckDB rounds surplus digits, and so could move a row into the next month; cutting
 * them cannot.
 */
export function microsecondText(timestamp: string): string {
  const withPoint = timestamp.includes('.') ? timestamp : `${timestamp}.`;
  return withPoint.padEnd(microsecondLength, '0').slice(0, microsecondLength);
}

const microsecondLength = '0000-00-00 00:00:00.000000'.length;

/** Reads the timestamps of records one after another, most of the same hour. @returns what throws RecordError for what is none. */
export function timestampReader(): (timestamp: string) => string {
  let validHour = '';
  return (timestamp) => {
    const hour = timestamp.slice(0, hourLength);
    if (hour !== validHour || !withinHour.test(timestamp.slice(hourLength))) parseTimestamp(timestamp);
    validHour = hour;
    return microsecondText(timestamp);
  };
}

const hourLength = '0000-00-00 00:'.length;
const withinHour = /^[0-5]\d:[0-5]\d(?:\.\d{1,9})?$/;
