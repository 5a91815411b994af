import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { parseCidrBlock } from '../access/cidr-block.ts';
import { createSendOutbound, type OutboundErrorCode } from './outbound-request.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);
const send = createSendOutbound([loopback]);
const guarded = createSendOutbound([]);

async function withServer(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const failsWith = (code: OutboundErrorCode) => ({ name: 'OutboundError', code });

test('a request arrives as it was meant, and its answer comes back', async () => {
  await withServer(
    (request, response) => {
      request.on('data', (body) => {
        response.writeHead(202, {
          'x-method': `${request.method} ${request.url} ${request.headers['x-key']}`,
        });
        response.end(`got ${body}`);
      });
    },
    async (url) => {
      const answer = await send({ url, method: 'POST', headers: { 'x-key': 'k' }, body: 'hello' });
      assert.equal(answer.status, 202);
      assert.equal(answer.headers['x-method'], 'POST /hook k');
      assert.equal(Buffer.from(answer.body).toString(), 'got hello');
    },
  );
});

test('addresses inside are refused, however they are spelt, and asked nothing', async () => {
  let asked = 0;
  await withServer(
    (_, response) => {
      asked += 1;
      response.end();
    },
    async (url) => {
      const { port } = new URL(url);
      const hosts = [
        '127.0.0.1',
        '127.1',
        '2130706433',
        '0x7f000001',
        '[::1]',
        '[::ffff:127.0.0.1]',
        'localhost',
      ];
      hosts.push(
        '0.0.0.0',
        '10.0.0.1',
        '169.254.169.254',
        '192.168.1.1',
        '[fd00::1]',
        '[fe80::1]',
        '100.64.0.1',
      );
      for (const host of hosts) {
        const refused = guarded({ url: `http://${host}:${port}/`, method: 'GET' });
        await assert.rejects(refused, failsWith('refused_address'), host);
      }
    },
  );
  assert.equal(asked, 0);
});

test('a redirect is an answer and not followed', async () => {
  await withServer(
    (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    async (url) => assert.equal((await send({ url, method: 'GET' })).status, 302),
  );
});

test('what is no address of the web is refused', async () => {
  for (const url of [
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://user:secret@example.com/',
    'example.com',
    '',
  ]) {
    await assert.rejects(send({ url, method: 'GET' }), failsWith('invalid_url'), url);
  }
});

test('silence, endless answers and broken connections end', async () => {
  await withServer(
    () => {},
    async (url) => assert.rejects(send({ url, method: 'GET', timeoutMs: 50 }), failsWith('timeout')),
  );
  await withServer(
    (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
      response.once('close', () => clearInterval(timer));
    },
    async (url) =>
      assert.rejects(send({ url, method: 'GET', answerBytesMax: 5_000 }), failsWith('too_large')),
  );
  await withServer(
    (request) => request.socket.destroy(),
    async (url) => assert.rejects(send({ url, method: 'GET' }), failsWith('unreachable')),
  );
  const closed = send({ url: 'http://127.0.0.1:9/', method: 'GET' });
  await assert.rejects(closed, failsWith('unreachable'));
});
