import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyCookie from '@fastify/cookie';
import type { LogReader } from '@pawprint/verifier';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { ActionRunner } from '../actions/run-action.ts';
import type { PublishedLog, Services } from '../actions/services.ts';
import { authenticateSession, authenticateToken } from '../actions/session/authenticate.ts';
import type { Config } from '../config/config.ts';
import type { Reader } from '../store/store.ts';
import type { LedgerState } from '../system-errors/ledger-watch.ts';
import { AnonymousLimit } from './anonymous-limit.ts';
import { anonymous } from './audited-request.ts';
import { type AuditedRoute, auditRoutes, refuseUnknown } from './audited-routes.ts';
import { authenticate, type Credentials, sessionCaller } from './authentication.ts';
import { addConsole } from './console-files.ts';
import { createErrorHandler } from './error-handler.ts';
import { EventStreams, type StreamTiming } from './event-streams.ts';
import { createGraphQLExecutor } from './graphql/execute-request.ts';
import { internalSchema, publicSchema } from './graphql/schema.ts';
import { addGraphQLRoute } from './graphql-route.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addJsonBody } from './json-body.ts';
import { addLedgerRoutes } from './ledger-routes.ts';
import { publicAddress } from './public-address.ts';
import { RefusalRecord } from './refusal-record.ts';
import { requestOrigin } from './request-origin.ts';
import { RequestRefusal } from './request-refusal.ts';
import { addAlertRoutes } from './rest/alert-routes.ts';
import { addAlertStream } from './rest/alert-stream.ts';
import { addAuditLogProof } from './rest/audit-log-proof.ts';
import { addAuditLogStream } from './rest/audit-log-stream.ts';
import { addDetectionRoutes } from './rest/detection-routes.ts';
import { addQueryDownload } from './rest/query-download.ts';
import { addQueryStream } from './rest/query-stream.ts';
import { addSavedQueryRoutes } from './rest/saved-queries.ts';
import { addSessionRoutes } from './rest/session-routes.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { addWitnessRoute } from './witness-route.ts';

export interface HttpServerOptions {
  readonly config: Pick<Config, 'listen' | 'trustedProxies'>;
  readonly runner: ActionRunner;
  readonly reader: Reader;
  readonly services: Pick<Services, 'now' | 'sha256' | 'queries' | 'subjectKeys' | 'readAlertEvents'>;
  readonly ledger: PublishedLog;
  /** The time stamps of checkpoints, by their paths. */
  readonly timestamps?: LogReader;
  ledgerState?(): LedgerState;
  /** Something an operator should know of. */
  report(message: string, cause?: unknown): void;
  /** Where the console was built to. */
  readonly consoleFolder?: string;
  readonly streamTiming?: StreamTiming;
  /** A clock that never goes back, in milliseconds. */
  nowMs?(): number;
}

/** The instance's HTTP server. */
export interface HttpServer {
  readonly app: FastifyInstance;
  readonly routes: readonly AuditedRoute[];
  /** Starts to answer. @returns the address, such as `http://127.0.0.1:8080`. */
  listen(): Promise<string>;
  /** Ends the streams, lets the requests under way finish, and stops. */
  close(): Promise<void>;
}

/** Bytes of one body; the public API is meant to take uploads. */
const bodyLimit = { internal: 1024 * 1024, public: 8 * 1024 * 1024 };

export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { config, runner, services, report, nowMs = () => performance.now() } = options;
  const onInternalError = (error: unknown) => {
    const reference = randomUUID();
    report(`Internal error ${reference}`, error);
    return reference;
  };
  const refusals = new RefusalRecord(runner, new AnonymousLimit(nowMs), services.sha256);
  const onError = createErrorHandler(refusals, onInternalError);
  const app = createApp(
    (request, reply) => {
      receive(request, reply, config);
      const refusal = new RequestRefusal('INVALID_INPUT', 'The address is not valid');
      onError(refusal, request, reply).catch((error) => reply.send(error));
    },
    (request) => publicAddress(request, routes),
  );
  const routes = auditRoutes(app);
  app.setErrorHandler(onError);
  await addRoutes(app, routes, options, refusals, onInternalError);
  await app.ready();
  return { app, routes, listen: () => app.listen(config.listen), close: () => app.close() };
}

