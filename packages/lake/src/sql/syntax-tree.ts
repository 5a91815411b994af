import type { DuckDBConnection } from '@duckdb/node-api';
import { LakeError } from '../lake-error.ts';

declare global {
  // ECMA-262 (2026) section 25.5, not yet in the compiler's library.
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): unknown;
    isRawJSON(value: unknown): boolean;
  }
}

/**
 * A node of the syntax tree in DuckDB's own JSON form (`json_serialize_sql`): expressions have a `class`, everything
 * else of interest a `type`.
 */
export interface SyntaxNode {
  [key: string]: unknown;
}

/** Whether a value of the tree is a node. */
export function isNode(value: unknown): value is SyntaxNode {
  // A number beyond a double's precision is held as an object of its own, see `readTree`.
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** The nodes directly below a node, through any lists and keyed maps between. */
export function childNodes(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flatMap(nodesIn);
}

function nodesIn(value: unknown): readonly SyntaxNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

/** A text property of a node, empty when it has none. */
export function text(node: SyntaxNode, key: string): string {
  const value = node[key];
  return typeof value === 'string' ? value : '';
}

/** A property that is a list of texts. */
export function texts(node: SyntaxNode, key: string): readonly string[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A property that is a list of nodes. */
export function nodes(node: SyntaxNode, key: string): readonly SyntaxNode[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** SQL and what its author knows a place in it by. */
export interface SqlText {
  readonly sql: string;
  /** Of an offset in the text: ` (line 1, column 1)`, or nothing. */
  readonly place: (offset: number) => string;
}

/**
 * Reads SQL with DuckDB's parser. What comes back is a list of `SELECT` statements (with `VALUES`, `FROM` first and
 * `DESCRIBE`, which it reads as one); it knows no tree of any other statement.
 * @throws LakeError `invalid_sql` or `forbidden_sql`.
 */
export async function parseSql(parser: DuckDBConnection, { sql, place }: SqlText): Promise<SyntaxNode> {
  const reader = await parser.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
  const tree = readTree(String(reader.getRows()[0]?.[0]));
  if (tree.error !== true) return tree;
  if (tree.error_type === 'not implemented') {
    throw new LakeError('forbidden_sql', 'only a SELECT statement may run');
  }
  const message = text(tree, 'error_message');
  if (/expression depth|memory exhausted/i.test(message)) {
    throw new LakeError('invalid_sql', 'the query is nested too deeply');
  }
  const position = text(tree, 'position');
  // It counts code points, unlike the places in its tree, which count bytes.
  const where = position === '' ? '' : place([...sql].slice(0, Number(position)).join('').length);
  throw new LakeError('invalid_sql', `${shortened(message)}${where}`);
}

/** It may quote all of a query. */
function shortened(message: string): string {
  return message.length <= 300 ? message : `${message.slice(0, 300)}…`;
}

/** Writes a tree as SQL. */
export async function printSql(parser: DuckDBConnection, tree: SyntaxNode): Promise<string> {
  const reader = await parser.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [JSON.stringify(tree)]);
  return String(reader.getRows()[0]?.[0]);
}

/** A copy that shares nothing with the node. */
export function cloneTree(node: SyntaxNode): SyntaxNode {
  return readTree(JSON.stringify(node));
}

/** Numbers a double cannot hold keep their digits. */
function readTree(json: string): SyntaxNode {
  try {
    const tree = JSON.parse(json, (_key, value: unknown, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source
        ? JSON.rawJSON(source)
        : value,
    );
    return tree as SyntaxNode;
  } catch (cause) {
    // The one thing DuckDB writes that is not JSON.
    throw new LakeError('invalid_sql', 'a number in the query is out of range', { cause });
  }
}
