import type { FastifyRequest } from 'fastify';
import { createSavedQuery } from '../../actions/saved-query/create-saved-query.ts';
import { deleteSavedQuery } from '../../actions/saved-query/delete-saved-queries.ts';
import { getSavedQuery, listSavedQueries } from '../../actions/saved-query/list-saved-queries.ts';
import type { SavedQuery } from '../../actions/saved-query/saved-query.ts';
import { updateSavedQuery } from '../../actions/saved-query/update-saved-query.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';

const pageSizeDefault = 100;

/** Saved queries in the form of Panther's REST API. */
export function addSavedQueryRoutes(context: RouteContext): void {
  addActionRoute(context, {
    method: 'GET',
    url: '/public/queries',
    action: listSavedQueries,
    description: 'Lists the saved queries by name',
    recordsInput: true,
    input: ({ query }) => {
      const { cursor, limit, ...others } = query as Record<string, string | undefined>;
      const pageSize = limit ? Number(limit) : pageSizeDefault;
      return { input: { ...others, pageSize, ...(cursor && { cursor }) } };
    },
    answer: ({ edges, pageInfo }) => ({
      results: edges.map(({ node }) => asResource(node)),
      ...(pageInfo.hasNextPage && { next: pageInfo.endCursor }),
    }),
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/public/queries',
    action: createSavedQuery,
    description: 'Saves a query, perhaps with a schedule',
    recordsInput: true,
    input: ({ body }) => ({ input: body }),
    answer: ({ query }) => asResource(query),
  });
  addActionRoute(context, {
    method: 'GET',
    url: '/public/queries/:id',
    action: getSavedQuery,
    description: 'Fetches a saved query',
    answer: (query) => asResource(query),
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/public/queries/:id',
    action: updateSavedQuery,
    description: 'Changes a saved query and its schedule',
    recordsInput: true,
    input: ({ body, ...request }) => ({ input: { ...(body as object), id: idOf(request) } }),
    answer: ({ query }) => asResource(query),
  });
  addActionRoute(context, {
    method: 'DELETE',
    url: '/public/queries/:id',
    action: deleteSavedQuery,
    description: 'Deletes a saved query',
    recordsInput: true,
    input: (request) => ({ input: { id: idOf(request) } }),
    answer: (_, __, reply) => reply.code(204).send(),
  });
}

function idOf({ params }: Pick<FastifyRequest, 'params'>): unknown {
  return (params as { readonly id: string }).id;
}

function asResource(query: SavedQuery | undefined) {
  if (query === undefined) return undefined;
  const { id, name, description, sql, schedule, createdAt, updatedAt } = query;
  return {
    ...{ id, name, description, sql, managed: false },
    ...(schedule !== null && {
      schedule: {
        ...{ cron: schedule.cron ?? '', rateMinutes: schedule.rateMinutes ?? 0 },
        ...{ timeoutMinutes: schedule.timeoutMinutes, disabled: schedule.disabled },
      },
    }),
    ...{ createdAt, updatedAt },
  };
}