async function addRoutes(
  app: FastifyInstance,
  routes: readonly AuditedRoute[],
  { config, runner, reader, services, ledger, streamTiming, ...options }: HttpServerOptions,
  refusals: RefusalRecord,
  onInternalError: (error: unknown) => string,
): Promise<void> {
  const credentials: Credentials = {
    session: (secret) => authenticateSession(reader, secret, services.now()),
    token: (value, sourceIP) => authenticateToken(reader, value, sourceIP, services.now()),
  };
  const refuse = refuseUnknown(routes);
  addJsonBody(app);
  await app.register(fastifyCookie);
  app.addHook('onRequest', async (request, reply) => {
    receive(request, reply, config);
    await authenticate(request, credentials);
    // Before the body is read: it would be for nothing.
    if (request.is404) refuse(request, reply);
  });
  app.setNotFoundHandler(refuse);

  for (const [api, schema] of [
    ['public', publicSchema],
    ['internal', internalSchema],
  ] as const) {
    const execute = createGraphQLExecutor({ schema, runner, readers: services, onInternalError });
    addGraphQLRoute(app, refusals, { url: `/${api}/graphql`, bodyLimit: bodyLimit[api], execute });
  }
  const streams = new EventStreams(onInternalError, streamTiming);
  app.addHook('preClose', async () => streams.close());
  const authenticateAgain = (request: FastifyRequest) => sessionCaller(request, credentials);
  const rest = { app, runner, refusals, streams, authenticate: authenticateAgain };
  addSessionRoutes(rest, reader);
  addAuditLogStream(rest, { ledger, subjectKeys: services.subjectKeys });
  addAuditLogProof(rest);
  addAlertRoutes(rest);
  addAlertStream(rest, reader);
  addQueryStream(rest, services.queries);
  addDetectionRoutes(rest);
  addQueryDownload(rest);
  addSavedQueryRoutes(rest);
  await addLedgerRoutes(rest, ledger, options.timestamps ?? noObjects, credentials);
  await addWitnessRoute(rest);
  addHealthRoutes(app, reader, options.ledgerState ?? (() => 'works'));
  await addConsole(app, options.consoleFolder ?? consoleFolder);
}

/** What is known of every request before anything else. */
function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  { trustedProxies }: Pick<Config, 'trustedProxies'>,
) {
  request.caller = anonymous;
  request.origin = requestOrigin(request.socket.remoteAddress, request.headers, trustedProxies);
  addSecurityHeaders(reply, request.origin);
}

const noObjects: LogReader = { read: async () => undefined };

const consoleFolder = fileURLToPath(new URL('dist', import.meta.resolve('@pawprint/console/package.json')));

/**
 * Slow, idle and oversized requests end by themselves.
 * @param onBadAddress answers a request whose address can't be decoded; no hook sees it.
 * @param rewriteUrl the address that a request really means.
 */
function createApp(
  onBadAddress: (request: FastifyRequest, reply: FastifyReply) => void,
  rewriteUrl: (request: IncomingMessage) => string,
): FastifyInstance {
  const app = fastify({
    rewriteUrl,
    frameworkErrors: (_, request, reply) => onBadAddress(request as FastifyRequest, reply as FastifyReply),
    bodyLimit: bodyLimit.internal,
    requestTimeout: 60_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 15_000, maxHeaderSize: 16 * 1024 },
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  });
  app.decorateRequest('caller');
  app.decorateRequest('origin');
  app.decorateRequest('rawBody');
  return app;
}
