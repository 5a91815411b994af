import { LakeError } from '../lake-error.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import {
  cast,
  columnReference,
  constantText,
  constantValue,
  functionCall,
  textConstant,
} from './expressions.ts';
import { childNodes, isNode, nodes, type SyntaxNode, text, texts } from './syntax-tree.ts';

/** Where JSON begins in a query, and what else its names stand for. All in lower case. */
export interface JsonScope {
  readonly paths: readonly JsonPath[];
  /** Names of tables and their aliases: in front of a column they are no field. */
  readonly qualifiers: ReadonlySet<string>;
}

export interface JsonPath {
  readonly names: readonly string[];
  /** Whether it is text that may or may not hold JSON, as what a path gave. */
  readonly isText: boolean;
}

/** Where JSON begins in a statement over the tables. */
export function jsonScope(statement: SyntaxNode, tables: readonly TableDefinition[]): JsonScope {
  const all = descendants(statement);
  const qualifiers = new Set(
    all
      .filter((node) => node.class === undefined && node.type !== undefined)
      .flatMap((node) => [text(node, 'alias'), text(node, 'table_name')])
      .map((name) => name.toLowerCase())
      .filter((name) => name !== ''),
  );
  const written = new Set(
    tables.flatMap(({ jsonPaths }) => jsonPaths.map((path) => path.join('\0').toLowerCase())),
  );
  const paths = [...written].map((path) => ({ names: path.split('\0'), isText: false }));
  const aliased = all.flatMap((node) => aliasedJsonPaths(node, { paths, qualifiers }));
  const flattened = all.some(isFlatten) ? [{ names: ['value'], isText: true }] : [];
  return { qualifiers, paths: [...paths, ...aliased, ...flattened] };
}

function isFlatten({ type, function: call }: SyntaxNode): boolean {
  return type === 'TABLE_FUNCTION' && isNode(call) && text(call, 'function_name').toLowerCase() === 'flatten';
}

function descendants(node: SyntaxNode): readonly SyntaxNode[] {
  return [node, ...childNodes(node).flatMap(descendants)];
}

/** JSON under another name: for `SELECT actionParams AS p` the path `p`, for `SELECT p.dynamic AS d` the text `d`. */
function aliasedJsonPaths(node: SyntaxNode, scope: JsonScope): readonly JsonPath[] {
  const alias = text(node, 'alias').toLowerCase();
  const path = pathOf(node);
  if (alias === '' || path === undefined) return [];
  if (jsonBelow(path, scope) !== undefined) return [{ names: [alias], isText: true }];
  if (path.steps.length > 0) return [];
  const names = path.names.map((name) => name.toLowerCase());
  return candidates(names, scope).flatMap((candidate) =>
    scope.paths
      .filter((json) => candidate.every((name, at) => name === json.names[at]))
      .map((json) => ({ names: [alias, ...json.names.slice(candidate.length)], isText: json.isText })),
  );
}

/**
 * What stands for a dotted path below a JSON column, as `actionParams.dynamic.input.ids[0]`, else undefined.
 *
 * Such a path gives text, as JSON functions with `_string` in their name do: null for what is absent or null, the
 * text of a string, JSON for all else. Left to DuckDB it would give JSON, in which the string 5 is "5" and equal to
 * neither '5' nor 5; its VARIANT gives types, but orders, groups and compares mixed ones wrongly or not at all, and
 * took eight times as long when measured.
 *
 * @throws LakeError `invalid_sql` for an index that is not constant.
 */
export function expandNestedField(node: SyntaxNode, scope: JsonScope): SyntaxNode | undefined {
  const path = pathOf(node);
  const below = path && jsonBelow(path, scope);
  if (below === undefined) return undefined;
  const pointer = below.steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  const root = columnReference(below.root);
  return functionCall('json_extract_string', [
    below.isText ? cast(root, 'JSON', { orNull: true }) : root,
    textConstant(pointer),
  ]);
}

/** The name a result column has when a path is selected: its last step, if that is a name. */
export function pathName(node: SyntaxNode): string | undefined {
  const path = pathOf(node);
  const last = path?.steps.at(-1);
  return last === undefined ? path?.names.at(-1) : constantText(last);
}

interface Path {
  /** As one column reference writes them: qualifiers, column, fields. */
  readonly names: readonly string[];
  /** What follows it: fields after an index, and indexes. */
  readonly steps: readonly SyntaxNode[];
}

function pathOf(node: SyntaxNode): Path | undefined {
  if (node.class === 'COLUMN_REF') return { names: texts(node, 'column_names'), steps: [] };
  if (node.type !== 'STRUCT_EXTRACT' && node.type !== 'ARRAY_EXTRACT') return undefined;
  const [inner, step] = nodes(node, 'children');
  const path = inner && pathOf(inner);
  return path && step && { names: path.names, steps: [...path.steps, step] };
}

interface BelowJson {
  /** The names that lead to the JSON, qualifiers included. */
  readonly root: readonly string[];
  readonly isText: boolean;
  /** The way within it: at least one. */
  readonly steps: readonly string[];
}

function jsonBelow({ names: written, steps }: Path, scope: JsonScope): BelowJson | undefined {
  const names = written.map((name) => name.toLowerCase());
  for (const candidate of candidates(names, scope)) {
    const json = scope.paths.find((path) => path.names.every((name, at) => name === candidate[at]));
    if (json === undefined) continue;
    const length = names.length - candidate.length + json.names.length;
    const all = [...written.slice(length), ...steps.map(constantStep)];
    return all.length === 0 ? undefined : { root: written.slice(0, length), isText: json.isText, steps: all };
  }
  return undefined;
}

/** The names without the qualifiers they may begin with; the longest qualifier first, as SQL resolves them. */
function candidates(names: readonly string[], { qualifiers }: JsonScope): readonly (readonly string[])[] {
  const starts = names.keys().filter((at) => qualifiers.has(names[at - 1] ?? ''));
  const stripped = [...starts].map((at) => names.slice(at)).reverse();
  return stripped.length > 0 ? stripped : [names];
}

function constantStep(step: SyntaxNode): string {
  const value = constantValue(step);
  if (typeof value === 'string' || (typeof value === 'number' && value >= 0)) return String(value);
  throw new LakeError('invalid_sql', 'below a JSON column an index is a number from 0 or a quoted name');
}
