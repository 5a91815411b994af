import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { testDestination } from '../../src/alerts/destinations/destination.conformance.ts';
import { destinations } from '../../src/alerts/destinations/destinations.ts';
import { createMail } from '../../src/outbound/mail.ts';
import { createSendOutbound } from '../../src/outbound/outbound-request.ts';
import { plainText, startHook, startMailServer } from '../far-sides.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);
const sendOutbound = createSendOutbound([loopback]);

testDestination('webhook', async () => {
  const hook = await startHook();
  return {
    tools: { sendOutbound, mail: undefined },
    config: { url: hook.url, secret: 'a secret of the webhook' },
    secrets: { hasSecret: 'a secret of the webhook' },
    received: () => hook.received.map(({ headers, body }) => `${headers['idempotency-key']} ${body}`),
    refuse: () => {
      hook.status = 503;
    },
    refusal: /it answered with the status 503/,
  };
});

testDestination('email', async () => {
  const server = await startMailServer();
  return {
    tools: { sendOutbound, mail: createMail(server.smtp) },
    config: { addresses: ['ada@example.com', 'grace@example.com'] },
    secrets: {},
    received: () => server.messages.map(({ text }) => plainText(text)),
    refuse: () => {
      server.refuses = true;
    },
    refusal: /the mailbox is full/,
  };
});

const notice = {
  alertId: 'b'.repeat(32),
  type: 'POLICY',
  severity: 'LOW',
  title: 'A bucket is open',
  detectionId: 'Open.Bucket',
  name: 'Open bucket',
  version: 2,
  description: 'd',
  runbook: 'r',
  reference: '',
  tags: ['t'],
  context: {},
  createdAt: '2026-01-02T03:04:05.678Z',
  link: 'http://console/alerts/b',
  isTest: false,
} as const;

test("a webhook gets the alert in Panther's form, signed", async () => {
  const hook = await startHook();
  hook.status = 204;
  const config = { url: hook.url, secret: 's' };
  const receipt = await destinations.webhook.deliver(
    { sendOutbound, mail: undefined },
    config,
    notice,
    'k/1',
  );
  assert.deepEqual(receipt, { statusCode: 204, message: 'it took the alert' });
  const [{ headers, body } = { headers: {}, body: '' }] = hook.received;
  assert.deepEqual(JSON.parse(body), {
    id: 'Open.Bucket',
    createdAt: '2026-01-02T03:04:05.678Z',
    severity: 'LOW',
    type: 'POLICY',
    link: 'http://console/alerts/b',
    title: 'Policy Failure: A bucket is open',
    name: 'Open bucket',
    alertId: 'b'.repeat(32),
    alertContext: {},
    description: 'd',
    runbook: 'r',
    reference: '',
    tags: ['t'],
    version: '2',
  });
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['idempotency-key'], 'k/1');
  assert.equal(
    headers['x-pawprint-signature-256'],
    `sha256=${createHmac('sha256', 's').update(body).digest('hex')}`,
  );
});

test('a webhook in a network that is not allowed is not reached', async () => {
  const hook = await startHook();
  const tools = { sendOutbound: createSendOutbound([]), mail: undefined };
  await assert.rejects(
    destinations.webhook.deliver(tools, { url: hook.url }, notice, 'k/1'),
    /127\.0\.0\.1 is not on the public internet/,
  );
  assert.deepEqual(hook.received, []);
});

test('an e-mail goes to each address, and no title adds a header or an address', async () => {
  const server = await startMailServer();
  const tools = { sendOutbound, mail: createMail(server.smtp) };
  const addresses = ['ada@example.com', 'grace@example.com'];
  const title = 'Bad\r\nBcc: eve@example.com\r\n\r\nbody';
  await destinations.email.deliver(tools, { addresses }, { ...notice, title }, 'k/1');
  const [{ to, text } = { to: [], text: '' }] = server.messages;
  assert.deepEqual(to, addresses);
  const [head = ''] = text.split('\r\n\r\n');
  assert.doesNotMatch(head, /^bcc:/im);
  assert.match(head, /^Subject: LOW: Bad/m);
  assert.match(head, /^Message-ID: <k\.1@example\.com>/m);
});
