import type { FastifyRequest } from 'fastify';
import type { Caller } from '../actions/caller.ts';
import type { TokenAuthentication } from '../actions/session/authenticate.ts';
import { anonymous, apiOf } from './audited-request.ts';
import { RequestRefusal } from './request-refusal.ts';
import { requireSameOrigin } from './same-origin.ts';
import { sessionSecret } from './session-cookie.ts';

/** Finds out whom credentials belong to. */
export interface Credentials {
  session(secret: string): Promise<Caller | undefined>;
  token(value: string, sourceIP: string | undefined): Promise<TokenAuthentication>;
}

/**
 * Finds out who asks, before the body is read: by API token at the public API, by session at the internal one.
 * @throws RequestRefusal for a stranger, except on routes that are for anyone, and at addresses that do not exist.
 */
export async function authenticate(request: FastifyRequest, credentials: Credentials): Promise<void> {
  switch (apiOf(request)) {
    case 'public':
      request.caller = await tokenCaller(request, credentials);
      return;
    case 'internal':
      request.caller = await sessionCaller(request, credentials);
      requireSameOrigin(request);
      await requireCaller(request);
  }
}

/** Who a request's session belongs to. */
export async function sessionCaller(request: FastifyRequest, credentials: Credentials): Promise<Caller> {
  const secret = sessionSecret(request);
  return (secret === undefined ? undefined : await credentials.session(secret)) ?? anonymous;
}

/** Who a request's API token belongs to. @throws RequestRefusal without a token that may be used here. */
export async function tokenCaller(
  { headers, origin }: FastifyRequest,
  credentials: Credentials,
): Promise<Caller> {
  const value = headers['x-api-key'];
  if (typeof value !== 'string') {
    throw new RequestRefusal('UNAUTHENTICATED', 'Send an API token in the header X-API-Key');
  }
  const found = await credentials.token(value, origin.sourceIP);
  if ('caller' in found) return found.caller;
  throw new RequestRefusal('UNAUTHENTICATED', found.refused, { actor: found.actor });
}

async function requireCaller({ caller, routeOptions }: FastifyRequest): Promise<void> {
  const { action, isGraphQL, membersForStrangers } = routeOptions.config ?? {};
  const isForAnyone = action === undefined ? !isGraphQL : action.requires === 'anyone';
  if (caller.kind !== 'anonymous' || isForAnyone) return;
  throw new RequestRefusal('UNAUTHENTICATED', 'Sign in first', { members: await membersForStrangers?.() });
}
