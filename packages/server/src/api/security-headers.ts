import type { FastifyReply } from 'fastify';
import type { RequestOrigin } from './request-origin.ts';

/** On every answer; files and pages replace what does not suit them. */
export function addSecurityHeaders(reply: FastifyReply, { isSecure }: RequestOrigin): void {
  reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(isSecure && { 'strict-transport-security': 'max-age=31536000' }),
  });
}

/** The policy of the console's pages: nothing inline, and nothing from elsewhere. */
export const pagePolicy = [
  "default-src 'none'",
  "base-uri 'none'",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "manifest-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "worker-src 'self'",
].join('; ');
