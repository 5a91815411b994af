import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { startHook } from '../far-sides.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);

test('what somebody does arrives as an alert that leads to its record', async () => {
  const hook = await startHook();
  const instance = await startTestInstance({ outboundNetworks: [loopback] });
  after(() => instance[Symbol.asyncDispose]());
  const { admin } = instance;
  await admin.ask('mutation { enableAuditLogs { source { integrationId } } }');
  await admin.ask(
    `mutation ($input: CreateAlertDestinationInput!) {
      createAlertDestination(input: $input) { destination { id } } }`,
    { input: { name: 'Hook', webhook: { url: hook.url }, severities: ['HIGH', 'CRITICAL'] } },
  );
  await admin.ask('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
    input: { name: 'Helpers', permissions: ['UserModify'] },
  });
  await instance.instance.settled();
  await instance.instance.alertDeliveries.settled();
  const bodies = hook.received.map(({ body }) => JSON.parse(body));
  const told = bodies.find(({ title }) => title.includes('Helpers'));
  assert(told !== undefined, `${JSON.stringify(bodies)} tells nothing of the role`);

  const { alert } = await admin.ask<{
    alert: {
      status: string;
      origin: { __typename: string; id: string; name: string; version: number };
      deliveries: readonly { status: string }[];
      activities: readonly { kind: string; body: { ledgerIndex?: number; detectionVersion?: number } }[];
      events: { edges: readonly { node: { actionName: string; p_ledger_index: number } }[] };
    };
  }>(
    `query ($id: ID!) { alert(id: $id) { status deliveries { status } activities { kind body }
      origin { __typename ... on Detection { id name version } } events { edges { node } } } }`,
    { id: told.alertId },
  );
  assert.deepEqual([alert.status, alert.deliveries], ['OPEN', [{ status: 'DELIVERED' }]]);
  assert.deepEqual(
    [alert.origin.__typename, alert.origin.id, alert.origin.name, String(alert.origin.version)],
    ['Detection', told.id, told.name, told.version],
  );
  const [event, ...more] = alert.events.edges.map(({ node }) => node);
  assert.deepEqual([event?.actionName, more], ['CREATE_USER_ROLE', []]);
  const made = alert.activities.find(({ kind }) => kind === 'CREATED')?.body;
  assert.deepEqual(
    [made?.ledgerIndex, made?.detectionVersion],
    [event?.p_ledger_index, alert.origin.version],
  );
  const response = await admin.fetch(`/internal/audit-log/${event?.p_ledger_index}/proof`);
  assert.match(await response.text(), /Helpers/);
});
