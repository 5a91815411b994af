import { LakeError } from '../lake-error.ts';
import type { TableDefinition } from '../tables/table-definition.ts';
import { constantValue, expandDouble } from './expressions.ts';
import { aggregateFunctions, scalarFunctions, tableFunctions } from './functions.ts';
import { expandNestedField, type JsonScope, jsonScope, pathName } from './nested-fields.ts';
import {
  childNodes,
  cloneTree,
  isNode,
  nodes,
  type SqlText,
  type SyntaxNode,
  text,
  texts,
} from './syntax-tree.ts';
import { replaceNode, type Templates } from './templates.ts';
import { expandTimeMacro } from './time-macros.ts';
import { translate } from './translate.ts';
import { refusals } from './translations.ts';

/** Whose statement it is. */
export interface StatementContext {
  /** The tables the caller may read. */
  readonly tables: readonly TableDefinition[];
  /** The database of table names that name none. */
  readonly database: string;
  /** What the time macros and the clock take as the present. */
  readonly now: Date;
}

/** A result column whose expression was rewritten inside, and that would be named after the rewritten form. */
export interface UnnamedColumn {
  readonly item: SyntaxNode;
  readonly original: SyntaxNode;
}

/** Kinds of nodes without a class that a query may hold. Whatever a later DuckDB adds is refused until it is known. */
const allowedTypes = new Set(
  [
    'SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE',
    'BASE_TABLE TABLE_FUNCTION SUBQUERY JOIN EXPRESSION_LIST EMPTY PIVOT SHOW_REF',
    'ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING',
  ].flatMap((kinds) => kinds.split(' ')),
);

const allowedClasses = new Set(
  [
    'BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR',
    'POSITIONAL_REFERENCE STAR SUBQUERY WINDOW',
  ].flatMap((classes) => classes.split(' ')),
);

/** Names of common table expressions in sight, in lower case. */
type Names = ReadonlySet<string>;

/** Far more than a query has that fits the limit of its size, unless translations in translations make it grow. */
const nodesMax = 200_000;

/** One walk over a statement: refuses, collects the tables and, when it translates, rewrites in place. */
export class StatementCheck {
  /** The tables it reads. */
  readonly tables = new Set<TableDefinition>();
  /** Columns that need the name their own text gives them. */
  readonly unnamed: UnnamedColumn[] = [];
  readonly #context: StatementContext;
  readonly #expansion: (node: SyntaxNode) => SyntaxNode | undefined;
  readonly #text: SqlText;
  #nodes = 0;

  private constructor(
    statement: SyntaxNode,
    context: StatementContext,
    expansion: (node: SyntaxNode) => SyntaxNode | undefined,
    text: SqlText,
  ) {
    this.#context = context;
    this.#expansion = expansion;
    this.#text = text;
    this.#visit(statement, new Set());
  }

  /**
   * Checks what a user wrote, and what comes of it.
   * @throws LakeError `invalid_sql` or `forbidden_sql`.
   */
  static translating(
    statement: SyntaxNode,
    context: StatementContext,
    templates: Templates,
    text: SqlText,
  ): StatementCheck {
    const json: JsonScope = jsonScope(statement, context.tables);
    const isJsonPath = (node: SyntaxNode): boolean => expandNestedField(node, json) !== undefined;
    const translation = { templates, tables: context.tables, isJsonPath };
    const expansion = (node: SyntaxNode): SyntaxNode | undefined =>
      expandTimeMacro(node, context.now) ??
      translate(node, translation) ??
      expandNestedField(node, json) ??
      expandDouble(node);
    return new StatementCheck(statement, context, expansion, text);
  }

  /**
   * Checks what is to run, as it is.
   * @throws LakeError `invalid_sql` or `forbidden_sql`.
   */
  static strict(statement: SyntaxNode, context: StatementContext, text: SqlText): StatementCheck {
    return new StatementCheck(statement, context, () => undefined, text);
  }

  #visit(node: SyntaxNode, outer: Names): void {
    this.#nodes += 1;
    if (this.#nodes > nodesMax) throw new LakeError('invalid_sql', 'the query is too complex');
    this.#checkKind(node);
    const names = this.#visitCommonTables(node, outer);
    if (node.type === 'BASE_TABLE') this.#resolveTable(node, names);
    if (node.type === 'SELECT_NODE') this.#expandSelectList(node);
    if (node.type === 'ARRAY_EXTRACT') this.#checkIndex(node);
    for (const child of childNodes({ ...node, cte_map: undefined })) {
      this.#expand(child);
      this.#visit(child, child === node.left ? beforeRecursion(node, outer, names) : names);
    }
  }

