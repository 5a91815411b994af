import type { FastifyRequest } from 'fastify';
import { restDetections } from '../../actions/detection/rest-actions.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';

/** Detections one by one, as Panther's REST API has them. */
export function addDetectionRoutes(context: RouteContext): void {
  for (const { resource, actions } of restDetections) {
    const { path, name } = resource;
    const all = `/public/${path}`;
    const one = `${all}/:id`;
    const plural = path.replaceAll('-', ' ');
    addActionRoute(context, {
      method: 'GET',
      url: all,
      action: actions.list,
      description: `Lists the ${plural}`,
      answer: (page) => page,
    });
    addActionRoute(context, {
      method: 'GET',
      url: one,
      action: actions.get,
      description: `Fetches the ${name} with an id`,
      answer: (body) => body,
    });
    addActionRoute(context, {
      method: 'POST',
      url: all,
      action: actions.create,
      bodyLimit,
      input: given,
      recordsInput: true,
      instead: { asked: isTestOnly, action: actions.test },
      description: `Adds a ${name}`,
      answer: (body) => body,
    });
    addActionRoute(context, {
      method: 'PUT',
      url: one,
      action: actions.put,
      bodyLimit,
      input: given,
      recordsInput: true,
      instead: { asked: isTestOnly, action: actions.test },
      description: `Adds or replaces a ${name}`,
      answer: ({ created, body }, _, reply) => reply.code(created ? 201 : 200).send(body),
    });
    addActionRoute(context, {
      method: 'DELETE',
      url: one,
      action: actions.remove,
      input: ({ params }) => params,
      recordsInput: true,
      description: `Deletes a ${name}`,
      answer: (_, __, reply) => reply.code(204).send(),
    });
  }
}

const bodyLimit = 4 * 1024 * 1024;

/** What came in the body, the query and the path together. A body that is no object is all there is. */
function given({ body, query, params }: FastifyRequest): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return { ...body, ...(query as object), ...(params as object) };
}

function isTestOnly({ query }: FastifyRequest): boolean {
  return (query as { readonly 'run-tests-only'?: string })['run-tests-only'] === 'true';
}
