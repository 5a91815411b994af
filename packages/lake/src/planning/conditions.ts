import type { DuckDBConnection } from '@duckdb/node-api';
import { textFields } from '../index/indexed-texts.ts';
import { constantText, constantValue } from '../sql/expressions.ts';
import { selectOf } from '../sql/statement.ts';
import { isNode, nodes, printSql, type SyntaxNode, text, texts } from '../sql/syntax-tree.ts';
import type { Column, TableDefinition } from '../tables/table-definition.ts';
import { patternPieces } from './pattern-pieces.ts';
import { all, always, any, hasPart, hasValue, type Requirement } from './requirement.ts';

/** A value of a row as a condition names it. */
interface Operand {
  /** For a text, or an element of a list, that is indexed as a whole. */
  readonly values?: string;
  readonly isList?: true;
}

const equalities = new Set(['COMPARE_EQUAL', 'COMPARE_NOT_DISTINCT_FROM']);
const lists = new Set(['list_contains', 'list_has', 'array_contains', 'array_has', 'contains']);
const listsOfAny = new Set(['list_has_any', 'array_has_any', '&&']);
const parts = new Set(['contains', 'starts_with', 'prefix', '^@', 'ends_with', 'suffix']);
const patterns = new Set(['~~', '~~*', 'like_escape', 'ilike_escape']);
const jsonFunctions = new Set(['json_extract_string', 'json_extract', '->', '->>', 'json_extract_path_text']);

/** Reads conditions on one table. What it doesn't know says nothing. */
export class Conditions {
  readonly #parser: DuckDBConnection;
  readonly #table: TableDefinition;
  /** What a column may be qualified with, in lower case; undefined where columns have other names than the table's. */
  readonly #qualifier: string | undefined;

  constructor(parser: DuckDBConnection, table: TableDefinition, place: SyntaxNode) {
    this.#parser = parser;
    this.#table = table;
    const qualifier = (text(place, 'alias') || table.name).toLowerCase();
    const isClear = texts(place, 'column_name_alias').length === 0 && this.#column(qualifier) === undefined;
    this.#qualifier = isClear ? qualifier : undefined;
  }

  async of(condition: unknown): Promise<Requirement> {
    if (!isNode(condition) || this.#qualifier === undefined) return always;
    switch (condition.class) {
      case 'CONJUNCTION': {
        const of = await Promise.all(nodes(condition, 'children').map((child) => this.of(child)));
        return condition.type === 'CONJUNCTION_AND' ? all(of) : any(of);
      }
      case 'COMPARISON':
        return this.#comparison(condition);
      case 'BETWEEN':
        return this.#between(condition);
      case 'OPERATOR':
        return condition.type === 'COMPARE_IN' ? this.#oneOf(condition) : always;
      case 'FUNCTION':
        return this.#call(text(condition, 'function_name').toLowerCase(), nodes(condition, 'children'));
      default:
        return always;
    }
  }

  async #comparison({ type, left, right }: SyntaxNode): Promise<Requirement> {
    if (!isNode(left) || !isNode(right)) return always;
    if (this.#isEventTime(left)) return timesOf(type, await this.#time(right));
    if (this.#isEventTime(right)) return timesOf(mirrored.get(type), await this.#time(left));
    if (!equalities.has(String(type))) return always;
    const readings = [this.#equals(left, right), this.#equals(right, left)];
    return readings.find(({ kind }) => kind !== 'always') ?? always;
  }

  async #between({ input, lower, upper }: SyntaxNode): Promise<Requirement> {
    if (!this.#isEventTime(input)) return always;
    const [from, to] = await Promise.all([this.#time(lower), this.#time(upper)]);
    return all([timesOf('COMPARE_GREATERTHANOREQUALTO', from), timesOf('COMPARE_LESSTHANOREQUALTO', to)]);
  }

  #oneOf(condition: SyntaxNode): Requirement {
    const [input, ...values] = nodes(condition, 'children');
    return input === undefined ? always : any(values.map((value) => this.#equals(input, value)));
  }

  #equals(input: SyntaxNode, value: SyntaxNode): Requirement {
    const operand = this.#operand(input);
    const constant = constantText(value);
    if (operand === undefined || operand.isList || constant === undefined) return always;
    if (operand.values !== undefined) return hasValue(operand.values, constant);
    // JSON writes a number in more than one way.
    return /^[-+.\deE]*$/.test(constant) ? always : hasPart(constant);
  }

  #call(name: string, [input, value, escaper]: readonly SyntaxNode[]): Requirement {
    const operand = input && this.#operand(input);
    if (operand === undefined) return always;
    if (listsOfAny.has(name)) return operand.isList && isNode(value) ? anyElement(operand, value) : always;
    const constant = constantText(value);
    if (constant === undefined) return always;
    if (operand.isList)
      return lists.has(name) && operand.values ? hasValue(operand.values, constant) : always;
    if (parts.has(name)) return hasPart(constant);
    if (!patterns.has(name)) return always;
    const escaping = escaper === undefined ? '' : constantText(escaper);
    return escaping === undefined ? always : all(patternPieces(constant, escaping).map(hasPart));
  }

  /** What is indexed of a value, undefined for one that is not. */
  #operand(node: SyntaxNode): Operand | undefined {
    if (node.class === 'COLUMN_REF') return this.#columnOperand(texts(node, 'column_names'));
    if (node.class === 'CAST' && isNode(node.child)) {
      const operand =
        (node.cast_type as { id?: unknown }).id === 'VARCHAR' ? this.#operand(node.child) : undefined;
      return operand?.isList ? undefined : operand;
    }
    if (node.class !== 'FUNCTION') return undefined;
    const [input, second] = nodes(node, 'children');
    const name = text(node, 'function_name').toLowerCase();
    const operand = input && this.#operand(input);
    if (name === 'to_json') return input && this.#structOperand(input);
    if (name === 'array_to_string') return operand?.isList && second && isLineBreak(second) ? {} : undefined;
    if (operand === undefined || operand.isList) return undefined;
    if (name === 'lower' || name === 'lcase') return operand;
    return jsonFunctions.has(name) && operand.values === undefined ? {} : undefined;
  }

  #columnOperand(names: readonly string[]): Operand | undefined {
    const [name = '', ...fields] = this.#unqualified(names);
    const column = this.#column(name);
    if (column === undefined || column.stored !== undefined) return undefined;
    const { type } = column;
    if (fields.length === 0) {
      if (type === 'VARCHAR') return { values: column.name };
      if (type === 'VARCHAR[]') return { values: column.name, isList: true };
      return type === 'JSON' ? {} : undefined;
    }
    const [field = '', ...deeper] = fields;
    const known = textFields(type).find((candidate) => candidate.toLowerCase() === field.toLowerCase());
    if (known !== undefined && deeper.length === 0) return { values: `${column.name}.${known}` };
    // JSON within a struct is part of the struct's text.
    return deeper.length === 0 && isJsonField(type, field) ? {} : undefined;
  }

  #structOperand(node: SyntaxNode): Operand | undefined {
    const names = node.class === 'COLUMN_REF' ? this.#unqualified(texts(node, 'column_names')) : [];
    const column = names.length === 1 ? this.#column(names[0] ?? '') : undefined;
    return column !== undefined && /^STRUCT|\]$/.test(column.type) && column.type !== 'VARCHAR[]'
      ? {}
      : undefined;
  }

