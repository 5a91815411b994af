import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, startTestInstance } from '@pawprint/testing';
import { systemClock } from '../../src/clock.ts';
import { plainText, startMailServer } from '../far-sides.ts';
import { makeAlert } from '../made-alerts.ts';

const mail = await startMailServer();
let aheadMs = 0;
const clock = {
  epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
};
const instance = await startTestInstance({ smtp: mail.smtp, clock });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const analyst = await instance.userWith(['AlertRead', 'AlertModify']);

function assign(client: Client, ids: readonly string[], assigneeId: string | null): Promise<unknown> {
  return client.ask(
    `mutation ($input: UpdateAlertsAssigneeByIdInput!) {
      updateAlertsAssigneeById(input: $input) { alerts { id } } }`,
    { input: { ids, assigneeId } },
  );
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 3_000; attempt += 1) {
    if (await holds()) return;
    await delay(20);
  }
  assert.fail('it did not come to be in a minute');
}

test('who gets alerts is told by one e-mail, with links, and not of what they had or took themselves', async () => {
  const [one, two, own] = [
    await makeAlert(instance, { title: 'Somebody made a role' }),
    await makeAlert(instance, { title: 'Somebody left' }),
    await makeAlert(instance),
  ];
  await assign(analyst, [own.id], analyst.id);
  await assign(admin, [one.id], analyst.id);
  await until(() => mail.messages.length === 1);
  const [message] = mail.messages;
  assert.deepEqual(message?.to, [analyst.email]);
  assert.match(message.text, /^Subject: Assigned to you: HIGH: Somebody made a role$/m);
  const text = plainText(message.text);
  assert.ok(text.includes(`HIGH: Somebody made a role\n${instance.address}/alerts/${one.id}\n`), text);

  await assign(admin, [one.id, two.id], analyst.id);
  await until(() => mail.messages.length === 2);
  const second = plainText(mail.messages[1]?.text ?? '');
  assert.match(second, /Somebody left/);
  assert.doesNotMatch(second, /Somebody made a role/, 'that was theirs before');
});

test('a refused message is tried again, and says nothing of an alert that is not theirs any more', async () => {
  mail.messages.length = 0;
  mail.refuses = true;
  const [kept, gone] = [
    await makeAlert(instance, { title: 'Kept' }),
    await makeAlert(instance, { title: 'Gone' }),
  ];
  await assign(admin, [kept.id, gone.id], analyst.id);
  await until(() => mail.refused === 1);
  await assign(admin, [gone.id], null);
  mail.refuses = false;
  aheadMs += 10_000;
  await until(() => mail.messages.length === 1);
  assert.match(mail.messages[0]?.text ?? '', /^Subject: Assigned to you: HIGH: Kept$/m);
  aheadMs += 3_600_000;
  await delay(1_500);
  assert.equal(mail.messages.length, 1, 'once is enough');
});

test('where it is given up, a system error says so until another message arrives', async () => {
  mail.messages.length = 0;
  mail.refuses = true;
  const errors = async () => {
    const { systemErrors } = await (
      await instance.signIn('admin@example.com', 'an uncommon pass phrase')
    ).ask<{
      systemErrors: readonly { subject: string; message: string; resolvedAt: string | null }[];
    }>('{ systemErrors { subject message resolvedAt } }');
    return systemErrors.filter(({ subject }) => subject === 'e-mail to assignees');
  };
  const client = await instance.signIn('admin@example.com', 'an uncommon pass phrase');
  await assign(client, [(await makeAlert(instance)).id], analyst.id);
  await until(async () => {
    aheadMs += 1_000_000;
    instance.instance.assigneeMails?.wake();
    return (await errors()).length === 1;
  });
  assert.match((await errors())[0]?.message ?? '', /could not be told by e-mail: .*the mailbox is full/);
  mail.refuses = false;
  const again = await instance.signIn('admin@example.com', 'an uncommon pass phrase');
  await assign(again, [(await makeAlert(instance)).id], analyst.id);
  await until(async () => (await errors()).every(({ resolvedAt }) => resolvedAt !== null));
});
