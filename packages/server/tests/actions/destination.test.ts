import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordsOf } from '../expected-record.ts';
import { plainText, startHook, startMailServer } from '../far-sides.ts';

const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);
const hook = await startHook();
const mail = await startMailServer();
const instance = await startTestInstance({ outboundNetworks: [loopback], smtp: mail.smtp });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const fields = `id name type webhook { url hasSecret } email { addresses } severities alertTypes logTypes
  pendingDeliveries failedDeliveries`;
const list = `{ alertDestinations { ${fields} } }`;
const get = `query ($id: ID!) { alertDestination(id: $id) { ${fields} } }`;
const create = `mutation ($input: CreateAlertDestinationInput!) {
  createAlertDestination(input: $input) { destination { ${fields} } } }`;
const update = `mutation ($input: UpdateAlertDestinationInput!) {
  updateAlertDestination(input: $input) { destination { ${fields} } } }`;
const remove =
  'mutation ($input: DeleteAlertDestinationInput!) { deleteAlertDestination(input: $input) { id } }';
const sendTest = `mutation ($input: SendTestAlertInput!) {
  sendTestAlert(input: $input) { statusCode message } }`;

const everySeverity = ['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];
let made = 0;

async function makeDestination(input: Record<string, unknown> = {}): Promise<string> {
  made += 1;
  const { createAlertDestination } = await admin.ask<{
    createAlertDestination: { destination: { id: string } };
  }>(create, { input: { name: `Made ${made}`, webhook: { url: hook.url }, ...input } });
  return createAlertDestination.destination.id;
}

const missing = (field: string) => ({
  variables: field === 'id' ? { id: 'nowhere' } : { input: { id: 'nowhere' } },
  code: 'NOT_FOUND',
  field,
  message: 'There is no destination nowhere',
});

const url = 'https://hooks.example.com/alerts';

testActions(instance, [
  {
    operation: list,
    action: 'LIST_ALERT_DESTINATIONS',
    description: 'Lists the destinations of alerts',
    permission: 'DestinationRead',
  },
  {
    operation: get,
    action: 'GET_ALERT_DESTINATION',
    description: 'Fetches the destination with an id',
    permission: 'DestinationRead',
    given: async () => ({ id: await makeDestination() }),
    refusals: [missing('id')],
  },
  {
    operation: create,
    action: 'CREATE_ALERT_DESTINATION',
    description: 'Adds a destination of alerts',
    permission: 'DestinationModify',
    given: () => ({
      input: { name: 'On call', webhook: { url }, severities: ['HIGH'], alertTypes: ['RULE'] },
    }),
    details: ({ createAlertDestination: { destination } }) => ({
      after: {
        id: destination.id,
        name: 'On call',
        webhook: { url, hasSecret: false },
        severities: ['HIGH'],
        alertTypes: ['RULE'],
        logTypes: [],
      },
    }),
    refusals: [
      {
        variables: { input: { name: 'Nowhere' } },
        field: 'input',
        message: 'input: say where to deliver, by one of webhook, email',
      },
      {
        variables: { input: { name: 'Two', webhook: { url }, email: { addresses: ['a@example.com'] } } },
        field: 'input',
        message: 'input: give only one of webhook, email',
      },
      {
        variables: { input: { name: 'on CALL', webhook: { url } } },
        code: 'ALREADY_EXISTS',
        field: 'input.name',
        message: 'There is already a destination named on CALL',
      },
      {
        variables: { input: { name: 'File', webhook: { url: 'file:///etc/passwd' } } },
        field: 'input.webhook.url',
        message: 'input.webhook.url: not an http:// or https:// address',
      },
      {
        variables: { input: { name: 'Name', webhook: { url: 'https://ada:pw@example.com' } } },
        field: 'input.webhook.url',
        message: 'input.webhook.url: must not have a user name or password in it',
      },
      {
        variables: { input: { name: 'Nobody', email: { addresses: [] } } },
        field: 'input.email.addresses',
        message: 'input.email.addresses: name at least one',
      },
    ],
  },
  {
    operation: update,
    action: 'UPDATE_ALERT_DESTINATION',
    description: 'Changes a destination of alerts',
    permission: 'DestinationModify',
    given: async () => ({
      input: { id: await makeDestination({ name: 'Before' }), name: 'After', logTypes: ['A.B'] },
    }),
    details: ({ updateAlertDestination: { destination } }) => {
      const before = {
        id: destination.id,
        name: 'Before',
        webhook: { url: hook.url, hasSecret: false },
        severities: everySeverity,
        alertTypes: [],
        logTypes: [],
      };
      return { before, after: { ...before, name: 'After', logTypes: ['A.B'] } };
    },
    refusals: [
      missing('input.id'),
      {
        variables: { input: { id: 'x', severities: ['HIGH'], name: '' } },
        field: 'input.name',
        message: 'input.name: must not be empty',
      },
    ],
  },
  {
    operation: remove,
    action: 'DELETE_ALERT_DESTINATION',
    description: 'Deletes a destination of alerts',
    permission: 'DestinationModify',
    given: async () => ({ input: { id: await makeDestination({ name: 'Short-lived' }) } }),
    details: (_, { input }) => ({
      before: {
        id: (input as { id: string }).id,
        name: 'Short-lived',
        webhook: { url: hook.url, hasSecret: false },
        severities: everySeverity,
        alertTypes: [],
        logTypes: [],
      },
      undelivered: 0,
    }),
    refusals: [missing('input.id')],
  },
  {
    operation: sendTest,
    action: 'SEND_TEST_ALERT',
    description: 'Sends a made-up alert to a destination',
    permission: 'DestinationModify',
    given: async () => ({ input: { id: await makeDestination({ name: 'Tried out' }) } }),
    details: (_, { input }) => ({
      id: (input as { id: string }).id,
      name: 'Tried out',
      statusCode: 200,
      message: 'it took the alert',
    }),
    refusals: [missing('input.id')],
  },
]);

test('a secret is neither shown nor recorded; it stays until another is given', async () => {
  const id = await makeDestination({ webhook: { url: hook.url, secret: 'the first of secrets' } });
  const shown = async () =>
    (await admin.ask<{ alertDestination: { webhook: unknown } }>(get, { id })).alertDestination.webhook;
  const isSigned = async () => {
    await admin.ask(sendTest, { input: { id } });
    return hook.received.at(-1)?.headers['x-pawprint-signature-256'] !== undefined;
  };
  assert.deepEqual([await shown(), await isSigned()], [{ url: hook.url, hasSecret: true }, true]);
  await admin.ask(update, { input: { id, webhook: { url: `${hook.url}other` } } });
  assert.deepEqual([await shown(), await isSigned()], [{ url: `${hook.url}other`, hasSecret: true }, true]);
  await admin.ask(update, { input: { id, webhook: { url: hook.url, secret: '' } } });
  assert.deepEqual([await shown(), await isSigned()], [{ url: hook.url, hasSecret: false }, false]);
  assert(!JSON.stringify(await instance.records()).includes('the first of secrets'));
});

test('a test that does not arrive is on record with what the other side said', async () => {
  const broken = await startHook();
  broken.status = 418;
  const id = await makeDestination({ name: 'Teapot', webhook: { url: broken.url } });
  const [record] = await recordsOf(instance, async () => {
    const { errors } = await admin.graphql(sendTest, { input: { id } });
    assert.equal(errors[0]?.message, 'Teapot: it answered with the status 418');
  });
  assert.deepEqual(
    record,
    expectedRecord({
      action: 'SEND_TEST_ALERT',
      description: 'Sends a made-up alert to a destination',
      actor: await actorOf(admin),
      dynamic: { input: { id } },
      errors: ['Teapot: it answered with the status 418'],
    }),
  );
});

test('an e-mail destination writes to its addresses, and does not become a webhook', async () => {
  const id = await makeDestination({ email: { addresses: ['team@example.com'] }, webhook: null });
  await admin.ask(sendTest, { input: { id } });
  const message = mail.messages.at(-1);
  assert.deepEqual(message?.to, ['team@example.com']);
  assert.match(plainText(message?.text ?? ''), /Subject: Test alert: This is a test alert/);
  const { errors } = await admin.graphql(update, { input: { id, webhook: { url } } });
  assert.equal(errors[0]?.message, 'input.webhook: this destination is of the type email');
});

test('without a mail server there are no e-mail destinations', async () => {
  await using alone = await startTestInstance();
  const { errors } = await alone.admin.graphql(create, {
    input: { name: 'Mail', email: { addresses: ['a@example.com'] } },
  });
  assert.deepEqual(errors[0]?.message, 'input.email: no mail server is set (PAWPRINT_SMTP_URL)');
});
