import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NewSession } from '../actions/session/session.ts';

const name = 'pawprint_session';

/** The session's secret that the request brings; undefined without one. */
export function sessionSecret({ cookies }: FastifyRequest): string | undefined {
  return cookies[name];
}

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, session: NewSession): void {
  reply.setCookie(name, session.secret, { ...attributes(request), expires: new Date(session.expiresAt) });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(name, attributes(request));
}

function attributes({ origin }: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: origin.isSecure } as const;
}
