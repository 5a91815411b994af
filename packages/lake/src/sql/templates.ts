import type { DuckDBConnection } from '@duckdb/node-api';
import { cloneTree, isNode, nodes, parseSql, type SyntaxNode } from './syntax-tree.ts';
import { tableTranslations, translations } from './translations.ts';

/** Pieces of syntax tree with $1, $2 … in the place of arguments, by name. */
export type Templates = ReadonlyMap<string, SyntaxNode>;

/** Reads the translations once. */
export async function readTemplates(parser: DuckDBConnection): Promise<Templates> {
  const expressions = Object.entries(translations);
  const tables = Object.entries(tableTranslations);
  const sql = `SELECT ${expressions.map(([, template]) => template).join(', ')}
    FROM ${tables.map(([, template]) => `(${template})`).join(', ')}`;
  const [statement] = nodes(await parseSql(parser, { sql, place: () => '' }), 'statements');
  const select = isNode(statement?.node) ? statement.node : {};
  return new Map([
    ...nodes(select, 'select_list').map((node, at) => [expressions[at]?.[0] ?? '', node] as const),
    ...joined(select.from_table).map((node, at) => [tables[at]?.[0] ?? '', node] as const),
  ]);
}

function joined(table: unknown): readonly SyntaxNode[] {
  if (!isNode(table)) return [];
  return table.type === 'JOIN' ? [...joined(table.left), ...joined(table.right)] : [table];
}

/** A template with its arguments, which are not copied: where it has one twice, it is the same node twice. */
export function fillTemplate(template: SyntaxNode, args: readonly SyntaxNode[]): SyntaxNode {
  const filled = cloneTree(template);
  fill(filled, args);
  return filled;
}

function fill(node: SyntaxNode, args: readonly SyntaxNode[]): void {
  for (const [key, value] of Object.entries(node)) {
    if (isNode(value)) node[key] = filledOrArgument(value, args);
    if (Array.isArray(value)) {
      node[key] = value.map((item) => (isNode(item) ? filledOrArgument(item, args) : item));
    }
  }
}

function filledOrArgument(node: SyntaxNode, args: readonly SyntaxNode[]): SyntaxNode {
  if (node.class !== 'PARAMETER') {
    fill(node, args);
    return node;
  }
  const arg = args[Number(node.identifier) - 1];
  if (arg === undefined) throw new TypeError('a template has more parameters than it was given arguments');
  return arg;
}

/** Makes a node another one in place. */
export function replaceNode(node: SyntaxNode, other: SyntaxNode): void {
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, other);
}
