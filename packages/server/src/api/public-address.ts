import type { IncomingMessage } from 'node:http';
import { pathOf } from './audited-request.ts';
import type { AuditedRoute } from './audited-routes.ts';

/**
 * The address that a request means. Panther's REST API is at the top of its host, where the console has its pages here: what
 * comes with an API token and names one of our public resources, such as `/queries`, means `/public/queries`.
 */
export function publicAddress(
  { url = '/', headers }: IncomingMessage,
  routes: readonly AuditedRoute[],
): string {
  if (headers['x-api-key'] === undefined) return url;
  const [, resource = ''] = pathOf({ url }).split('/', 2);
  const isPublic = routes.some((route) => route.url.split('/', 3).join('/') === `/public/${resource}`);
  return isPublic ? `/public${url}` : url;
}
