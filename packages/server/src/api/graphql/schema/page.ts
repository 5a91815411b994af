import type { ObjectRef } from '@pothos/core';
import type { Page } from '../../../actions/page.ts';
import { builder } from '../schema-builder.ts';

export const pageInfoRef = builder.objectRef<Page<unknown>['pageInfo']>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage'),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage'),
    startCursor: t.exposeString('startCursor', { nullable: true }),
    endCursor: t.exposeString('endCursor', { nullable: true }),
  }),
});

/** The types `<name>Connection` and `<name>Edge` around a node type. */
export function connection<Node>(name: string, node: ObjectRef<(typeof builder)['$inferSchemaTypes'], Node>) {
  const edge = builder.objectRef<Page<Node>['edges'][number]>(`${name}Edge`).implement({
    // What a resolver may return depends on whether the type is a list, which is open for a type parameter.
    fields: (t) => ({ node: t.field({ type: node, resolve: (parent) => parent.node as never }) }),
  });
  return builder.objectRef<Page<Node>>(`${name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({ type: [edge], resolve: (parent) => parent.edges }),
      pageInfo: t.field({ type: pageInfoRef, resolve: (parent) => parent.pageInfo }),
    }),
  });
}

export const sortDirEnum = builder.enumType('SortDirEnum', { values: ['ascending', 'descending'] });
