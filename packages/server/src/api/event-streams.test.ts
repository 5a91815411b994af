import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { test } from 'node:test';
import fastify from 'fastify';
import { EventStreams, type StreamEvent, type StreamTiming } from './event-streams.ts';

const unhurried: StreamTiming = { heartbeatMs: 60_000, recheckMs: 60_000, drainMs: 60_000 };

type Events = (signal: AbortSignal) => AsyncIterable<StreamEvent>;

/** A server with one stream at `/`. */
async function serve(events: Events, timing: Partial<StreamTiming> = {}, mayGoOn = async () => true) {
  const errors: unknown[] = [];
  const streams = new EventStreams((error) => errors.push(error), { ...unhurried, ...timing });
  const app = fastify({ forceCloseConnections: true });
  app.get('/', (_, reply) => streams.send(reply.header('x-kept', 'yes'), 'caller', events, mayGoOn));
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { streams, errors, address, port, [Symbol.asyncDispose]: () => app.close() };
}

const never = (signal: AbortSignal) => once(signal, 'abort');

test('events are written as the standard has them, and the stream ends with its events', async () => {
  await using server = await serve(async function* () {
    yield { event: 'entry', id: '7', data: { text: 'two\nlines' } };
    yield { event: 'status', data: null };
  });
  const response = await fetch(server.address);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(response.headers.get('x-kept'), 'yes');
  assert.equal(
    await response.text(),
    'event: entry\nid: 7\ndata: {"text":"two\\nlines"}\n\nevent: status\ndata: null\n\n',
  );
  assert.equal(server.streams.count('caller'), 0);
});

test('a quiet stream is kept open by comments', async () => {
  await using server = await serve(
    async function* (signal) {
      await never(signal);
      yield* [];
    },
    { heartbeatMs: 5 },
  );
  const response = await fetch(server.address);
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  assert.equal(Buffer.from(chunk?.value ?? []).toString(), ':\n\n');
  assert.equal(server.streams.count('caller'), 1);
  await reader?.cancel();
});

test('a stream ends when it may not go on, and when the server stops', async () => {
  const events: Events = async function* (signal) {
    await never(signal);
    yield { event: 'late', data: 'not to be sent' };
  };
  await using ended = await serve(events, { recheckMs: 5 }, async () => false);
  assert.equal(await (await fetch(ended.address)).text(), '');
  await using failing = await serve(events, { recheckMs: 5 }, () => Promise.reject(new Error('no database')));
  assert.equal(await (await fetch(failing.address)).text(), '');
  await using stopping = await serve(events);
  const response = await fetch(stopping.address);
  stopping.streams.close();
  assert.equal(await response.text(), '');
});

test('an error in the events cuts the stream off and is reported', async () => {
  await using server = await serve(async function* () {
    yield { event: 'first', data: 1 };
    throw new Error('broken');
  });
  await assert.rejects((await fetch(server.address)).text());
  assert.equal(server.errors.length, 1);
});

test('a client that does not read is cut off, and holds up no more than what was under way', async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<number>();
  await using server = await serve(
    async function* (signal) {
      let sent = 0;
      for (; !signal.aborted; sent++) yield { event: 'big', data: 'x'.repeat(100_000) };
      resolve(sent);
    },
    { drainMs: 20 },
  );
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  // What the kernel buffers of a connection is a few megabytes at most.
  assert.ok((await stopped) < 200);
  socket.destroy();
});

test('a client that goes away ends its events', async () => {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  await using server = await serve(async function* (signal) {
    yield { event: 'first', data: 1 };
    await never(signal);
    resolve();
  });
  const leaving = new AbortController();
  await fetch(server.address, { signal: leaving.signal });
  leaving.abort();
  await stopped;
});
