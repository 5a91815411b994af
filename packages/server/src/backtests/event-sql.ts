import type { GroupSelection, PlaceValues, Read } from '@pawprint/detections';
import type { Column, TableDefinition } from '@pawprint/lake';

/** SQL of an event as JSON text, as it was made into its row: what it did not have is null in the row. */
export function eventSql({ columns, jsonPaths }: TableDefinition): string {
  const members = columns.map((column) => {
    const sql = identifier(column.name);
    const fields = structFields(column);
    return memberSql(
      column.name,
      sql,
      fields === undefined
        ? valueSql(sql, column.type)
        : objectSql(sql, column.name, [...fields.keys()], jsonPaths),
    );
  });
  return `'{' || substr(concat(${members.join(', ')}), 2) || '}'`;
}

function objectSql(
  sql: string,
  name: string,
  fields: readonly string[],
  jsonPaths: TableDefinition['jsonPaths'],
): string {
  const members = fields.map((field) => {
    const value = `${sql}.${identifier(field)}`;
    const isJson = jsonPaths.some((known) => known[0] === name && known[1] === field);
    return memberSql(field, value, valueSql(value, isJson ? 'JSON' : ''));
  });
  return `'{' || substr(concat(${members.join(', ')}), 2) || '}'`;
}

function memberSql(name: string, sql: string, value: string): string {
  return `CASE WHEN ${sql} IS NOT NULL THEN ${literal(`,${JSON.stringify(name)}:`)} || ${value} END`;
}

function valueSql(sql: string, type: string): string {
  if (type === 'JSON') return `${sql}::VARCHAR`;
  if (type === 'TIMESTAMP') return `'"' || ${microsecondsSql(sql)} || '"'`;
  // Of nanoseconds DuckDB's own strftime writes wrong digits.
  if (type === 'TIMESTAMP_NS')
    return `'"' || ${microsecondsSql(`${sql}::TIMESTAMP`)} || lpad((epoch_ns(${sql}) % 1000)::VARCHAR, 3, '0') || '"'`;
  return `to_json(${sql})::VARCHAR`;
}

function microsecondsSql(sql: string): string {
  return `strftime(${sql}, '%Y-%m-%d %H:%M:%S.%f')`;
}

/** What a table's events hold at a place. */
export interface Place {
  /** SQL that is equal where they hold the same, null where they hold nothing. */
  readonly sql: string;
  /** SQL of what that is, as `PlaceValues` have it. */
  readonly value: string;
  readonly isText: boolean;
}

/** @returns undefined where SQL can't tell. */
export function placeOf(table: TableDefinition, { path, whole }: Read): Place | undefined {
  const [name, ...below] = path;
  // All of the event, which no other is the same as.
  if (name === undefined) return undefined;
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined)
    return missing(
      name,
      table.columns.map((each) => each.name),
    );
  const sql = identifier(name);
  const fields = structFields(column);
  if (fields === undefined) return valuePlace(sql, column.type, below, whole);
  const [field, ...deeper] = below;
  if (field === undefined) {
    const object = objectSql(sql, name, [...fields.keys()], table.jsonPaths);
    return asIs(`CASE WHEN ${sql} IS NOT NULL THEN ${whole ? object : "'{'"} END`);
  }
  const type = fields.get(field);
  if (type === undefined) return missing(field, [...fields.keys()]);
  const isJson = table.jsonPaths.some((known) => known[0] === name && known[1] === field);
  return valuePlace(`${sql}.${identifier(field)}`, isJson ? 'JSON' : type, deeper, whole);
}

function valuePlace(sql: string, type: string, below: readonly string[], whole: boolean): Place | undefined {
  if (type === 'JSON') return jsonPlace(sql, below, whole);
  if (below.length > 0) return undefined;
  const value = valueSql(sql, type);
  return type.endsWith('[]') ? asIs(value) : { sql, value, isText: type === 'VARCHAR' };
}

/** No event has it; but rules in Python find names in any letter case. */
function missing(name: string, names: readonly string[]): Place | undefined {
  return names.some((each) => each.toLowerCase() === name.toLowerCase()) ? undefined : asIs('NULL::VARCHAR');
}

function jsonPlace(sql: string, keys: readonly string[], whole: boolean): Place | undefined {
  if (!keys.every((key) => /^[\w -]+$/.test(key))) return undefined;
  const value =
    keys.length === 0 ? sql : `(${sql} -> ${literal(`$${keys.map((key) => `."${key}"`).join('')}`)})`;
  return asIs(
    whole
      ? `${value}::VARCHAR`
      : `CASE json_type(${value}) WHEN 'OBJECT' THEN '{' ELSE ${value}::VARCHAR END`,
  );
}

function asIs(sql: string): Place {
  return { sql, value: sql, isText: false };
}

/** The condition that an event is in a selection. */
export function selectionSql(table: TableDefinition, { by, groups }: GroupSelection): string {
  const places = by.map((read) => placeOf(table, read));
  const last = places.pop();
  if (last === undefined) return 'true';
  const byFirst = Map.groupBy(groups, (values) => JSON.stringify(values.slice(0, -1)));
  const alternatives = [...byFirst.values()].map((alike) => {
    const first = (alike[0] ?? []).slice(0, -1).map((value, at) => isAmong(places[at], [value]));
    const lasts = alike.map((values) => values.at(-1) ?? null);
    return `(${[...first, isAmong(last, lasts)].join(' AND ')})`;
  });
  return `(${alternatives.join(' OR ')})`;
}

function isAmong(place: Place | undefined, values: PlaceValues): string {
  if (place === undefined) throw new Error('the selection is by what SQL can not tell');
  const { sql, value, isText } = place;
  const known = values.filter((each) => each !== null);
  // Compared as it is, a column is looked up in the files' statistics and indexes.
  const texts = known.map((each) => literal(isText ? JSON.parse(each) : each));
  const isOne = `${isText ? sql : value} IN (${texts.join(', ')})`;
  if (known.length === values.length) return isOne;
  return known.length === 0 ? `${sql} IS NULL` : `(${sql} IS NULL OR ${isOne})`;
}

/** The types of a struct's fields by name; undefined for other types. */
function structFields({ type }: Column): ReadonlyMap<string, string> | undefined {
  const [, inside] = /^STRUCT\((.*)\)$/.exec(type) ?? [];
  if (inside === undefined) return undefined;
  return new Map(
    inside.split(', ').map((field) => {
      const [, name = '', fieldType = ''] = /^"?(.*?)"? ([^ ]+)$/.exec(field) ?? [];
      return [name, fieldType];
    }),
  );
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
