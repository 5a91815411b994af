import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ActionError, asActionError } from '../actions/action-error.ts';
import { StoreError } from '../store/store.ts';
import { apiOf } from './audited-request.ts';
import { answerError } from './error-answer.ts';
import type { RefusalRecord } from './refusal-record.ts';
import { RequestRefusal } from './request-refusal.ts';

/**
 * Answers what hooks and routes throw. What an action threw is on record already; a request that got to no action is put
 * on record first.
 */
export function createErrorHandler(refusals: RefusalRecord, onInternalError: (error: unknown) => string) {
  return async (thrown: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (thrown instanceof ActionError) return answerError(request, reply, thrown);
    if (thrown instanceof StoreError) return answerError(request, reply, asActionError(thrown, ''));
    const refusal = asRefusal(thrown, request, onInternalError);
    try {
      const isAction = request.routeOptions.config?.action !== undefined;
      if (isAction || apiOf(request) !== undefined) await refusals.refuse(request, refusal);
    } catch (error) {
      if (error instanceof ActionError) return answerError(request, reply, error);
      throw error;
    }
    return answerError(request, reply, refusal.failure, refusal.detail);
  };
}

function asRefusal(
  thrown: unknown,
  request: FastifyRequest,
  onInternalError: (error: unknown) => string,
): RequestRefusal {
  if (thrown instanceof RequestRefusal) return thrown;
  const { statusCode: status = 500, code } = thrown as Partial<FastifyError>;
  if (status < 400 || status >= 500) {
    const { message } = asActionError(thrown, onInternalError(thrown));
    return new RequestRefusal('INTERNAL', message, { cause: thrown });
  }
  return new RequestRefusal('INVALID_INPUT', messageOf(code, request), { status, cause: thrown });
}

/** Fastify's own messages quote headers. */
function messageOf(code: string | undefined, { routeOptions }: FastifyRequest): string {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `The body is longer than ${routeOptions.bodyLimit} bytes`;
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'Send the body as application/json';
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'The body is not as long as its Content-Length says';
    default:
      return 'The request could not be read';
  }
}
