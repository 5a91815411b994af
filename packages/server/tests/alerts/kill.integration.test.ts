import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { administrator, sessionClient } from '@pawprint/testing';
import { makeAlert } from '../made-alerts.ts';
import { address, folder, run } from '../running-program.ts';

const rounds = 6;
const dataDirectory = join(folder, 'data');

test(`killed ${rounds} times while it delivers, an instance loses no alert, and repeats itself under one key`, async (t) => {
  const received = new Map<string, number>();
  let took = Promise.withResolvers<void>();
  const hook = createServer(async (request, response) => {
    for await (const _ of request);
    const key = String(request.headers['idempotency-key']);
    received.set(key, (received.get(key) ?? 0) + 1);
    took.resolve();
    // Some answers come before the kill and some never do.
    setTimeout(() => response.writeHead(204).end(), received.size % 4);
  });
  await once(hook.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    hook.closeAllConnections();
    hook.close();
  });
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  const start = () =>
    run({
      PAWPRINT_DATA_DIR: dataDirectory,
      PAWPRINT_OUTBOUND_NETWORKS: '127.0.0.0/8',
      PAWPRINT_ADMIN_EMAIL: administrator.email,
      PAWPRINT_ADMIN_PASSWORD: administrator.password,
    });
  const signIn = async (at: string) => {
    const response = await sessionClient(at).post('/internal/sign-in', administrator);
    return sessionClient(at, response.headers.get('set-cookie') ?? '');
  };

  let program = start();
  const admin = await signIn(await address(program));
  await admin.ask(
    `mutation ($input: CreateAlertDestinationInput!) {
      createAlertDestination(input: $input) { destination { id } } }`,
    { input: { name: 'Hook', webhook: { url }, alertTypes: ['RULE'] } },
  );
  const ids: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    took = Promise.withResolvers();
    for (let count = 0; count < 6; count += 1) ids.push((await makeAlert({ dataDirectory })).id);
    await took.promise;
    program.child.kill('SIGKILL');
    await program.ended;
    program = start();
    await address(program);
  }
  const again = await signIn(await address(program));
  const statuses = async () => {
    const { alerts } = await again.ask<{
      alerts: { edges: readonly { node: { id: string; deliveries: readonly { status: string }[] } }[] };
    }>(
      `query ($input: AlertsInput!) { alerts(input: $input) { edges { node { id deliveries { status } } } } }`,
      { input: { detectionId: 'Test.Rule', pageSize: 1_000 } },
    );
    return new Map(alerts.edges.map(({ node }) => [node.id, node.deliveries.map(({ status }) => status)]));
  };
  let seen = await statuses();
  while ([...seen.values()].flat().includes('PENDING')) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = await statuses();
  }
  program.child.kill('SIGTERM');
  assert.equal(await program.ended, 0);
  assert.deepEqual(seen, new Map(ids.map((id) => [id, ['DELIVERED']])));
  assert.deepEqual([...received.keys()].map((key) => key.split('/')[0]).toSorted(), ids.toSorted());
  const repeated = [...received.values()].filter((times) => times > 1).length;
  t.diagnostic(`${ids.length} alerts, of which ${repeated} came more than once`);
});