  #unqualified(names: readonly string[]): readonly string[] {
    const isQualified = names.length > 1 && names[0]?.toLowerCase() === this.#qualifier;
    return isQualified ? names.slice(1) : names;
  }

  #column(written: string): Column | undefined {
    return this.#table.columns.find(({ name }) => name.toLowerCase() === written.toLowerCase());
  }

  #isEventTime(node: unknown): boolean {
    if (!isNode(node) || node.class !== 'COLUMN_REF') return false;
    const names = this.#unqualified(texts(node, 'column_names'));
    return names.length === 1 && names[0]?.toLowerCase() === 'p_event_time';
  }

  /** The time a constant expression stands for, in microseconds. */
  async #time(node: unknown): Promise<bigint | undefined> {
    if (!isNode(node) || !isTimeExpression(node)) return undefined;
    try {
      const sql = await printSql(this.#parser, selectOf(node));
      const reader = await this.#parser.runAndReadAll(`SELECT epoch_us(CAST((${sql}) AS TIMESTAMP))`);
      const value = reader.getRows()[0]?.[0];
      return typeof value === 'bigint' ? value : undefined;
    } catch {
      // The statement itself will say what is wrong with it.
      return undefined;
    }
  }
}

function timesOf(comparison: unknown, time: bigint | undefined): Requirement {
  if (time === undefined) return always;
  switch (comparison) {
    case 'COMPARE_EQUAL':
      return { kind: 'times', from: time, to: time };
    case 'COMPARE_GREATERTHAN':
    case 'COMPARE_GREATERTHANOREQUALTO':
      return { kind: 'times', from: time };
    case 'COMPARE_LESSTHAN':
    case 'COMPARE_LESSTHANOREQUALTO':
      return { kind: 'times', to: time };
    default:
      return always;
  }
}

/** The same comparison with its sides exchanged. */
const mirrored = new Map<unknown, string>([
  ['COMPARE_EQUAL', 'COMPARE_EQUAL'],
  ['COMPARE_GREATERTHAN', 'COMPARE_LESSTHAN'],
  ['COMPARE_GREATERTHANOREQUALTO', 'COMPARE_LESSTHANOREQUALTO'],
  ['COMPARE_LESSTHAN', 'COMPARE_GREATERTHAN'],
  ['COMPARE_LESSTHANOREQUALTO', 'COMPARE_GREATERTHANOREQUALTO'],
]);

const timeTypes = new Set(['TIMESTAMP', 'DATE', 'INTERVAL', 'INTEGER', 'BIGINT', 'DOUBLE']);
const timeFunctions = new Set(
  '+ - trunc date_trunc to_seconds to_minutes to_hours to_days to_weeks to_months to_years'.split(' '),
);

/** Of constants, casts and functions that are quick to compute, so that it may be evaluated beside the query. */
function isTimeExpression(node: SyntaxNode): boolean {
  const { class: kind } = node;
  if (kind === 'CONSTANT') return true;
  if (kind === 'CAST') {
    const { id } = node.cast_type as { id?: unknown };
    return timeTypes.has(String(id)) && isNode(node.child) && isTimeExpression(node.child);
  }
  if (kind !== 'FUNCTION' || !timeFunctions.has(text(node, 'function_name').toLowerCase())) return false;
  return nodes(node, 'children').every(isTimeExpression);
}

function anyElement({ values }: Operand, list: SyntaxNode): Requirement {
  if (values === undefined || text(list, 'function_name').toLowerCase() !== 'list_value') return always;
  const elements = nodes(list, 'children').map(constantText);
  return any(elements.map((element) => (element === undefined ? always : hasValue(values, element))));
}

/** `chr(10)`, with which the elements of lists are joined where they are indexed. */
function isLineBreak(node: SyntaxNode): boolean {
  return (
    text(node, 'function_name').toLowerCase() === 'chr' && constantValue(nodes(node, 'children')[0]) === 10
  );
}

function isJsonField(type: string, field: string): boolean {
  return new RegExp(`[(,] ?"?${field.replaceAll(/\W/g, '')}"? JSON[,)]`, 'i').test(type);
}
