import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can happen to one request on its way to a server and back. */
export const proxyFaults = [
  'is not accepted',
  'is cut off on its way',
  'is answered with 500',
  'is answered with 503',
  'has an effect, but its answer is lost',
  'has an effect, but its answer is cut off',
  'has an answer with a wrong byte',
  'is answered too late',
] as const;
export type ProxyFault = (typeof proxyFaults)[number];

export interface FaultyProxy {
  /** The URL to use instead of the server's. */
  readonly endpoint: string;
  /** How many requests met a fault, by fault. */
  readonly met: ReadonlyMap<ProxyFault, number>;
  close(): Promise<void>;
}

/**
 * Stands between a store and its server.
 * @param next says what happens to the next request; undefined for nothing
 * @param lateMs when an answer that is too late comes
 */
export async function startFaultyProxy(
  target: string,
  next: () => ProxyFault | undefined,
  lateMs: number,
): Promise<FaultyProxy> {
  const met = new Map<ProxyFault, number>();
  const server = createServer((incoming, outgoing) => {
    const fault = next();
    if (fault !== undefined) met.set(fault, (met.get(fault) ?? 0) + 1);
    serve(target, incoming, outgoing, fault, lateMs).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function serve(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: ProxyFault | undefined,
  lateMs: number,
): Promise<void> {
  if (fault === 'is not accepted') return void outgoing.destroy();
  const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
  if (fault === 'is answered with 500') return refuse(outgoing, 500, 'InternalError');
  if (fault === 'is answered with 503') return refuse(outgoing, 503, 'SlowDown');
  if (fault === 'is cut off on its way') {
    await cutOff(target, incoming, body);
    return void outgoing.destroy();
  }

  const { status, headers, bytes } = await forward(target, incoming, body);
  if (fault === 'has an effect, but its answer is lost') return void outgoing.destroy();
  if (fault === 'is answered too late') await new Promise((resolve) => setTimeout(resolve, lateMs));
  if (fault === 'has an answer with a wrong byte' && bytes.length > 0) {
    const at = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  }
  outgoing.writeHead(status, headers);
  if (fault !== 'has an effect, but its answer is cut off') return void outgoing.end(bytes);
  outgoing.write(bytes.subarray(0, bytes.length / 2), () => outgoing.destroy());
}

function refuse(outgoing: ServerResponse, status: number, code: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>Try again</Message></Error>`);
}

/** As it came: the signature covers the headers, also the name of the host. */
function copyOf(target: string, incoming: IncomingMessage) {
  return request(target + incoming.url, {
    ...(incoming.method !== undefined && { method: incoming.method }),
    headers: incoming.headers,
    agent: false,
  });
}

async function forward(
  target: string,
  incoming: IncomingMessage,
  body: Uint8Array,
): Promise<{ status: number; headers: IncomingMessage['headers']; bytes: Buffer }> {
  const copy = copyOf(target, incoming).end(body);
  const [answer] = (await once(copy, 'response')) as [IncomingMessage];
  const bytes = Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>));
  const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
  return { status: answer.statusCode ?? 502, headers, bytes };
}

/** Sends half of the body and hangs up. */
async function cutOff(target: string, incoming: IncomingMessage, body: Uint8Array): Promise<void> {
  const copy = copyOf(target, incoming);
  copy.on('error', () => undefined);
  copy.flushHeaders();
  await new Promise((resolve) => copy.write(body.subarray(0, body.length / 2), resolve));
  copy.destroy();
}
