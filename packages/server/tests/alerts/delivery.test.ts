import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { systemClock } from '../../src/clock.ts';
import { actorOf, expectedRecord, recordOf, recordsOf } from '../expected-record.ts';
import { type Hook, startHook } from '../far-sides.ts';
import { makeAlert } from '../made-alerts.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);

let aheadMs = 0;
const clock = {
  epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
};
const instance = await startTestInstance({ outboundNetworks: [loopback], clock });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const { alertDeliveries, systemErrors } = instance.instance;

const create = `mutation ($input: CreateAlertDestinationInput!) {
  createAlertDestination(input: $input) { destination { id } } }`;
const remove =
  'mutation ($input: DeleteAlertDestinationInput!) { deleteAlertDestination(input: $input) { id } }';
const get = `query ($id: ID!) { alert(id: $id) { activities { kind body }
  deliveries { outputId label status success message statusCode attempts dispatchedAt nextAttemptAt } } }`;
const retry = `mutation ($input: RetryAlertDeliveryInput!) {
  retryAlertDelivery(input: $input) { alert { id deliveries { status attempts } } } }`;

async function makeDestination(
  name: string,
  hook: Hook,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const { createAlertDestination } = await admin.ask<{
    createAlertDestination: { destination: { id: string } };
  }>(create, { input: { name, webhook: { url: hook.url }, ...fields } });
  return createAlertDestination.destination.id;
}

interface Delivery {
  readonly outputId: string;
  readonly label: string;
  readonly status: string;
  readonly message: string;
  readonly statusCode: number;
  readonly attempts: number;
  readonly nextAttemptAt: string | null;
}

async function alertOf(id: string) {
  const { alert } = await admin.ask<{
    alert: { deliveries: readonly Delivery[]; activities: readonly { kind: string; body: unknown }[] };
  }>(get, { id });
  return alert;
}

/** An alert that goes to one destination, and what was tried by then. */
const to = (id: string) => ({ destinations: JSON.stringify([id]) });

test('an alert arrives where it belongs, once, and says so', async () => {
  const [high, low] = [await startHook(), await startHook()];
  const ids = [
    await makeDestination('High', high, { severities: ['HIGH'] }),
    await makeDestination('Low', low, { severities: ['LOW'] }),
  ];
  const { id } = await makeAlert(instance);
  await alertDeliveries.settled();
  await alertDeliveries.settled();
  assert.deepEqual([high.received.length, low.received.length], [1, 0]);
  const { alertId, link, name } = JSON.parse(high.received[0]?.body ?? '');
  assert.deepEqual(
    { alertId, link, name },
    { alertId: id, link: `${instance.address}/alerts/${id}`, name: 'Test.Rule' },
  );
  const { deliveries, activities } = await alertOf(id);
  const { dispatchedAt, ...delivery } = deliveries[0] as Delivery & { dispatchedAt: string };
  assert.deepEqual(delivery, {
    outputId: ids[0],
    label: 'High',
    status: 'DELIVERED',
    success: true,
    message: 'it took the alert',
    statusCode: 200,
    attempts: 1,
    nextAttemptAt: null,
  });
  assert.match(dispatchedAt, /^2\d{3}-/);
  assert.deepEqual(activities.at(-1), {
    kind: 'DELIVERY',
    body: { destination: 'High', outcome: 'DELIVERED', message: 'it took the alert' },
  });
});

test('a link leads to the public address, from when that is set', async () => {
  const hook = await startHook();
  const destination = await makeDestination('By name', hook, { severities: [] });
  const setAddress = (publicURL: string) =>
    admin.ask(
      `mutation ($input: UpdateGeneralSettingsInput!) {
        updateGeneralSettings(input: $input) { generalSettings { publicURL } } }`,
      { input: { publicURL } },
    );
  await setAddress('https://pawprint.example.com');
  const { id } = await makeAlert(instance, to(destination));
  await alertDeliveries.settled();
  assert.equal(JSON.parse(hook.received[0]?.body ?? '').link, `https://pawprint.example.com/alerts/${id}`);
  await setAddress('');
});

