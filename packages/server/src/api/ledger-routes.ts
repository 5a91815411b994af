import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { formatMinimumIndex, type LogReader, minimumIndexPath } from '@pawprint/verifier';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { getAuditLogEntries } from '../actions/audit-log/get-audit-log-entries.ts';
import type { PublishedLog } from '../actions/services.ts';
import { addActionRoute, type RouteContext } from './action-route.ts';
import { pathOf } from './audited-request.ts';
import { type Credentials, sessionCaller, tokenCaller } from './authentication.ts';
import { RequestRefusal } from './request-refusal.ts';
import { requireSameOrigin } from './same-origin.ts';

const prefix = '/ledger/';
const reason =
  'The checkpoint, public key, minimum index, hash tiles and time stamps of the ledger: nothing can be read from hashes';
const compress = promisify(gzip);

/**
 * The ledger as C2SP tlog-tiles has it: checkpoint and hash tiles for anyone, entry bundles, which are the records
 * themselves, for those who may read the audit log. See docs/decisions/0004.
 */
export async function addLedgerRoutes(
  context: RouteContext,
  log: PublishedLog,
  timestamps: LogReader,
  credentials: Credentials,
): Promise<void> {
  context.app.route({
    method: ['GET', 'HEAD'],
    url: `${prefix}*`,
    config: { unrecorded: reason },
    handler: (request, reply) => sendPublic(log, timestamps, logPath(request), reply),
  });
  await context.app.register(async (app) => {
    app.addHook('onRequest', async (request) => {
      request.params = { path: logPath(request) };
      request.caller = await eitherCaller(request, credentials);
    });
    addActionRoute(
      { ...context, app },
      {
        method: 'GET',
        url: `${prefix}tile/entries/*`,
        action: getAuditLogEntries,
        description: 'Fetches a bundle of ledger entries',
        answer: sendEntries,
      },
    );
  });
}

/** The path as it came: one that is spelt in another way, such as with percent signs, names nothing. */
function logPath(request: FastifyRequest): string {
  return pathOf(request).slice(prefix.length);
}

/** Verifiers come with a token, the console's page with a session. */
async function eitherCaller(request: FastifyRequest, credentials: Credentials) {
  if (request.headers['x-api-key'] !== undefined) return tokenCaller(request, credentials);
  requireSameOrigin(request);
  return sessionCaller(request, credentials);
}

async function sendPublic(
  log: PublishedLog,
  timestamps: LogReader,
  path: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const text = textOf(log, path);
  if (text !== undefined) {
    return reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(text);
  }
  const object = path.startsWith('tile/entries/')
    ? undefined
    : ((await log.objects.read(path)) ?? (await timestamps.read(path)));
  if (object === undefined) throw new RequestRefusal('NOT_FOUND', 'There is nothing at this address');
  return reply
    .type(path.endsWith('.tsr') ? 'application/timestamp-reply' : 'application/octet-stream')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .send(object);
}

/** What changes as the log goes on, or stands beside it. */
function textOf(log: PublishedLog, path: string): string | undefined {
  if (path === 'checkpoint') return log.checkpoint;
  if (path === 'vkey') return `${log.vkey}\n`;
  return path === minimumIndexPath ? formatMinimumIndex(log.firstIndex) : undefined;
}

/** Not to be cached, unlike what tlog-tiles recommends: a cache asks nobody who they are, and records nothing. */
async function sendEntries(
  bundle: Uint8Array,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.type('application/octet-stream').header('vary', 'accept-encoding');
  if (!/\bgzip\b/.test(String(headers['accept-encoding']))) return reply.send(bundle);
  return reply.header('content-encoding', 'gzip').send(await compress(bundle));
}
