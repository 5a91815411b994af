import type { FastifyRequest } from 'fastify';
import { CheckpointRefusal, cosignCheckpoint } from '../actions/witness/cosign-checkpoint.ts';
import { addActionRoute, type RouteContext } from './action-route.ts';
import { RequestRefusal } from './request-refusal.ts';

/** Bytes of a request: 63 hashes, and a note with as many signatures as C2SP signed-note wants taken, of any kind. */
const bodyLimit = 128 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The instance as a witness of other logs (C2SP tlog-witness): its submission prefix is `/witness`. Whoever may have a
 * checkpoint cosigned is known by the log's signature alone, so that anyone may ask.
 */
export async function addWitnessRoute(context: RouteContext): Promise<void> {
  await context.app.register(async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer) => {
      request.rawBody = bytes;
      return { body: decode(bytes) };
    });
    app.setErrorHandler((error, _, reply) => {
      // Whatever else goes wrong is for the handler of all routes.
      if (!(error instanceof CheckpointRefusal)) throw error;
      const { status, message, knownSize } = error;
      reply.code(status);
      return knownSize === undefined
        ? reply.type('text/plain; charset=utf-8').send(`${message}\n`)
        : reply.type('text/x.tlog.size').send(`${knownSize}\n`);
    });
    addActionRoute(
      { ...context, app },
      {
        method: 'POST',
        url: '/witness/add-checkpoint',
        bodyLimit,
        action: cosignCheckpoint,
        description: 'Asks for a cosignature on a checkpoint of another log',
        answer: (signatures, _, reply) => reply.type('text/plain; charset=utf-8').send(signatures),
      },
    );
  });
}

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new RequestRefusal('INVALID_INPUT', 'The body is not valid UTF-8', { cause });
  }
}
