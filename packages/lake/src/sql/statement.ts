import type { DuckDBConnection } from '@duckdb/node-api';
import { LakeError } from '../lake-error.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { respell } from './respell.ts';
import { StatementCheck, type StatementContext, type UnnamedColumn } from './statement-check.ts';
import { nodes, parseSql, printSql, type SqlText, type SyntaxNode } from './syntax-tree.ts';
import { readTemplates, type Templates } from './templates.ts';

/** SQL of a user that may run, in DuckDB's own dialect. */
export interface Statement {
  readonly sql: string;
  /** What `sql` says. */
  readonly tree: SyntaxNode;
  /** The tables it reads, and no others. */
  readonly tables: readonly TableDefinition[];
}

export const sqlBytesMax = 65_536;

/**
 * Checks a user's SQL and turns what is ours in it (table names, time macros, paths into JSON) and what is Snowflake's or
 * Trino's into DuckDB's own.
 *
 * What runs is not the user's text but a print of the checked tree, and the print is read and checked again, as it is: so
 * neither a translation, nor a difference between two readings of a text, nor a flaw in the printer lets anything through.
 *
 * @throws LakeError `invalid_sql` or `forbidden_sql`.
 */
export async function checkStatement(
  parser: DuckDBConnection,
  sql: string,
  context: StatementContext,
): Promise<Statement> {
  if (Buffer.byteLength(sql) > sqlBytesMax) {
    throw new LakeError('invalid_sql', `a query is at most ${sqlBytesMax} bytes of SQL`);
  }
  const templates = await templatesOf(parser);
  const written = respell(sql);
  const tree = await readStatement(parser, written);
  const check = StatementCheck.translating(tree.statement, context, templates, written);
  await nameColumns(parser, check.unnamed);
  const printed = await printSql(parser, tree.root);
  const print = { sql: printed, place: () => '' };
  const { statement } = await readStatement(parser, print);
  const { tables } = StatementCheck.strict(statement, context, print);
  return { sql: printed, tree: statement, tables: [...tables] };
}

const templatesByParser = new WeakMap<DuckDBConnection, Promise<Templates>>();

function templatesOf(parser: DuckDBConnection): Promise<Templates> {
  const known = templatesByParser.get(parser) ?? readTemplates(parser);
  templatesByParser.set(parser, known);
  return known;
}

async function readStatement(
  parser: DuckDBConnection,
  sql: SqlText,
): Promise<{ root: SyntaxNode; statement: SyntaxNode }> {
  const root = await parseSql(parser, sql);
  const [statement, ...others] = nodes(root, 'statements');
  if (statement === undefined) throw new LakeError('invalid_sql', 'the query is empty');
  if (others.length > 0) throw new LakeError('forbidden_sql', 'a query is a single statement');
  return { root, statement };
}

async function nameColumns(parser: DuckDBConnection, unnamed: readonly UnnamedColumn[]): Promise<void> {
  for (const { item, original } of unnamed) {
    const printed = await printSql(parser, selectOf(original));
    item.alias = printed.slice('SELECT '.length);
  }
}

/** A statement that selects an expression alone. */
export function selectOf(item: SyntaxNode): SyntaxNode {
  const node = {
    ...{
      type: 'SELECT_NODE',
      modifiers: [],
      cte_map: { map: [] },
      select_list: [item],
      from_table: { type: 'EMPTY' },
    },
    ...{ where_clause: null, group_expressions: [], group_sets: [], aggregate_handling: 'STANDARD_HANDLING' },
    ...{ having: null, sample: null, qualify: null },
  };
  return { error: false, statements: [{ node, named_param_map: [] }] };
}
