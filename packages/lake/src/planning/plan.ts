import type { DuckDBConnection } from '@duckdb/node-api';
import type { SyntaxNode } from '../sql/syntax-tree.ts';
import { type TableDefinition, tableKey } from '../tables/table-definition.ts';
import { type FilePart, type PlannedFile, planParts } from './file-parts.ts';
import { type NewestFirst, newestFirst } from './newest-first.ts';
import { always, any, type Requirement } from './requirement.ts';
import { statementRequirements } from './statement-requirements.ts';

/** A table with what is to be read of it. */
export interface PlannedTable {
  readonly definition: TableDefinition;
  readonly parts: readonly FilePart[];
  /** Only rows later than this, in microseconds since 1970-01-01 UTC, are to be seen. */
  readonly after: bigint | undefined;
}

/** What a statement is to be answered from. */
export interface Plan {
  readonly tables: readonly PlannedTable[];
  /** Where it asks for the newest rows of the only table, which are then to be found first. */
  readonly newest: NewestFirst | undefined;
}

/**
 * How a checked statement can be answered from little. The rows it then sees are those that can matter to it, and some more:
 * it still has to apply its own conditions.
 * @param tables those it reads, and those behind the views it reads.
 */
export async function planStatement(
  parser: DuckDBConnection,
  statement: SyntaxNode,
  tables: readonly { readonly definition: TableDefinition; readonly files: readonly PlannedFile[] }[],
  onBadIndex: (file: PlannedFile, error: unknown) => void,
): Promise<Plan> {
  const requirements = await statementRequirements(
    parser,
    statement,
    tables.map(({ definition }) => definition),
  );
  const planned = tables.map(({ definition, files }): PlannedTable => {
    const parts = planParts(files, requirementOf(definition, requirements), onBadIndex);
    return { definition, parts, after: undefined };
  });
  const [only, ...others] = planned;
  const isChoice = only !== undefined && others.length === 0 && only.parts.length > 1;
  return { tables: planned, newest: isChoice ? newestFirst(statement, only.definition) : undefined };
}

/** What is asked of a table directly, or through views that show it. */
function requirementOf(
  table: TableDefinition,
  requirements: ReadonlyMap<TableDefinition, Requirement>,
): Requirement {
  const ofTable = [...requirements].filter(([{ unites }, _]) => unites?.includes(tableKey(table)));
  const own = requirements.get(table);
  const all = [...(own === undefined ? [] : [own]), ...ofTable.map(([_, requirement]) => requirement)];
  return all.length > 0 ? any(all) : always;
}
