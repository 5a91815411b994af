import { GraphQLObjectType, GraphQLSchema } from 'graphql';
import type { RootAction } from './request-context.ts';
import './schema/alerts.ts';
import './schema/anchors.ts';
import './schema/api-tokens.ts';
import './schema/audit-logs.ts';
import './schema/data-lake.ts';
import './schema/destinations.ts';
import './schema/detections.ts';
import './schema/ledger.ts';
import './schema/erasures.ts';
import './schema/log-sources.ts';
import './schema/metrics.ts';
import './schema/replays.ts';
import './schema/retention.ts';
import './schema/roles.ts';
import './schema/saved-queries.ts';
import './schema/saved-searches.ts';
import './schema/scalars.ts';
import './schema/schemas.ts';
import './schema/settings.ts';
import './schema/system-errors.ts';
import './schema/users.ts';
import './schema/witnesses.ts';
import { type Audience, builder } from './schema-builder.ts';

/** The schema of /internal/graphql: all there is. */
export const internalSchema = builder.toSchema();
assertEveryFieldHasAnAction(internalSchema);

/** The schema of /public/graphql: the public root fields, and the types these lead to. */
export const publicSchema = withoutInternalFields(internalSchema);

/** @throws Error naming the first field of Query or Mutation that runs no action. */
export function assertEveryFieldHasAnAction(schema: GraphQLSchema): void {
  for (const type of rootTypes(schema)) {
    for (const field of Object.values(type.getFields())) {
      if (fieldAction(type, field.name) === undefined) {
        throw new Error(`${type.name}.${field.name} has no action, so nothing would record it`);
      }
      if (!field.description)
        throw new Error(`${type.name}.${field.name} has no description for its records`);
    }
  }
}

/** The action that a root field runs; undefined where there is no such field. */
export function fieldAction(rootType: GraphQLObjectType, fieldName: string): RootAction | undefined {
  return rootType.getFields()[fieldName]?.extensions.action as RootAction | undefined;
}

function withoutInternalFields(schema: GraphQLSchema): GraphQLSchema {
  const [query, mutation] = rootTypes(schema).map((type) => {
    const { fields, ...config } = type.toConfig();
    const isPublic = ([, field]: (typeof entries)[number]) =>
      field.extensions?.audience === ('public' satisfies Audience);
    const entries = Object.entries(fields);
    return new GraphQLObjectType({ ...config, fields: Object.fromEntries(entries.filter(isPublic)) });
  });
  return new GraphQLSchema({ ...(query && { query }), ...(mutation && { mutation }) });
}

function rootTypes(schema: GraphQLSchema): readonly GraphQLObjectType[] {
  return [schema.getQueryType(), schema.getMutationType()].filter((type) => type != null);
}