test('it is tried again after growing delays, always under one key, and given up after ten more attempts', async () => {
  const broken = await startHook();
  broken.status = 500;
  const destination = await makeDestination('Broken', broken, { severities: [], alertTypes: ['RULE'] });
  const other = await startHook();
  await makeDestination('Told of errors', other, { severities: [], alertTypes: ['SYSTEM_ERROR'] });
  const { id } = await makeAlert(instance, to(destination));
  const delays: number[] = [];
  for (let attempts = 1; attempts <= 10; attempts += 1) {
    await alertDeliveries.settled();
    const [delivery] = (await alertOf(id)).deliveries;
    assert.deepEqual(
      [delivery?.status, delivery?.attempts, delivery?.message, delivery?.statusCode],
      ['PENDING', attempts, 'it answered with the status 500', 500],
    );
    const waitMs = Date.parse(delivery?.nextAttemptAt ?? '') - Number(clock.epochNanoseconds() / 1_000_000n);
    delays.push(Math.round(waitMs / 1_000));
    aheadMs += waitMs - 1_000;
    await alertDeliveries.settled();
    assert.equal(broken.received.length, attempts, 'it is not tried before its time');
    aheadMs += 1_001;
  }
  assert.deepEqual(delays, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560]);
  await alertDeliveries.settled();
  await systemErrors.settled();
  await alertDeliveries.settled();
  const { deliveries, activities } = await alertOf(id);
  assert.deepEqual(
    [deliveries[0]?.status, deliveries[0]?.attempts, deliveries[0]?.nextAttemptAt],
    ['FAILED', 11, null],
  );
  assert.deepEqual(activities.at(-1)?.body, {
    destination: 'Broken',
    outcome: 'FAILED',
    message: 'it answered with the status 500',
  });
  assert.equal(new Set(broken.received.map(({ headers }) => headers['idempotency-key'])).size, 1);

  // Others are told, and the broken one is not.
  assert.equal(broken.received.length, 11);
  const told = other.received
    .map(({ body }) => JSON.parse(body))
    .find(({ title }) => title.includes('Broken'));
  assert.equal(told?.type, 'SYSTEM_ERROR');
  assert.equal(
    told?.title,
    'System error: An alert could not be delivered to Broken: it answered with the status 500',
  );

  broken.status = 200;
  const records = await recordsOf(instance, async () => {
    const answer = await admin.ask(retry, { input: { alertId: id, outputId: destination } });
    assert.deepEqual(answer, {
      retryAlertDelivery: { alert: { id, deliveries: [{ status: 'PENDING', attempts: 0 }] } },
    });
    await alertDeliveries.settled();
    await systemErrors.settled();
  });
  assert.equal((await alertOf(id)).deliveries[0]?.status, 'DELIVERED');
  assert.deepEqual(
    records[0],
    expectedRecord({
      action: 'RETRY_ALERT_DELIVERY',
      description: 'Sends an alert to a destination again',
      actor: await actorOf(admin),
      dynamic: { input: { alertId: id, outputId: destination } },
      details: { alertId: id, destination: 'Broken', before: 'FAILED' },
    }),
  );
  assert.deepEqual(
    records
      .map(({ actionName }) => actionName)
      .filter((name) => name.includes('SYSTEM_ERROR') && !name.includes('LIST')),
    ['RESOLVE_SYSTEM_ERROR'],
  );
});