  #checkKind(node: SyntaxNode): void {
    const { class: kind, type } = node;
    if (kind === 'FUNCTION' || kind === 'WINDOW') {
      this.#checkFunction(node, scalarFunctions, aggregateFunctions, tableFunctions);
    }
    if (kind === 'PARAMETER') throw forbidden('parameters are not available in queries');
    if (kind !== undefined && !allowedClasses.has(String(kind))) throw unknownConstruct(kind);
    if (kind !== undefined || typeof type !== 'string' || type.endsWith('_TYPE_INFO')) return;
    if (!allowedTypes.has(type)) throw unknownConstruct(type);
    if (type === 'SHOW_REF' && !isNode(node.query)) throw this.#noShow();
    if (type === 'TABLE_FUNCTION' && isNode(node.function))
      this.#checkFunction(node.function, tableFunctions);
  }

  /** Each common table sees those before it, and itself only if it is recursive. */
  #visitCommonTables(node: SyntaxNode, outer: Names): Names {
    const names = new Set(outer);
    const map = isNode(node.cte_map) ? nodes(node.cte_map, 'map') : [];
    for (const entry of map) {
      this.#visit(entry, names);
      names.add(text(entry, 'key').toLowerCase());
    }
    if (node.type === 'RECURSIVE_CTE_NODE') names.add(text(node, 'cte_name').toLowerCase());
    return names;
  }

  /** Gives a table its full name, so that nothing but the caller's tables can be found by any name. */
  #resolveTable(node: SyntaxNode, commonTables: Names): void {
    const written = [text(node, 'catalog_name'), text(node, 'schema_name'), text(node, 'table_name')];
    const names = written.filter((name) => name !== '');
    const [only = '', ...more] = names.map((name) => name.toLowerCase());
    if (more.length === 0 && commonTables.has(only)) return;
    const table = this.#context.tables.find((candidate) => this.#isNamed(candidate, names));
    if (table === undefined || isNode(node.at_clause)) {
      throw forbidden(`table ${names.join('.')} does not exist or you may not read it`);
    }
    this.tables.add(table);
    Object.assign(node, { catalog_name: table.database, schema_name: 'public', table_name: table.name });
  }

  #isNamed({ database, name }: TableDefinition, names: readonly string[]): boolean {
    const inDatabase = database === this.#context.database.toLowerCase();
    const spellings = [
      [database, 'public', name],
      [database, name],
      ...(inDatabase ? [['public', name], [name]] : []),
    ];
    return spellings.some((spelling) => spelling.join('\0') === names.join('\0').toLowerCase());
  }

  #noShow(): LakeError {
    const names = this.#context.tables.map(({ database, name }) => `${database}.public.${name}`);
    return forbidden(`SHOW is not available; you may read ${names.join(', ') || 'no table'}`);
  }

  /** A column keeps the name the user's own text gives it. */
  #expandSelectList(select: SyntaxNode): void {
    for (const item of nodes(select, 'select_list')) {
      if (text(item, 'alias') !== '' || !this.#hasExpansion(item)) continue;
      const name = pathName(item);
      if (name === undefined) this.unnamed.push({ item, original: cloneTree(item) });
      else item.alias = name;
    }
  }

  #hasExpansion(node: SyntaxNode): boolean {
    return this.#expansion(node) !== undefined || childNodes(node).some((child) => this.#hasExpansion(child));
  }

  #expand(node: SyntaxNode): void {
    const expansion = this.#expansion(node);
    if (expansion !== undefined) replaceNode(node, { ...expansion, alias: node.alias ?? '' });
  }

  /** DuckDB gives null for the index 0, which is the first element in Snowflake. */
  #checkIndex(node: SyntaxNode): void {
    const [list, index] = nodes(node, 'children');
    const name = texts(list ?? {}, 'column_names').at(-1) ?? '';
    const columns = this.#context.tables.flatMap(({ columns }) => columns);
    const isList = columns.some((column) => column.name === name && column.type.endsWith('[]'));
    if (!isList || constantValue(index) !== 0) return;
    throw new LakeError(
      'invalid_sql',
      `the list ${name} counts from 1: write ${name}[1] for the first${this.#placeOf(list ?? {})}`,
    );
  }

  #placeOf({ query_location }: SyntaxNode): string {
    const { sql, place } = this.#text;
    if (typeof query_location !== 'number' || query_location > Buffer.byteLength(sql)) return '';
    return place(Buffer.from(sql).subarray(0, query_location).toString().length);
  }

  #checkFunction(node: SyntaxNode, ...allowed: readonly ReadonlySet<string>[]): void {
    const name = text(node, 'function_name').toLowerCase();
    // The parser itself qualifies what its syntax stands for with `main`.
    const isBuiltIn = text(node, 'catalog') === '' && ['', 'main'].includes(text(node, 'schema'));
    if (isBuiltIn && allowed.some((names) => names.has(name))) return;
    const where = this.#placeOf(node);
    if (isBuiltIn && Object.hasOwn(refusals, name)) {
      throw new LakeError('invalid_sql', `the function ${name} ${refusals[name]}${where}`);
    }
    throw forbidden(`the function ${name} does not exist or is not available in queries${where}`);
  }
}

/** What the first part of a recursive common table sees: not itself. */
function beforeRecursion(node: SyntaxNode, outer: Names, names: Names): Names {
  return node.type === 'RECURSIVE_CTE_NODE' ? outer : names;
}

function forbidden(message: string): LakeError {
  return new LakeError('forbidden_sql', message);
}

function unknownConstruct(kind: unknown): LakeError {
  return forbidden(`${String(kind)} is not available in queries`);
}
