import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptInvitation, completePasswordReset } from '../../actions/session/choose-password.ts';
import { getSession } from '../../actions/session/get-session.ts';
import type { NewSession } from '../../actions/session/session.ts';
import { setUpInstance } from '../../actions/session/set-up-instance.ts';
import { signIn } from '../../actions/session/sign-in.ts';
import { signOut } from '../../actions/session/sign-out.ts';
import type { Reader } from '../../store/store.ts';
import { addActionRoute, type RouteContext } from '../action-route.ts';
import { clearSessionCookie, sessionSecret, setSessionCookie } from '../session-cookie.ts';

/** Signing in and out, and what leads to a first or new password. */
export function addSessionRoutes(context: RouteContext, reader: Reader): void {
  addActionRoute(context, {
    method: 'GET',
    url: '/internal/session',
    action: getSession,
    description: 'Tells who is signed in',
    async membersForStrangers() {
      return {
        setUp: (await reader.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined,
      };
    },
    answer: (session) => session,
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/internal/set-up',
    action: setUpInstance,
    description: 'Makes the first administrator',
    answer: signedIn,
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/internal/sign-in',
    action: signIn,
    description: 'Signs in with a password',
    answer: signedIn,
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/internal/invitation',
    action: acceptInvitation,
    description: 'Accepts an invitation',
    answer: signedIn,
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/internal/password-reset',
    action: completePasswordReset,
    description: 'Sets a new password through a reset link',
    answer: signedIn,
  });
  addActionRoute(context, {
    method: 'POST',
    url: '/internal/sign-out',
    action: signOut,
    description: 'Signs out',
    input: (request) => ({ session: sessionSecret(request) ?? '' }),
    answer(_, request, reply) {
      clearSessionCookie(request, reply);
      return reply.code(204).send();
    },
  });
}

function signedIn(session: NewSession | undefined, request: FastifyRequest, reply: FastifyReply): object {
  if (session !== undefined) setSessionCookie(request, reply, session);
  return {};
}
