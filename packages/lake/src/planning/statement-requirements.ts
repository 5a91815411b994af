import type { DuckDBConnection } from '@duckdb/node-api';
import { childNodes, type SyntaxNode, text } from '../sql/syntax-tree.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { isOfTables } from '../tables/views.ts';
import { Conditions } from './conditions.ts';
import { always, any, type Requirement } from './requirement.ts';

/**
 * What a row of each table must fulfil to matter to a checked statement; for a table that is not in it, nothing is said.
 *
 * Only what can be seen at the place of the table itself counts: the conditions of a SELECT from it alone. A table that
 * is read in several places needs the rows of each.
 */
export async function statementRequirements(
  parser: DuckDBConnection,
  statement: SyntaxNode,
  tables: readonly TableDefinition[],
): Promise<ReadonlyMap<TableDefinition, Requirement>> {
  const places = new Map<TableDefinition, Requirement[]>();
  const visit = async (node: SyntaxNode, select?: SyntaxNode): Promise<void> => {
    const table = tables.find((candidate) => isTable(node, candidate));
    if (table !== undefined) {
      const requirement =
        select === undefined
          ? always
          : await new Conditions(parser, withIndexedColumns(table), node).of(select.where_clause);
      places.set(table, [...(places.get(table) ?? []), requirement]);
    }
    for (const child of childNodes(node)) {
      await visit(child, node.type === 'SELECT_NODE' && child === node.from_table ? node : undefined);
    }
  };
  await visit(statement);
  return new Map([...places].map(([table, requirements]) => [table, any(requirements)]));
}

/** Of a view only what it shows as its tables have it. */
function withIndexedColumns(table: TableDefinition): TableDefinition {
  const { unites, columns } = table;
  return unites === undefined ? table : { ...table, columns: columns.filter(isOfTables) };
}

/** Whether a node is the place of a table. A checked statement names tables in full. */
export function isTable(node: SyntaxNode, { database, name }: TableDefinition): boolean {
  return (
    node.type === 'BASE_TABLE' && text(node, 'catalog_name') === database && text(node, 'table_name') === name
  );
}
