import { constantValue } from '../sql/expressions.ts';
import { aggregateFunctions } from '../sql/functions.ts';
import { childNodes, isNode, nodes, type SyntaxNode, text, texts } from '../sql/syntax-tree.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { type FilePart, rowsIn } from './file-parts.ts';
import { isTable } from './statement-requirements.ts';

/** How a statement asks for a table's newest rows. */
export interface NewestFirst {
  /** How many it asks for. */
  readonly rows: number;
  /** A statement for the `p_event_time` of the same rows and nothing else, which is much faster to read. */
  readonly times: SyntaxNode;
}

/**
 * How a statement asks for a table's newest rows: a SELECT from it alone, row by row, ordered by `p_event_time` from the newest,
 * with a limit. Undefined for any other statement.
 *
 * Of such a statement, whatever else it asks, the rows later than some time come first: if those are enough, the others
 * need not be read.
 */
export function newestFirst(statement: SyntaxNode, table: TableDefinition): NewestFirst | undefined {
  const { node } = statement;
  if (!isNode(node) || node.type !== 'SELECT_NODE') return undefined;
  const { from_table: from, having, qualify, sample } = node;
  if (!isNode(from) || !isTable(from, table) || isNode(from.sample)) return undefined;
  if (texts(from, 'column_name_alias').length > 0 || [having, qualify, sample].some(isNode)) return undefined;
  if (nodes(node, 'group_expressions').length > 0 || countTables(statement) !== 1) return undefined;
  const select = nodes(node, 'select_list');
  if (!select.every(isOfOneRow) || select.some(hidesEventTime)) return undefined;
  const [order, limit, ...others] = nodes(node, 'modifiers');
  if (order?.type !== 'ORDER_MODIFIER' || limit?.type !== 'LIMIT_MODIFIER' || others.length > 0)
    return undefined;
  const [first] = nodes(order, 'orders');
  if (first?.type !== 'DESCENDING' || !isEventTime(first.expression, from)) return undefined;
  const rows = isNode(limit.limit) ? constantValue(limit.limit) : undefined;
  if (typeof rows !== 'number' || !Number.isInteger(rows)) return undefined;
  const modifiers = [{ ...order, orders: [first] }, limit];
  const times = { ...statement, node: { ...node, select_list: [first.expression], modifiers } };
  return { rows, times: { error: false, statements: [times] } };
}

function countTables(node: SyntaxNode): number {
  const own = node.type === 'BASE_TABLE' || node.type === 'TABLE_FUNCTION' ? 1 : 0;
  return childNodes(node).reduce((sum, child) => sum + countTables(child), own);
}

/** Whether an expression of the select list is computed from each row by itself, and gives one row. */
function isOfOneRow(node: SyntaxNode): boolean {
  if (node.class === 'WINDOW' || node.class === 'SUBQUERY') return false;
  const name = node.class === 'FUNCTION' ? text(node, 'function_name').toLowerCase() : '';
  if (name === 'unnest' || aggregateFunctions.has(name)) return false;
  return childNodes(node).every(isOfOneRow);
}

/** Whether something else goes by the name of `p_event_time` in the result. */
function hidesEventTime(node: SyntaxNode): boolean {
  if (node.class === 'STAR')
    return JSON.stringify([node.replace_list, node.rename_list]) !== '[[],[]]' || node.columns === true;
  return text(node, 'alias').toLowerCase() === 'p_event_time';
}

function isEventTime(node: unknown, from: SyntaxNode): boolean {
  if (!isNode(node) || node.class !== 'COLUMN_REF') return false;
  const names = texts(node, 'column_names').map((name) => name.toLowerCase());
  const qualifier = (text(from, 'alias') || text(from, 'table_name')).toLowerCase();
  return (
    names.at(-1) === 'p_event_time' && (names.length === 1 || (names.length === 2 && names[0] === qualifier))
  );
}

/** A step of a walk from the newest rows back: only rows later than `after` are looked at, which the parts hold. */
export interface Step {
  readonly parts: readonly FilePart[];
  /** Microseconds since 1970-01-01 UTC; undefined in the last step, which looks at all. */
  readonly after: bigint | undefined;
}

/** How much the first steps read at most, unless their first file alone is more. */
const stepSizes = [
  { files: 6, rows: 65_536 },
  { files: 40, rows: 524_288 },
];

/** The steps of a walk over the parts. Each begins again from the newest, and so reads what those before it read. */
export function stepsBack(parts: readonly FilePart[]): readonly Step[] {
  const newest = parts.toSorted((a, b) => compare(b.file.eventTimeMax, a.file.eventTimeMax));
  const steps = stepSizes.flatMap(({ files, rows }): Step[] => {
    let taken = 0;
    let count = 0;
    for (const part of newest) {
      taken += part.ranges === undefined ? part.file.rows : rowsIn(part.ranges);
      if (count > 0 && (count >= files || taken > rows)) break;
      count += 1;
    }
    const next = newest[count];
    // Most of the way is better gone at once than twice.
    return next === undefined || count * 2 > newest.length
      ? []
      : [{ parts: newest.slice(0, count), after: next.file.eventTimeMax }];
  });
  return [...steps, { parts, after: undefined }];
}

function compare(one: bigint, other: bigint): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
