import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { apiOf, pathOf } from './audited-request.ts';
import { RequestRefusal } from './request-refusal.ts';

/** One route, and how what it does comes to be on record. */
export interface AuditedRoute {
  readonly method: string;
  readonly url: string;
  readonly recorded:
    | { readonly by: 'action'; readonly action: string }
    | { readonly by: 'root fields' }
    | { readonly by: 'nothing'; readonly reason: string };
}

/**
 * Watches the routes as they are added.
 * @returns all routes so far.
 * @throws Error, in whatever adds a route that doesn't say how it is recorded.
 */
export function auditRoutes(app: FastifyInstance): readonly AuditedRoute[] {
  const routes: AuditedRoute[] = [];
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      routes.push({ method, url: route.url, recorded: recordedBy(route) });
    }
  });
  return routes;
}

function recordedBy({ method, url, config }: RouteOptions): AuditedRoute['recorded'] {
  if (config?.action !== undefined) return { by: 'action', action: config.action.name };
  if (config?.isGraphQL) return { by: 'root fields' };
  if (config?.unrecorded !== undefined) return { by: 'nothing', reason: config.unrecorded };
  throw new Error(`The route ${method} ${url} has no action, so nothing would record it`);
}

/** Refuses what no route answers; under the APIs it is recorded. @throws RequestRefusal */
export function refuseUnknown(routes: readonly AuditedRoute[]) {
  return (request: FastifyRequest, reply: FastifyReply): never => {
    const path = pathOf(request);
    const allowed = routes.filter(({ url }) => url === path).map(({ method }) => method);
    if (apiOf(request) === undefined || allowed.length === 0) {
      throw new RequestRefusal('NOT_FOUND', 'There is nothing at this address');
    }
    reply.header('allow', allowed.join(', '));
    throw new RequestRefusal('INVALID_INPUT', `Use the method ${allowed.join(' or ')}`, { status: 405 });
  };
}
