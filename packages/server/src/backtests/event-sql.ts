import type { GroupSelection, Read } from '@pawprint/detections';
import type { Column, TableDefinition } from '@pawprint/lake';

/** SQL of an event as JSON text, as it was made into its row: what it did not have is null in the row. */
export function eventSql({ columns, jsonPaths }: TableDefinition): string {
  const members = columns.map((column) => {
    const sql = identifier(column.name);
    const fields = structFields(column);
    return memberSql(
      column.name,
      sql,
      fields === undefined ? valueSql(sql, column.type) : objectSql(sql, column.name, fields, jsonPaths),
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

/**
 * SQL that names what a table's events hold where detections look: equal texts for events that are equal there.
 * @returns undefined where SQL can't tell.
 */
export function keySql(table: TableDefinition, by: readonly Read[]): string | undefined {
  const parts = by.map((read) => observedSql(table, read));
  if (parts.some((part) => part === undefined)) return undefined;
  // With its length before it no text can pass for two.
  return parts.length === 1
    ? `'=' || ${parts[0]}`
    : parts.map((part) => `ifnull(length(${part}) || '=' || ${part}, '-')`).join(" || ',' || ");
}

/** The condition that an event is in a selection. `keys` are what `keySql` gave, null as `-`. */
export function selectionSql(table: TableDefinition, { by, keys }: GroupSelection): string {
  const key = keySql(table, by);
  if (key === undefined) throw new Error('the selection is by what SQL can not tell');
  const texts = keys.filter((each) => each !== absent).map(literal);
  const [only, more] = by;
  if (only === undefined || more !== undefined) return `${key} IN (${texts.join(', ')})`;
  // Compared by themselves, values of a column are looked up in the files' statistics.
  const observed = observedSql(table, only);
  const isAmong = `${observed} IN (${keys.map((each) => literal(each.slice(1))).join(', ')})`;
  return keys.includes(absent) ? `(${observed} IS NULL${texts.length > 0 ? ` OR ${isAmong}` : ''})` : isAmong;
}

/** The key of events that hold nothing at the only place. */
export const absent = '-';

/** Text of what is at a place, null where there is nothing; of an object, unless all of it was looked at, that it is one. */
function observedSql(table: TableDefinition, { path, whole }: Read): string | undefined {
  const [name, ...below] = path;
  // All of the event, which no other is the same as.
  if (name === undefined) return undefined;
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined)
    return missingSql(
      name,
      table.columns.map((each) => each.name),
    );
  const sql = identifier(name);
  if (column.type === 'JSON') return jsonSql(sql, below, whole);
  const fields = structFields(column);
  if (fields === undefined) {
    if (below.length > 0) return undefined;
    return column.type.endsWith('[]') ? `to_json(${sql})::VARCHAR` : `${sql}::VARCHAR`;
  }
  const [field, ...deeper] = below;
  if (field === undefined)
    return whole ? `to_json(${sql})::VARCHAR` : `CASE WHEN ${sql} IS NOT NULL THEN '{' END`;
  if (!fields.includes(field)) return missingSql(field, fields);
  const isJson = table.jsonPaths.some((known) => known[0] === name && known[1] === field);
  if (isJson) return jsonSql(`${sql}.${identifier(field)}`, deeper, whole);
  return deeper.length > 0 ? undefined : `${sql}.${identifier(field)}::VARCHAR`;
}

/** No event has it; but rules in Python find names in any letter case. */
function missingSql(name: string, names: readonly string[]): string | undefined {
  return names.some((each) => each.toLowerCase() === name.toLowerCase()) ? undefined : 'NULL::VARCHAR';
}

function jsonSql(sql: string, keys: readonly string[], whole: boolean): string | undefined {
  if (!keys.every((key) => /^[\w -]+$/.test(key))) return undefined;
  const value =
    keys.length === 0 ? sql : `(${sql} -> ${literal(`$${keys.map((key) => `."${key}"`).join('')}`)})`;
  return whole
    ? `${value}::VARCHAR`
    : `CASE json_type(${value}) WHEN 'OBJECT' THEN '{' ELSE ${value}::VARCHAR END`;
}

/** The names of a struct's fields; undefined for other types. */
function structFields({ type }: Column): readonly string[] | undefined {
  const [, inside] = /^STRUCT\((.*)\)$/.exec(type) ?? [];
  return inside?.split(', ').map((field) => (/^"?(.*?)"? [^ ]+$/.exec(field) ?? [])[1] ?? '');
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