test('one that hangs holds up nothing but itself', async () => {
  const [hung, well] = [await startHook(), await startHook()];
  hung.status = undefined;
  const ids = [await makeDestination('Hung', hung), await makeDestination('Well', well)];
  const both = { destinations: JSON.stringify(ids) };
  const made = await Promise.all(Array.from({ length: 12 }, () => makeAlert(instance, both)));
  const arrived = () => new Set(well.received.map(({ body }) => JSON.parse(body).alertId as string));
  while (made.some(({ id }) => !arrived().has(id))) await new Promise((resolve) => setTimeout(resolve, 20));
  assert(hung.received.length <= 4, `${hung.received.length} at a time`);
  // What was under way fails with the destination; nothing is tried there again.
  await admin.ask(remove, { input: { id: ids[0] } });
  const { deliveries } = await alertOf(made[0]?.id ?? '');
  assert.deepEqual(deliveries.map(({ label, status, message }) => [label, status, message]).toSorted(), [
    ['', 'FAILED', 'The destination was deleted'],
    ['Well', 'DELIVERED', 'it took the alert'],
  ]);
});

test('retrying needs the permission, an alert and a destination that are there, and one that is not on its way', async () => {
  const hook = await startHook();
  hook.status = 500;
  const destination = await makeDestination('Retried', hook);
  const { id } = await makeAlert(instance, to(destination));
  await alertDeliveries.settled();
  const cases: readonly [input: Record<string, unknown>, code: string, message: string][] = [
    [{ alertId: 'nowhere', outputId: destination }, 'NOT_FOUND', 'There is no alert nowhere'],
    [{ alertId: id, outputId: 'nowhere' }, 'NOT_FOUND', 'There is no destination nowhere'],
    [{ alertId: id, outputId: destination }, 'CONFLICT', 'The alert is still on its way to Retried'],
  ];
  for (const [input, code, message] of cases) {
    const record = await recordOf(instance, async () => {
      const { errors } = await admin.graphql(retry, { input });
      assert.deepEqual([errors[0]?.extensions?.code, errors[0]?.message], [code, message]);
    });
    assert.equal(record.actionResult, 'FAILED');
  }
  const reader = await instance.userWith(['AlertRead', 'DestinationRead']);
  const denied = await recordOf(instance, () =>
    reader.graphql(retry, { input: { alertId: id, outputId: destination } }),
  );
  assert.deepEqual(denied.errors, [{ message: 'This needs the permission AlertModify' }]);

  const elsewhere = await makeDestination('Elsewhere', await startHook(), { severities: [] });
  await admin.ask(retry, { input: { alertId: id, outputId: elsewhere } });
  await alertDeliveries.settled();
  const { deliveries } = await alertOf(id);
  assert.equal(deliveries.find(({ label }) => label === 'Elsewhere')?.status, 'DELIVERED');
});

test('what is wrong with the instance is an alert of its own', async () => {
  const hook = await startHook();
  await makeDestination('Operators', hook, { severities: [], alertTypes: ['SYSTEM_ERROR'] });
  systemErrors.note({ kind: 'clock' }, 'The clock went back by 7 s');
  await systemErrors.settled();
  await alertDeliveries.settled();
  const { alerts } = await admin.ask<{ alerts: { edges: readonly { node: Record<string, unknown> }[] } }>(
    `query ($input: AlertsInput!) { alerts(input: $input) { edges { node {
      title severity status origin { ... on SystemError { kind message } } } } } }`,
    {
      input: {
        type: 'SYSTEM_ERROR',
        nameContains: '7 s',
        createdAtAfter: '2000-01-01T00:00:00Z',
        createdAtBefore: '2100-01-01T00:00:00Z',
      },
    },
  );
  assert.deepEqual(
    alerts.edges.map(({ node }) => node),
    [
      {
        title: 'The clock went back by 7 s',
        severity: 'CRITICAL',
        status: 'OPEN',
        origin: { kind: 'clock', message: 'The clock went back by 7 s' },
      },
    ],
  );
  assert.deepEqual(
    hook.received.map(({ body }) => JSON.parse(body).title),
    ['System error: The clock went back by 7 s'],
  );
});
