import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** One field that an operation asks for at its root, under its response name. */
export interface RootField {
  readonly responseName: string;
  /** The first of the nodes that merge into the field. */
  readonly node: FieldNode;
}

export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * The fields an operation asks for at its root, through fragments and without those skipped: GraphQL's CollectFields
 * (spec §6.3.2) on the root. It also works on operations that are not valid, so that a refused one can be recorded.
 */
export function rootFields(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: Readonly<Record<string, unknown>>,
): readonly RootField[] {
  const fields = new Map<string, RootField>();
  const visited = new Set<string>();

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (isSkipped(selection.directives ?? [], operation, variables)) continue;
      if (selection.kind === Kind.FIELD) {
        const responseName = (selection.alias ?? selection.name).value;
        if (!fields.has(responseName)) fields.set(responseName, { responseName, node: selection });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet);
      }
    }
  }

  collect(operation.selectionSet);
  return [...fields.values()];
}

function isSkipped(
  directives: readonly DirectiveNode[],
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return directives.some(({ name, arguments: given }) => {
    const condition = given?.find((argument) => argument.name.value === 'if')?.value;
    const isTrue = condition?.kind === Kind.VARIABLE ? variable(condition.name.value) : literal(condition);
    return (name.value === 'skip' && isTrue === true) || (name.value === 'include' && isTrue === false);
  });

  function variable(name: string): unknown {
    if (Object.hasOwn(variables, name)) return variables[name];
    return literal(
      operation.variableDefinitions?.find((definition) => definition.variable.name.value === name)
        ?.defaultValue,
    );
  }
}

function literal(node: { readonly kind: string; readonly value?: unknown } | undefined): unknown {
  return node?.kind === Kind.BOOLEAN ? node.value : undefined;
}
