import type { AnyAction } from '../actions/action.ts';
import type { Caller } from '../actions/caller.ts';
import type { RequestOrigin } from './request-origin.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Anonymous until authentication has found out more. */
    caller: Caller;
    origin: RequestOrigin;
    /** The body as it came, once it was read. */
    rawBody: Buffer | undefined;
  }

  interface FastifyContextConfig {
    /** What the route does, and how its records say so. */
    action?: AnyAction;
    description?: string;
    /** Each root field is an action: the route itself has none. */
    isGraphQL?: boolean;
    /** Why the route does nothing that is recorded. */
    unrecorded?: string;
    /** What the answer to a stranger says besides that they must sign in. */
    membersForStrangers?(): Promise<Record<string, unknown>>;
  }
}

export const anonymous: Caller = { kind: 'anonymous' };

/** The part of the address that says what is asked for: without the query. */
export function pathOf({ url }: { readonly url: string }): string {
  return url.split('?', 1)[0] ?? '';
}

/** Which of the two APIs an address belongs to. */
export function apiOf(request: { readonly url: string }): 'internal' | 'public' | undefined {
  const [, first] = pathOf(request).split('/', 2);
  return first === 'internal' || first === 'public' ? first : undefined;
}
