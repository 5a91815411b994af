import type { SyntaxNode } from './syntax-tree.ts';

/** A text constant. */
export function textConstant(value: string): SyntaxNode {
  return {
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
  };
}

/** A column, qualified or not. */
export function columnReference(names: readonly string[]): SyntaxNode {
  return { class: 'COLUMN_REF', type: 'COLUMN_REF', column_names: names };
}

/** `CAST(child AS type)` for a type without parameters. */
export function cast(child: SyntaxNode, type: 'TIMESTAMP' | 'DATE'): SyntaxNode {
  return {
    class: 'CAST',
    type: 'OPERATOR_CAST',
    child,
    cast_type: { id: type, type_info: null },
    try_cast: false,
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
