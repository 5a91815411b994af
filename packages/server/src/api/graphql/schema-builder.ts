import SchemaBuilder, { type InputFieldMap, type ShapeFromTypeParam, type TypeParam } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { z } from 'zod';
import type { Change, Read } from '../../actions/action.ts';
import type { RequestContext } from './request-context.ts';

export const builder = new SchemaBuilder<{
  Context: RequestContext;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    Email: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    Long: { Input: number; Output: number };
  };
}>({ defaultFieldNullability: false });

builder.queryType();
builder.mutationType();

type Types = typeof builder.$inferSchemaTypes;

/** Who is offered a field: `public` at both addresses, `internal` at /internal/graphql alone. */
export type Audience = 'public' | 'internal';

/** A field of Query or Mutation. It runs an action; nothing else can be put there. */
interface ActionField<Type extends TypeParam<Types>, Args extends InputFieldMap> {
  /** Where the type allows `undefined`, GraphQL itself refuses it: no root field is nullable. */
  readonly action: ActionReturning<ShapeFromTypeParam<Types, Type, false> | undefined>;
  readonly type: Type;
  readonly args?: Args;
  /** What the field does, in the third person; also the record's `actionDescription`. */
  readonly description: string;
  readonly audience: Audience;
}

type ActionReturning<Value> = Read<z.ZodType, Value> | Change<z.ZodType, Value, unknown>;

/** What an action returns. */
export type Output<Action> = Action extends ActionReturning<infer Value> ? Value : never;

export function queryField<Type extends TypeParam<Types>, Args extends InputFieldMap>(
  name: string,
  field: ActionField<Type, Args>,
): void {
  builder.queryField(name, (t) => t.field(options(field)));
}

export function mutationField<Type extends TypeParam<Types>, Args extends InputFieldMap>(
  name: string,
  field: ActionField<Type, Args>,
): void {
  builder.mutationField(name, (t) => t.field(options(field)));
}

function options<Type extends TypeParam<Types>, Args extends InputFieldMap>(field: ActionField<Type, Args>) {
  const { action, audience, type, args, description } = field;
  return {
    type,
    ...(args !== undefined && { args }),
    description,
    extensions: { action, audience },
    resolve: (_root: unknown, given: object, context: RequestContext, info: GraphQLResolveInfo) =>
      context.run(action, given, info) as never,
  };
}
