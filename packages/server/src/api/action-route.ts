import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Change, Read } from '../actions/action.ts';
import type { ActionRunner } from '../actions/run-action.ts';
import type { RefusalRecord } from './refusal-record.ts';

/** What routes need to run actions. */
export interface RouteContext {
  readonly app: FastifyInstance;
  readonly runner: ActionRunner;
  readonly refusals: RefusalRecord;
}

/** A REST route: it runs one action. */
export interface ActionRoute<Output> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  /** Bytes of the body, where not those of all routes. */
  readonly bodyLimit?: number;
  readonly action: Read<z.ZodType, Output> | Change<z.ZodType, Output, unknown>;
  /** What a request may ask for in place of the route's own action. It is answered with 204. */
  readonly instead?: {
    asked(request: FastifyRequest): boolean;
    readonly action: Read<z.ZodType, void>;
  };
  /** What the route does, in the third person; also the record's `actionDescription`. */
  readonly description: string;
  /** Refuses what the action itself can't know to refuse. @throws RequestRefusal */
  check?(request: FastifyRequest): void;
  /** The action's input, where it isn't just the body, or the query and path. */
  input?(request: FastifyRequest): unknown;
  /** The record tells the input, where what came calls its fields by other names. */
  readonly recordsInput?: boolean;
  membersForStrangers?(): Promise<Record<string, unknown>>;
  /** Sends the answer. */
  answer(output: Output, request: FastifyRequest, reply: FastifyReply): unknown;
}

export function addActionRoute<Output>(
  { app, runner, refusals }: RouteContext,
  route: ActionRoute<Output>,
): void {
  const { method, url, bodyLimit, action, description, membersForStrangers } = route;
  app.route({
    method,
    url,
    ...(bodyLimit !== undefined && { bodyLimit }),
    config: { action, description, ...(membersForStrangers && { membersForStrangers }) },
    async handler(request, reply) {
      route.check?.(request);
      const given = givenTo(request);
      const input = route.input === undefined ? given : route.input(request);
      const details = refusals.admit(request);
      const call = {
        caller: request.caller,
        origin: request.origin,
        description,
        input,
        params: { dynamic: route.recordsInput ? input : given, static: {} },
        details,
      };
      if (route.instead?.asked(request)) {
        await runner.run(route.instead.action, call);
        refusals.release(request);
        return reply.code(204).send();
      }
      const output = await runner.run(action, call);
      refusals.release(request);
      return route.answer(output, request, reply);
    },
  });
}

/** What came in the path, the query and the body; a body that is no object is all there is. */
function givenTo({ params, query, body }: FastifyRequest): unknown {
  if (body === undefined) return { ...(params as object), ...(query as object) };
  return isObject(body) ? { ...body, ...(params as object) } : body;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
