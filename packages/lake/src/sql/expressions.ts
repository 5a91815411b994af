import type { SyntaxNode } from './syntax-tree.ts';

/** A text constant. */
export function textConstant(value: string): SyntaxNode {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
  };
}

/** A whole number. */
export function integerConstant(value: number): SyntaxNode {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    value: { type: { id: 'BIGINT', type_info: null }, is_null: false, value },
  };
}

/** A column, qualified or not. */
export function columnReference(names: readonly string[]): SyntaxNode {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', column_names: names };
}

/** `CAST(child AS type)` for a type without parameters, or `TRY_CAST`. */
export function cast(
  child: SyntaxNode,
  type: 'TIMESTAMP' | 'TIMESTAMP WITH TIME ZONE' | 'DATE' | 'DOUBLE' | 'JSON',
  { orNull = false }: { readonly orNull?: boolean } = {},
): SyntaxNode {
  // JSON is a name and no type of DuckDB's core.
  const unbound = {
    ...{ type: 'UNBOUND_TYPE_INFO', alias: '', extension_info: null },
    ...{ name: type, catalog: '', schema: '', user_type_modifiers: [] },
  };
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    child,
    cast_type: type === 'JSON' ? { id: 'UNBOUND', type_info: unbound } : { id: type, type_info: null },
    try_cast: orNull,
  };
}

/** `name(children...)`. */
export function functionCall(name: string, children: readonly SyntaxNode[]): SyntaxNode {
  return { class: 'FUNCTION', type: 'FUNCTION', function_name: name, children };
}

/** `left >= right` and `left <= right`. */
export function compare(
  type: 'COMPARE_GREATERTHANOREQUALTO' | 'COMPARE_LESSTHANOREQUALTO',
  left: SyntaxNode,
  right: SyntaxNode,
): SyntaxNode {
  return { class: 'COMPARISON', type, left, right };
}

/** All of the conditions. */
export function and(children: readonly SyntaxNode[]): SyntaxNode {
  return { class: 'CONJUNCTION', type: 'CONJUNCTION_AND', children };
}

/** The text of a text constant, else undefined. */
export function constantText(node: SyntaxNode | undefined): string | undefined {
  const value = constantValue(node);
  return typeof value === 'string' ? value : undefined;
}

/** The value of a constant, else undefined. */
export function constantValue(node: SyntaxNode | undefined): unknown {
  if (node?.class !== 'CONSTANT') return undefined;
  const { value } = node.value as { value?: unknown };
  return value;
}

/** What stands for a number such as 1e3, which DuckDB prints as the decimal 1000.0, else undefined. */
export function expandDouble(node: SyntaxNode): SyntaxNode | undefined {
  const value = constantValue(node);
  if (value === undefined || constantType(node) !== 'DOUBLE') return undefined;
  return cast(textConstant(JSON.stringify(value)), 'DOUBLE');
}

function constantType(node: SyntaxNode): unknown {
  const { type } = node.value as { type?: { id?: unknown } };
  return type?.id;
}
