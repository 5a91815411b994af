import type { FastifyInstance } from 'fastify';
import type { GraphQLExecutor } from './graphql/execute-request.ts';
import type { RefusalRecord } from './refusal-record.ts';

export interface GraphQLRoute {
  readonly url: string;
  /** Bytes of a request's body. */
  readonly bodyLimit: number;
  readonly execute: GraphQLExecutor;
}

export function addGraphQLRoute(app: FastifyInstance, refusals: RefusalRecord, route: GraphQLRoute): void {
  const { url, bodyLimit, execute } = route;
  app.post(url, { bodyLimit, config: { isGraphQL: true } }, async (request, reply) => {
    const { caller, origin, body } = request;
    const reject = (failure: Parameters<RefusalRecord['refuse']>[1]['failure']) =>
      refusals.refuse(request, { failure, detail: {} });
    const answer = await execute({ caller, origin, body, reject });
    if (answer.retryAfterSeconds !== undefined) reply.header('retry-after', String(answer.retryAfterSeconds));
    return reply.code(answer.status).send(answer.body);
  });
}
