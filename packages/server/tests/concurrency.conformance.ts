import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { permissions } from '@pawprint/record';
import {
  administrator,
  type Client,
  sessionClient,
  startTestInstance,
  type TestInstanceOptions,
} from '@pawprint/testing';
import { createTestLog, type TestLog } from './test-log.ts';

const crowd = Array.from({ length: 10 }, (_, index) => index);

/** What must hold when many act at once, on every engine. */
export async function concurrencyConformance(engine: string, options: TestInstanceOptions): Promise<void> {
  const instance = await startTestInstance(options);
  after(() => instance[Symbol.asyncDispose]());
  const { admin, address } = instance;

  const invite = (email: string, client: Client = admin) =>
    client.graphql<{ inviteUser: { invitationLink: string } }>(
      `mutation ($email: Email!) {
        inviteUser(input: { email: $email, role: { kind: NAME, value: "Analyst" } }) { invitationLink } }`,
      { email },
    );

  test(`${engine}: of ten who invite one address at once, one succeeds, and all are recorded`, async () => {
    const records = await instance.recordsOf(async () => {
      const answers = await Promise.all(crowd.map(() => invite('ada@example.com')));
      const codes = answers.map(({ errors }) => errors[0]?.extensions?.code ?? 'done').toSorted();
      assert.deepEqual(codes, [...Array(9).fill('ALREADY_EXISTS'), 'done']);
    });
    const results = records.map(({ actionName, actionResult }) => `${actionName} ${actionResult}`).toSorted();
    assert.deepEqual(results, [...Array(9).fill('CREATE_USER FAILED'), 'CREATE_USER SUCCEEDED']);
  });

  test(`${engine}: a link that ten follow at once lets one in`, async () => {
    const { data } = await invite('grace@example.com');
    const [, token] = data?.inviteUser.invitationLink.split('#token=') ?? [];
    const statuses = await Promise.all(
      crowd.map(async () => {
        const body = { token, password: administrator.password };
        return (await sessionClient(address).post('/internal/invitation', body)).status;
      }),
    );
    assert.deepEqual(statuses.toSorted(), [200, ...Array(9).fill(401)]);
  });

  test(`${engine}: a hundred actions at once leave a hundred records, each once in the ledger and the history`, async () => {
    const records = await instance.recordsOf(() =>
      Promise.all(Array.from({ length: 100 }, () => admin.ask('{ roles { id } }'))),
    );
    assert.deepEqual(
      records.map(({ actionName, actionResult }) => `${actionName} ${actionResult}`),
      Array(100).fill('LIST_USER_ROLES SUCCEEDED'),
    );
    const { auditLogs } = await admin.ask<{ auditLogs: { edges: readonly { node: { id: string } }[] } }>(
      '{ auditLogs(input: { actionName: ["LIST_USER_ROLES"], pageSize: 1000 }) { edges { node { id } } } }',
    );
    assert.equal(auditLogs.edges.length, 100);
    assert.equal(new Set(auditLogs.edges.map(({ node }) => node.id)).size, 100);
  });

  test(`${engine}: of twenty checkpoints of different histories shown to the witness at once, one is cosigned`, async () => {
    const log = createTestLog('example.com/log');
    await admin.ask(
      'mutation ($input: UpdateWitnessSettingsInput!) { updateWitnessSettings(input: $input) { witnessSettings { required } } }',
      { input: { witnesses: [], required: 0, ownWitness: { enabled: true, logs: [{ vkey: log.vkey }] } } },
    );
    const submit = async (history: TestLog, oldSize: number, size: number) => {
      const body = await history.request(oldSize, size);
      return (await fetch(`${address}/witness/add-checkpoint`, { method: 'POST', body })).status;
    };
    assert.equal(await submit(log, 0, 10), 200);
    const histories = Array.from({ length: 20 }, (_, at) => log.fork(10, `history ${at}`));
    const statuses = await Promise.all(histories.map((history) => submit(history, 10, 14)));
    assert.deepEqual(statuses.toSorted(), [200, ...Array(19).fill(409)]);
    for (const [at, history] of histories.entries()) {
      if (statuses[at] !== 200) assert.equal(await submit(history, 14, 20), 422);
    }
    const [cosigned] = histories.filter((_, at) => statuses[at] === 200);
    assert.equal(await submit(cosigned ?? log, 14, 20), 200);
  });

  test(`${engine}: two administrators who demote each other at once do not both succeed`, async () => {
    const other = await instance.userWith(permissions.map(({ name }) => name));
    const { id } = ((await (await admin.fetch('/internal/session')).json()) as { user: { id: string } }).user;
    const demote = (client: Client, who: string) =>
      client.graphql(
        'mutation ($id: ID!) { updateUser(input: { id: $id, role: { kind: NAME, value: "Analyst" } }) { user { id } } }',
        { id: who },
      );
    const answers = await Promise.all([demote(admin, other.id), demote(other, id)]);
    assert.equal(answers.filter(({ errors }) => errors.length === 0).length, 1);
  });
}
