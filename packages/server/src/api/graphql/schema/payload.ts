import type { InputRef, ObjectRef } from '@pothos/core';
import { builder } from '../schema-builder.ts';

type Types = typeof builder.$inferSchemaTypes;

/** An output type with the one object a mutation made or changed. */
export function payload<Name extends string, Node>(
  typeName: string,
  name: Name,
  node: ObjectRef<Types, Node>,
) {
  return builder.objectRef<Readonly<Record<Name, Node | undefined>>>(typeName).implement({
    // What a resolver may return depends on whether the type is a list, which is open for a type parameter.
    fields: (t) => ({ [name]: t.field({ type: node, resolve: (parent) => parent[name] as never }) }),
  });
}

/** An output type with the id of what a mutation deleted or started. */
export function idPayload(typeName: string) {
  return builder.objectRef<{ readonly id: string }>(typeName).implement({
    fields: (t) => ({ id: t.exposeID('id') }),
  });
}

/** Why one of many could not be done. */
export const bulkErrorRef = builder
  .objectRef<{ readonly id: string; readonly message: string }>('BulkError')
  .implement({
    description: 'Why one of many could not be done',
    fields: (t) => ({ id: t.exposeID('id'), message: t.exposeString('message') }),
  });

/** An input type with an id alone. */
export function idInput(typeName: string) {
  return builder.inputType(typeName, { fields: (t) => ({ id: t.id({ required: true }) }) });
}

/** The one argument of a mutation. */
export function input<Ref extends InputRef>(type: Ref) {
  return builder.args((t) => ({ input: t.field({ type, required: true }) }));
}

/** The one argument of a query that can be narrowed. */
export function optionalInput<Ref extends InputRef>(type: Ref) {
  return builder.args((t) => ({ input: t.field({ type }) }));
}
