import type { FastifyInstance } from 'fastify';
import type { Reader } from '../store/store.ts';
import type { LedgerState } from '../system-errors/ledger-watch.ts';

const reason = 'Health checks: they say that the instance works, and nothing of what is in it';

/**
 * /healthz: the process answers. /readyz: it reaches its database, too, and how the ledger is. An instance whose ledger
 * takes nothing still answers 200: it can act, as in taking away a token, and a proxy must not keep people from it.
 */
export function addHealthRoutes(app: FastifyInstance, reader: Reader, ledgerState: () => LedgerState): void {
  const route = { method: ['GET', 'HEAD'], config: { unrecorded: reason } };
  app.route({ ...route, url: '/healthz', handler: () => ({ status: 'ok' }) });
  app.route({
    ...route,
    url: '/readyz',
    async handler(_, reply) {
      try {
        await reader.selectFrom('ledger_state').select('size').executeTakeFirst();
        const ledger = ledgerState();
        return { status: ledger === 'works' ? 'ok' : 'degraded', ledger };
      } catch {
        return reply.code(503).send({ status: 'The database can not be read' });
      }
    },
  });
}
