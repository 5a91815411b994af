import type { FastifyRequest } from 'fastify';
import { RequestRefusal } from './request-refusal.ts';

/**
 * Makes sure that a request with a session cookie comes from the console itself. Besides the cookie's SameSite: what the
 * browser says of the request's source, and for what may change something a header and a media type that a form of
 * another site can't send.
 * @throws RequestRefusal
 */
export function requireSameOrigin({ headers, method, origin }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign();
  if (method === 'GET' || method === 'HEAD') return;
  if (headers.origin !== undefined && !isOriginOf(headers.origin, origin.host)) throw foreign();
  if (headers['x-pawprint-csrf'] !== '1') {
    throw new RequestRefusal('FORBIDDEN', 'The request must have the header X-Pawprint-CSRF: 1');
  }
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new RequestRefusal('INVALID_INPUT', 'Send the body as application/json', { status: 415 });
  }
}

function foreign(): RequestRefusal {
  return new RequestRefusal('FORBIDDEN', 'Requests from other sites are not accepted');
}

/** Whether an Origin header (RFC 6454 §7) names the host, whose default port may be written or left out. */
function isOriginOf(header: string, host: string): boolean {
  const origin = URL.parse(header);
  return origin !== null && origin.host === URL.parse(`${origin.protocol}//${host}`)?.host;
}
