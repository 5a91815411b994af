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
  const { from, to, actorIds, actionNames, actionResults, sourceIPs, text, fields = [] } = filters;
  const conditions = [
    from && `p_event_time >= ${timestamp(from)}`,
    to && `p_event_time < ${timestamp(to)}`,
    actorIds && oneOf(fieldSql(table, 'actor.id', 'actorIds'), actorIds),
    actionNames && oneOf(fieldSql(table, 'actionName', 'actionNames'), actionNames),
    actionResults && oneOf(fieldSql(table, 'actionResult', 'actionResults'), actionResults),
    sourceIPs && addressFilter(fieldSql(table, 'sourceIP', 'sourceIPs'), sourceIPs),
    text && textFilter(table, text),
    ...fields.map((field) => fieldFilter(table, field)),
  ].filter((condition) => condition !== undefined && condition !== '');
  return conditions.length > 0 ? conditions.map((condition) => `(${condition})`).join(' AND ') : 'true';
}

/** A field as SQL reads it. `of` names the part of the search that asks for it. */
export function fieldSql(table: TableDefinition, path: string, of: string): string {
  const steps = path.match(/[^.[\]]+|\[\d+\]/g) ?? [];
  const [column = ''] = steps;
  if (steps.join('.').replaceAll('.[', '[') !== path || columnOf(table, column) === undefined) {
    throw new LakeError('invalid_search', `${of}: the table has no field '${path.slice(0, 200)}'`);
  }
  return steps
    .map((step) => (step.startsWith('[') ? step : `.${identifier(step)}`))
    .join('')
    .slice(1);
}

function columnOf(table: TableDefinition, written: string): Column | undefined {
  return table.columns.find(({ name }) => name.toLowerCase() === written.toLowerCase());
}

function fieldFilter(table: TableDefinition, { path, operator, value }: FieldFilter): string {
  const field = fieldSql(table, path, 'fields');
  if (operator === 'exists') return `${field} IS NOT NULL`;
  if (value === undefined)
    throw new LakeError('invalid_search', `fields: '${path}' is compared with nothing`);
  const isList = columnOf(table, path)?.type === 'VARCHAR[]';
  const text = isList ? `array_to_string(${field}, chr(10))` : `CAST(${field} AS VARCHAR)`;
  if (operator === 'contains') return like(text, value);
  return isList ? `list_contains(${field}, ${literal(value)})` : `${text} = ${literal(value)}`;
}

/** In any column that is not a time, a number or a list made from the others for looking things up. */
function textFilter({ columns }: TableDefinition, text: string): string {
  const searched = columns
    .filter(({ name }) => !name.startsWith('p_any_'))
    .flatMap(({ name, type }) => columnTexts(identifier(name), type));
  return searched.map((expression) => like(expression, text)).join(' OR ');
}

function columnTexts(column: string, type: string): readonly string[] {
  if (type === 'VARCHAR') return [column];
  if (type === 'JSON') return [`CAST(${column} AS VARCHAR)`];
  if (type === 'VARCHAR[]') return [`array_to_string(${column}, chr(10))`];
  if (type.endsWith(']') || type.startsWith('STRUCT')) return [`CAST(to_json(${column}) AS VARCHAR)`];
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
