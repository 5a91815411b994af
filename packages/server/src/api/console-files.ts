import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { apiOf, pathOf } from './audited-request.ts';
import { pagePolicy } from './security-headers.ts';

const reason = "The instance's own static files";

/**
 * Serves the console's files, and its index.html at every other address, which the console itself understands.
 * @param folder where the console was built to; it may not be there.
 */
export async function addConsole(app: FastifyInstance, folder: string): Promise<void> {
  const files = await filesOf(folder);
  const page = files.has('/index.html') ? await readFile(join(folder, 'index.html'), 'utf8') : undefined;
  files.delete('/index.html');
  await app.register(fastifyStatic, { root: folder, serve: false });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    config: { unrecorded: reason },
    handler(request, reply) {
      const path = pathOf(request);
      if (files.has(path)) return sendFile(reply, path);
      if (apiOf(request) !== undefined || /\.[a-z0-9]+$/i.test(path)) return reply.callNotFound();
      return page === undefined ? sendHint(reply) : sendPage(request, reply, page);
    },
  });
}

/** Names of built assets hold a hash of what is in them. */
function sendFile(reply: FastifyReply, path: string): FastifyReply {
  const isHashed = path.startsWith('/assets/');
  return reply.sendFile(path, {
    maxAge: isHashed ? '365d' : 0,
    immutable: isHashed,
  });
}

function sendPage({ origin }: FastifyRequest, reply: FastifyReply, page: string): FastifyReply {
  const base = `${origin.isSecure ? 'https' : 'http'}://${origin.host}`;
  return reply
    .header('content-security-policy', pagePolicy)
    .type('text/html; charset=utf-8')
    .send(page.replace('</head>', () => `${clientConfig(base)}</head>`));
}

/** Where mcp-panther looks for the addresses of the API. A block of data, which no policy on scripts concerns. */
function clientConfig(base: string): string {
  const addresses = { rest: base, WEB_APPLICATION_GRAPHQL_API_ENDPOINT: `${base}/internal/graphql` };
  const json = JSON.stringify(addresses).replaceAll('<', '\\u003c');
  return `<script id="__PANTHER_CONFIG__" type="application/json">${json}</script>`;
}

function sendHint(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send('The console is not built. Run: npm run build\n');
}

/** The paths of all files, as addresses: a request can name no other. */
async function filesOf(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')}`),
  );
}
