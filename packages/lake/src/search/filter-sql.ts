import { LakeError } from '../lake-error.ts';
import { identifier, literal } from '../sql/quoting.ts';
import type { Column, TableDefinition } from '../tables/table-definition.ts';
import { addressFilter } from './address-filter.ts';
import type { FieldFilter, SearchFilters } from './search.ts';

/**
 * The condition of a search, as the WHERE of a SELECT from the table alone.
 * @throws LakeError `invalid_search` naming the filter.
 */
export function filterSql(table: TableDefinition, filters: SearchFilters): string {
  const { from, to, actorIds, actorName, actionNames, actionResults, sourceIPs, fields = [] } = filters;
  const { text = [], ledgerIndexes } = filters;
  const conditions = [
    from && `p_event_time >= ${timestamp(from)}`,
    to && `p_event_time < ${timestamp(to)}`,
    actorIds && oneOf(fieldSql(table, 'actor.id', 'actorIds'), actorIds),
    actorName && actorNameFilter(table, actorName),
    actionNames && oneOf(fieldSql(table, 'actionName', 'actionNames'), actionNames),
    actionResults && oneOf(fieldSql(table, 'actionResult', 'actionResults'), actionResults),
    sourceIPs && addressFilter(fieldSql(table, 'sourceIP', 'sourceIPs'), sourceIPs),
    ledgerIndexes &&
      `p_ledger_index >= ${Number(ledgerIndexes.from)} AND p_ledger_index < ${Number(ledgerIndexes.before)}`,
    ...[text].flat().map((part) => textFilter(table, part)),
    ...fields.map((field) => fieldFilter(table, field)),
  ].filter((condition) => condition !== undefined && condition !== '');
  return conditions.length > 0 ? conditions.map((condition) => `(${condition})`).join(' AND ') : 'true';
}

/** A field as SQL reads it. `of` names the part of the search that asks for it. */
export function fieldSql(table: TableDefinition, path: string, of: string): string {
  const steps = path.match(/[^.[\]]+|\[\d+\]/g) ?? [];
  const [column = ''] = steps;
  if (steps.join('.').replaceAll('.[', '[') !== path || columnOf(table, column) === undefined) {
    throw noField(of, path);
  }
  return steps
    .map((step) => (step.startsWith('[') ? step : `.${identifier(step)}`))
    .join('')
    .slice(1);
}

function noField(of: string, path: string): LakeError {
  return new LakeError('invalid_search', `${of}: the table has no field '${path.slice(0, 200)}'`);
}

function columnOf(table: TableDefinition, written: string): Column | undefined {
  return table.columns.find(({ name }) => name.toLowerCase() === written.toLowerCase());
}

function actorNameFilter(table: TableDefinition, part: string): string {
  return ['actor.name', 'actor.attributes.email']
    .map((path) => like(fieldSql(table, path, 'actorName'), part))
    .join(' OR ');
}

function fieldFilter(table: TableDefinition, filter: FieldFilter): string {
  const { path, operator, value } = filter;
  if (path.includes('[*]')) return anyItemFilter(table, filter);
  const field = fieldSql(table, path, 'fields');
  if (operator === 'exists') return `${field} IS NOT NULL`;
  if (value === undefined)
    throw new LakeError('invalid_search', `fields: '${path}' is compared with nothing`);
  const isList = columnOf(table, path)?.type === 'VARCHAR[]';
  const text = isList ? `array_to_string(${field}, chr(10))` : `CAST(${field} AS VARCHAR)`;
  if (operator === 'contains') return like(text, value);
  return isList ? `list_contains(${field}, ${literal(value)})` : `${text} = ${literal(value)}`;
}

/** One of the values that a path with `[*]` leads to. */
function anyItemFilter(table: TableDefinition, { path, operator, value }: FieldFilter): string {
  const [, column = '', steps = ''] = /^([^.[\]]+)(.*)$/.exec(path) ?? [];
  if (!/^(?:\.[^.[\]"]+|\[(?:\d+|\*)\])+$/.test(steps)) throw noField('fields', path);
  // A name may be any text, so it is quoted.
  const jsonPath = `$${steps.replaceAll(/\.([^.[\]]+)/g, '."$1"')}`;
  const items = `json_extract_string(to_json(${fieldSql(table, column, 'fields')}), ${literal(jsonPath)})`;
  if (operator === 'exists') return `list_count(${items}) > 0`;
  if (value === undefined)
    throw new LakeError('invalid_search', `fields: '${path}' is compared with nothing`);
  return operator === 'equals'
    ? `list_contains(${items}, ${literal(value)})`
    : like(`array_to_string(${items}, chr(10))`, value);
}

/** What says of each row where it came from, and so nothing of one. */
const sourceColumns = new Set(['p_log_type', 'p_source_id', 'p_source_label']);

/** Part of `2026-11-23 11:59:59.123456789`. */
const timeText = /^[\d :.-]{0,29}$/;

/** In any column that is not a time, a number, of the source, or a list made from the others for looking things up. */
function textFilter({ columns }: TableDefinition, text: string): string {
  const searched = columns
    .filter(({ name }) => !name.startsWith('p_any_') && !sourceColumns.has(name))
    .flatMap(({ name, type, stored }) =>
      // A time that is stored as text is searched as it stands there; of no index, so only for what may be part of a time.
      stored?.type === 'VARCHAR'
        ? timeText.test(text)
          ? [like(`CAST(${identifier(name)} AS VARCHAR)`, text)]
          : []
        : columnTexts(identifier(name), type, text),
    );
  return searched.join(' OR ');
}

/** Conditions of which one holds where a column has the text; in JSON, some of it may stand escaped. */
function columnTexts(column: string, type: string, text: string): readonly string[] {
  const escaped = JSON.stringify(text).slice(1, -1);
  if (type === 'VARCHAR') return [like(column, text)];
  if (type === 'VARCHAR[]') return [like(`array_to_string(${column}, chr(10))`, text)];
  if (type === 'JSON' || type.endsWith(']') || type.startsWith('STRUCT')) {
    const json = `CAST(${type === 'JSON' ? column : `to_json(${column})`} AS VARCHAR)`;
    return [...new Set([text, escaped])].map((part) => like(json, part));
  }
  return [];
}

function like(expression: string, part: string): string {
  return `${expression} ILIKE ${literal(`%${part.replaceAll(/[\\%_]/g, '\\$&')}%`)} ESCAPE '\\'`;
}

function oneOf(expression: string, values: readonly string[]): string {
  return values.length > 0 ? `${expression} IN (${values.map(literal).join(', ')})` : '';
}

function timestamp(time: Date): string {
  return `TIMESTAMP ${literal(time.toISOString().replace('T', ' ').replace('Z', ''))}`;
}
