import {
  type ConstValueNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql';

/** A field's arguments, split by how they were given. Neither part holds what was left out. */
export interface SplitArguments {
  /** What came in variables, at its place. */
  readonly dynamic: Readonly<Record<string, unknown>>;
  /** What is written in the operation's text, at its place. */
  readonly static: Readonly<Record<string, unknown>>;
}

/**
 * Splits the arguments of one field as its record shows them.
 *
 * - A variable's value counts as dynamic, as it was sent; its default, which the operation's text holds, as static.
 *   A variable without either is left out. Defaults of the schema are not arguments.
 * - An object that mixes both appears in both parts, each with its own members.
 * - A list that mixes both appears in both parts at full length, with null for the items of the other part; so does
 *   an item that is left out, which GraphQL takes as null.
 * - Enum values are strings. A number that JavaScript can't hold exactly is kept as it is written, as a string.
 *
 * @param field any of the nodes that make up the field: where several merge, validation has them agree.
 * @param variables as sent, not coerced.
 */
export function splitArguments(
  field: FieldNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): SplitArguments {
  const defaults = new Map(
    operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]),
  );

  function split(node: ValueNode): Split {
    switch (node.kind) {
      case Kind.VARIABLE:
        return splitVariable(node.name.value);
      case Kind.LIST:
        return splitList(node.values.map(split));
      case Kind.OBJECT:
        return splitMembers(node.fields.map((member) => [member.name.value, split(member.value)]));
      default:
        return { static: literal(node) };
    }
  }

  function splitVariable(name: string): Split {
    if (Object.hasOwn(variables, name) && variables[name] !== undefined) return { dynamic: variables[name] };
    const defaultValue = defaults.get(name);
    return defaultValue === undefined ? {} : { static: literal(defaultValue) };
  }

  const given =
    field.arguments?.map((argument) => [argument.name.value, split(argument.value)] as const) ?? [];
  return { dynamic: part('dynamic', given), static: part('static', given) };
}

/** An absent part was not given that way; a present one may be null. */
interface Split {
  readonly dynamic?: unknown;
  readonly static?: unknown;
}

type Part = keyof Split;
const parts: readonly Part[] = ['dynamic', 'static'];

function splitMembers(members: readonly (readonly [string, Split])[]): Split {
  const used = parts.filter((name) => members.some(([, member]) => name in member));
  if (used.length === 0) return { static: {} };
  return Object.fromEntries(used.map((name) => [name, part(name, members)]));
}

function part(name: Part, members: readonly (readonly [string, Split])[]): Record<string, unknown> {
  return Object.fromEntries(
    members.flatMap(([key, member]) => (name in member ? [[key, member[name]] as const] : [])),
  );
}

function splitList(items: readonly Split[]): Split {
  const used = parts.filter((name) => items.some((item) => name in item));
  if (used.length === 0) return { static: items.map(() => null) };
  return Object.fromEntries(used.map((name) => [name, items.map((item) => item[name] ?? null)]));
}

function literal(node: ConstValueNode): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return number(node.value);
    case Kind.LIST:
      return node.values.map(literal);
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map((member) => [member.name.value, literal(member.value)]));
    default:
      return node.value;
  }
}

function number(text: string): number | string {
  const value = Number(text);
  const isExact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? value : text;
}
