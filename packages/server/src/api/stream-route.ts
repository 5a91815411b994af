import type { FastifyRequest } from 'fastify';
import type { Caller } from '../actions/caller.ts';
import { type ActionRoute, addActionRoute, type RouteContext } from './action-route.ts';
import type { EventStreams, StreamEvent } from './event-streams.ts';
import { RequestRefusal } from './request-refusal.ts';

/** Streams that one caller may have open. */
const streamsMax = 20;

export interface StreamRouteContext extends RouteContext {
  readonly streams: EventStreams;
  /** Who the request's session belongs to now, with what they may do now. */
  authenticate(request: FastifyRequest): Promise<Caller>;
}

/** A route whose action starts a stream, and is recorded when it does. */
export interface StreamRoute<Output> extends Omit<ActionRoute<Output>, 'method' | 'answer'> {
  /** The events that follow from what the action returned, until the signal. */
  events(output: Output, signal: AbortSignal): AsyncIterable<StreamEvent>;
}

export function addStreamRoute<Output>(context: StreamRouteContext, route: StreamRoute<Output>): void {
  const { streams, authenticate } = context;
  addActionRoute(context, {
    ...route,
    method: 'GET',
    check({ caller }) {
      if (streams.count(idOf(caller)) >= streamsMax) {
        throw new RequestRefusal('RATE_LIMITED', `You have ${streamsMax} live views open; close some first`);
      }
    },
    answer: (output, request, reply) =>
      streams.send(
        reply,
        idOf(request.caller),
        (signal) => route.events(output, signal),
        // Whoever may do something else now starts anew, under the new rights.
        async () => rightsOf(await authenticate(request)) === rightsOf(request.caller),
      ),
  });
}

function idOf(caller: Caller): string {
  return 'id' in caller ? caller.id : caller.kind;
}

function rightsOf(caller: Caller): string {
  return 'permissions' in caller
    ? JSON.stringify([caller.id, [...caller.permissions], caller.logTypeAccess])
    : caller.kind;
}
