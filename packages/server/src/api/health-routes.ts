import type { FastifyInstance } from 'fastify';
import type { Reader } from '../store/store.ts';

const reason = 'Health checks: they say that the instance works, and nothing of what is in it';

/** /healthz: the process answers. /readyz: it reaches its database, too. */
export function addHealthRoutes(app: FastifyInstance, reader: Reader): void {
  const route = { method: ['GET', 'HEAD'], config: { unrecorded: reason } };
  app.route({ ...route, url: '/healthz', handler: () => ({ status: 'ok' }) });
  app.route({
    ...route,
    url: '/readyz',
    async handler(_, reply) {
      try {
        await reader.selectFrom('ledger_state').select('size').executeTakeFirst();
        return { status: 'ok' };
      } catch {
        return reply.code(503).send({ status: 'The database can not be read' });
      }
    },
  });
}
