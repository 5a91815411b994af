import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

export interface StreamEvent {
  readonly event: string;
  /** Where a client that comes back goes on (its Last-Event-ID). */
  readonly id?: string;
  /** Sent as JSON. */
  readonly data: unknown;
}

export interface StreamTiming {
  /** Between comments that keep proxies from closing a quiet stream. */
  readonly heartbeatMs: number;
  /** Between looks whether the stream may go on. */
  readonly recheckMs: number;
  /** How long a client may take to read what was sent. */
  readonly drainMs: number;
}

const defaultTiming: StreamTiming = { heartbeatMs: 15_000, recheckMs: 60_000, drainMs: 30_000 };

/** The server-sent event streams (HTML Living Standard §9.2) that are open. */
export class EventStreams {
  readonly #timing: StreamTiming;
  readonly #onError: (error: unknown) => void;
  readonly #open = new Map<AbortController, string>();

  constructor(onError: (error: unknown) => void, timing: StreamTiming = defaultTiming) {
    this.#timing = timing;
    this.#onError = onError;
  }

  /** Streams open for one caller. */
  count(callerId: string): number {
    return [...this.#open.values()].filter((id) => id === callerId).length;
  }

  /**
   * Answers with the events as they come, until they end, the client goes, or `mayGoOn` says no.
   *
   * Events are taken one by one and only as fast as the client reads: nothing piles up here, and a client that doesn't
   * read is cut off.
   *
   * @param events stops at the signal.
   */
  async send(
    reply: FastifyReply,
    callerId: string,
    events: (signal: AbortSignal) => AsyncIterable<StreamEvent>,
    mayGoOn: () => Promise<boolean>,
  ): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks nginx not to hold events back.
      'x-accel-buffering': 'no',
    });
    raw.flushHeaders();
    const controller = new AbortController();
    const stop = () => controller.abort();
    this.#open.set(controller, callerId);
    raw.once('close', stop);
    raw.once('error', stop);
    const heartbeat = setInterval(() => isFlowing(raw) && raw.write(':\n\n'), this.#timing.heartbeatMs);
    const recheck = setInterval(
      async () => (await mayGoOn().catch(() => false)) || stop(),
      this.#timing.recheckMs,
    );
    try {
      for await (const event of events(controller.signal)) {
        if (controller.signal.aborted) break;
        if (!raw.write(eventText(event))) await this.#drained(raw, controller.signal);
      }
      if (isFlowing(raw)) raw.end();
      else raw.destroy();
    } catch (error) {
      if (!controller.signal.aborted) this.#onError(error);
      raw.destroy();
    } finally {
      clearInterval(heartbeat);
      clearInterval(recheck);
      this.#open.delete(controller);
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const controller of this.#open.keys()) controller.abort();
  }

  /** Until the client has read what was sent; one that takes too long is cut off. */
  async #drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    const waiting = AbortSignal.any([signal, late.signal]);
    const timer = setTimeout(() => {
      late.abort();
      raw.destroy();
    }, this.#timing.drainMs);
    await once(raw, 'drain', { signal: waiting }).catch(() => undefined);
    clearTimeout(timer);
  }
}

function isFlowing(raw: ServerResponse): boolean {
  return !raw.destroyed && !raw.writableNeedDrain;
}

function eventText({ event, id, data }: StreamEvent): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
}
