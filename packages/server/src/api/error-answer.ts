import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ActionError, ActionErrorCode } from '../actions/action-error.ts';
import { apiOf } from './audited-request.ts';

/** The HTTP status of each way an action fails. */
const statusOf: { readonly [Code in ActionErrorCode]: number } = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  INVALID_INPUT: 400,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** A request refused for these never got as far as being GraphQL. */
const refusedAtTheDoor: ReadonlySet<ActionErrorCode> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
]);

/**
 * Answers with a failure in the form that the address calls for: GraphQL errors, `{message}` under /public as in
 * Panther's REST API, problem details (RFC 9457) elsewhere.
 */
export function answerError(
  request: FastifyRequest,
  reply: FastifyReply,
  { message, code, field, retryAfterSeconds, members: own }: ActionError,
  { status = statusOf[code], members }: { status?: number | undefined; members?: object | undefined } = {},
): FastifyReply {
  reply.code(status);
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(Math.ceil(retryAfterSeconds)));
  if (request.routeOptions.config?.isGraphQL && !refusedAtTheDoor.has(code)) {
    return reply.send({ errors: [{ message, extensions: { code } }] });
  }
  if (apiOf(request) === 'public') return reply.send({ message, ...own });
  return reply.type('application/problem+json').send({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: message,
    ...(field !== undefined && { field }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...own,
    ...members,
  });
}
