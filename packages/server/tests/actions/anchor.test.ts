import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import {
  startTestInstance,
  startTimestampAuthority,
  type TestInstance,
  withoutOpenssl,
} from '@pawprint/testing';
import { parseCertificates, verifyTimestamp } from '@pawprint/timestamp';
import { parseCidrBlock } from '../../src/access/cidr-block.ts';
import { systemClock } from '../../src/clock.ts';
import { testActions } from '../action-cases.ts';
import { actorOf, expectedRecord, recordOf, recordsOf, system } from '../expected-record.ts';
import { startHook, startMailServer } from '../far-sides.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-anchors-'));
after(() => rm(folder, { recursive: true, force: true }));
const loopback = parseCidrBlock('127.0.0.0/8');
assert(loopback !== undefined);

let aheadMs = 0;
const clock = {
  epochNanoseconds: () => systemClock.epochNanoseconds() + BigInt(aheadMs) * 1_000_000n,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
};

const hook = await startHook();
const mail = await startMailServer();
const instance = await startTestInstance({ outboundNetworks: [loopback], smtp: mail.smtp, clock });
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;

const fields = `timestampAuthority { url certificates } intervalMinutes webhooks { url hasSecret } emails emailOffered
  destinations { name size anchoredAt }`;
const read = `{ anchorSettings { ${fields} } }`;
const update = `mutation ($input: UpdateAnchorSettingsInput!) {
  updateAnchorSettings(input: $input) { anchorSettings { ${fields} } }
}`;
const send = 'mutation { anchorCheckpoint { size errors } }';
const descriptions = {
  update: 'Updates where checkpoints are kept outside',
  send: 'Sends the checkpoint of this moment to where checkpoints are kept outside',
};
const nothing = { timestampAuthority: null, intervalMinutes: 60, webhooks: [], emails: [] };

/** Sets destinations and waits until what that starts is over. */
async function configure(of: TestInstance, input: Record<string, unknown>): Promise<void> {
  await of.admin.ask(update, { input: { timestampAuthority: null, webhooks: [], emails: [], ...input } });
  await of.instance.anchors.check();
}

function checkpoint(of: TestInstance): Promise<string> {
  return of.admin.fetch('/ledger/checkpoint').then((response) => response.text());
}

testActions(instance, [
  {
    operation: read,
    action: 'GET_ANCHOR_SETTINGS',
    description: 'Fetches where checkpoints are kept outside, and what was sent there last',
    permission: 'GeneralSettingsRead',
  },
  {
    operation: update,
    action: 'UPDATE_ANCHOR_SETTINGS',
    description: descriptions.update,
    permission: 'GeneralSettingsModify',
    given: () => ({ input: { intervalMinutes: 30 } }),
    details: () => ({ before: nothing, after: { ...nothing, intervalMinutes: 30 } }),
    refusals: [
      {
        variables: { input: { webhooks: [{ url: 'ftp://example.com' }] } },
        field: 'input.webhooks.0.url',
        message: 'input.webhooks.0.url: not an http:// or https:// address',
      },
      {
        variables: { input: { webhooks: [{ url: 'https://ada@example.com' }] } },
        field: 'input.webhooks.0.url',
        message: 'input.webhooks.0.url: must not have a user name or password in it',
      },
      {
        variables: { input: { emails: ['ada@example.com', 'ada@example.com'] } },
        field: 'input.emails',
        message: 'input.emails: must not have an address twice',
      },
      {
        variables: { input: { intervalMinutes: 0 } },
        field: 'input.intervalMinutes',
        message: 'input.intervalMinutes: at least 1',
      },
      {
        variables: { input: { timestampAuthority: { url: 'https://tsa.example.com', certificates: 'PEM' } } },
        field: 'input.timestampAuthority.certificates',
        message: 'input.timestampAuthority.certificates: there is no certificate in PEM form',
      },
    ],
  },
]);

test('sending needs the permission, and somewhere to send to', async () => {
  await configure(instance, {});
  const user = await instance.userWith(['GeneralSettingsRead']);
  const [denied, nowhere] = await recordsOf(instance, async () => {
    await user.graphql(send);
    await admin.graphql(send);
  });
  const expected = { action: 'ANCHOR_CHECKPOINT', description: descriptions.send } as const;
  assert.deepEqual(denied, {
    ...expectedRecord({
      ...expected,
      actor: await actorOf(user),
      errors: ['This needs the permission GeneralSettingsModify'],
    }),
  });
  assert.deepEqual(nowhere?.errors, [{ message: 'There is nowhere to send the checkpoint to' }]);
});

test('a webhook gets the checkpoint at once, signed with its secret, which is neither shown nor recorded', async () => {
  hook.received.length = 0;
  const input = { webhooks: [{ url: hook.url, secret: 'a secret of the webhook' }] };
  const [updated, sent, ...more] = await recordsOf(instance, () => configure(instance, input));
  assert.deepEqual(more, []);
  assert.deepEqual(updated?.actionDetails?.after, {
    ...nothing,
    intervalMinutes: 30,
    webhooks: [{ url: hook.url, hasSecret: true }],
  });
  const [{ headers, body } = { headers: {}, body: '{}' }] = hook.received;
  const { checkpoint: note, ...rest } = JSON.parse(body);
  assert.equal(
    headers['x-pawprint-signature-256'],
    `sha256=${createHmac('sha256', 'a secret of the webhook').update(body).digest('hex')}`,
  );
  const [origin, size, rootHash] = note.split('\n');
  const vkey = (await (await admin.fetch('/ledger/vkey')).text()).trim();
  assert.deepEqual(rest, { type: 'checkpoint', origin, size: Number(size), rootHash, vkey });
  const name = `webhook ${hook.url}`;
  assert.deepEqual(
    sent,
    expectedRecord({
      action: 'ANCHOR_CHECKPOINT',
      description: 'Sends the checkpoint to where it is kept outside',
      actor: system,
      origin: {},
      static: { destinations: [name] },
      details: { origin, size: Number(size), rootHash, sentTo: [name] },
    }),
  );
  const { anchorSettings } = await admin.ask<{ anchorSettings: Record<string, unknown> }>(read);
  assert.deepEqual(anchorSettings.webhooks, [{ url: hook.url, hasSecret: true }]);
  const all = JSON.stringify(await instance.records());
  assert(!all.includes('a secret of the webhook'));

  // Given without its secret it keeps it; with an empty one it has none.
  await configure(instance, { webhooks: [{ url: hook.url }] });
  await admin.ask(send);
  assert(hook.received.at(-1)?.headers['x-pawprint-signature-256'] !== undefined);
  await configure(instance, { webhooks: [{ url: hook.url, secret: '' }] });
  await admin.ask(send);
  assert.equal(hook.received.at(-1)?.headers['x-pawprint-signature-256'], undefined);
});

test('an e-mail carries the whole note', async () => {
  const record = await recordOf(instance, async () => {
    await admin.ask(update, { input: { webhooks: [], emails: [] } });
  });
  assert.equal(record.actionResult, 'SUCCEEDED');
  await configure(instance, { emails: ['keeper@example.com'] });
  const [message] = mail.messages;
  assert.deepEqual(message?.to, ['keeper@example.com']);
  const text = message?.text.replaceAll('=\r\n', '').replaceAll('=3D', '=').replaceAll('\r\n', '\n') ?? '';
  const [, note = ''] = text.split(/^-----\n/m);
  assert.match(note.replaceAll('=E2=80=94', '—'), /^pawprint\/\S+\n\d+\n\S+\n\n— pawprint\/\S+ \S+\n$/);
});

test('one that fails is told apart from the others, is a system error until it works, and is tried again later', async () => {
  const other = await startHook();
  other.status = 500;
  const webhooks = [{ url: hook.url }, { url: other.url }];
  const records = await recordsOf(instance, async () => {
    await configure(instance, { webhooks });
    await instance.instance.systemErrors.settled();
  });
  const message = `webhook ${other.url}: it answered with the status 500`;
  const anchored = records.find(({ actionName }) => actionName === 'ANCHOR_CHECKPOINT');
  assert.deepEqual(
    [anchored?.actionResult, anchored?.errors, anchored?.actionDetails?.sentTo],
    ['PARTIALLY_FAILED', [{ message }], [`webhook ${hook.url}`]],
  );
  const reported = records.find(({ actionName }) => actionName === 'REPORT_SYSTEM_ERROR');
  assert.deepEqual(reported?.actionParams, {
    dynamic: {},
    static: {
      kind: 'anchor',
      subject: `webhook ${other.url}`,
      message: `A checkpoint could not be sent: ${message}`,
      isOver: false,
    },
  });

  other.status = 204;
  assert.deepEqual(await recordsOf(instance, () => instance.instance.anchors.check()), []);
  aheadMs += 31_000;
  const retried = await recordsOf(instance, async () => {
    await instance.instance.anchors.check();
    await instance.instance.systemErrors.settled();
  });
  assert.deepEqual(
    retried
      .filter(({ actionParams }) => !JSON.stringify(actionParams).includes('clock'))
      .map((r) => r.actionName),
    ['ANCHOR_CHECKPOINT', 'RESOLVE_SYSTEM_ERROR'],
  );
  assert.deepEqual(retried[0]?.actionDetails?.sentTo, [`webhook ${other.url}`]);
});

test('a destination in the own network is refused unless the operator allows it', async () => {
  await using guarded = await startTestInstance();
  const records = await guarded.recordsOf(() => configure(guarded, { webhooks: [{ url: hook.url }] }));
  const failed = records.find(({ actionName }) => actionName === 'ANCHOR_CHECKPOINT');
  assert.equal(failed?.actionResult, 'FAILED');
  assert.match(JSON.stringify(failed?.errors), /127\.0\.0\.1 is not on the public internet/);
});

test('a fault of a destination that is removed is over; e-mail needs a mail server', async () => {
  await using alone = await startTestInstance({ outboundNetworks: [loopback] });
  const { url } = await startHook();
  const closed = url.replace('127.0.0.1', '127.0.0.2');
  await configure(alone, { webhooks: [{ url: closed }] });
  const records = await alone.recordsOf(async () => {
    await configure(alone, {});
    await alone.instance.systemErrors.settled();
  });
  assert.deepEqual(
    records.map(({ actionName }) => actionName),
    ['UPDATE_ANCHOR_SETTINGS', 'RESOLVE_SYSTEM_ERROR'],
  );
  const { errors } = await alone.admin.graphql(update, { input: { emails: ['ada@example.com'] } });
  assert.deepEqual(errors[0]?.extensions, { code: 'INVALID_INPUT', field: 'input.emails' });
});

test('the file gets each checkpoint, and an idle instance comes to rest', async () => {
  const anchorFile = join(folder, 'checkpoints');
  await using filed = await startTestInstance({ anchorFile, clock });
  const check = () => filed.recordsOf(() => filed.instance.anchors.check());
  await filed.instance.settled();
  const first = await checkpoint(filed);
  assert.equal((await check()).length, 1);
  assert.equal(await readFile(anchorFile, 'utf8'), `${first}\n\n`);

  for (let hour = 0; hour < 3; hour += 1) {
    aheadMs += 3_600_000;
    assert.deepEqual(
      (await check()).filter(({ actionName }) => actionName === 'ANCHOR_CHECKPOINT'),
      [],
    );
  }
  // The jumps of this test's clock are seen by nobody: both clocks went ahead.
  await filed.admin.ask('{ roles { id } }');
  await filed.instance.settled();
  // What a crash in the middle of a note left.
  await writeFile(anchorFile, `${first}\n\npawprint/torn`);
  const second = await checkpoint(filed);
  assert.equal((await check()).length, 1);
  assert.equal(await readFile(anchorFile, 'utf8'), `${first}\n\npawprint/torn\n\n\n${second}\n\n`);
});

suite('a time stamp', { skip: withoutOpenssl }, async () => {
  if (withoutOpenssl !== false) return;
  const authority = await startTimestampAuthority();
  after(() => authority[Symbol.asyncDispose]());

  async function published(path: string): Promise<Buffer | undefined> {
    const response = await fetch(`${instance.address}/ledger/timestamps/${path}`);
    return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
  }

  const settings = (certificates = authority.root) => ({
    timestampAuthority: { url: authority.url, certificates },
  });

  test('is kept with the note it is of, for anyone to check', async () => {
    await instance.instance.settled();
    const records = await recordsOf(instance, () => configure(instance, settings()));
    const size = Number(records.at(-1)?.actionDetails?.size);
    const [response, data] = [await published(`${size}.tsr`), await published(`${size}.checkpoint`)];
    assert(response !== undefined && data !== undefined);
    assert.equal(data.toString().split('\n')[1], String(size));
    const trusted = parseCertificates(authority.root);
    assert.equal(verifyTimestamp({ response, data, trusted }).authority, 'CN=Test authority');
    for (const path of [`${size}`, '0.tsr', '..%2fcheckpoint', `0${size}.tsr`]) {
      assert.equal(await published(path), undefined, path);
    }
  });

  const wrong: readonly [string, () => Promise<Uint8Array>, RegExp][] = [
    ['garbage', async () => Buffer.from('<html>'), /the answer is no time stamp/],
    ['an answer that is too long', async () => Buffer.alloc(100_000), /answered more than 65536 bytes/],
  ];
  for (const [what, answer, message] of wrong) {
    test(`is not taken from ${what}`, async () => {
      authority.answer = answer;
      await assertRefused(message);
    });
  }

  test('is not taken from another request, of other data, or by an unknown authority', async () => {
    authority.answer = async (query) => {
      const changed = Buffer.from(query);
      // The last bytes are the nonce and the wish for certificates.
      changed[query.length - 5] = (changed[query.length - 5] ?? 0) ^ 1;
      return authority.reply(changed);
    };
    await assertRefused(/the answer is to another request/);
    authority.answer = async (query) => {
      const changed = Buffer.from(query);
      changed[30] = (changed[30] ?? 0) ^ 1;
      return authority.reply(changed);
    };
    await assertRefused(/the time stamp is of other data/);
    authority.answer = authority.reply;
    await using other = await startTimestampAuthority({ key: 'ec' });
    await assertRefused(/does not lead to a trusted certificate/, other.root);
  });

  async function assertRefused(message: RegExp, certificates?: string): Promise<void> {
    await configure(instance, {});
    await instance.instance.systemErrors.settled();
    const records = await instance.recordsOf(async () => {
      await configure(instance, settings(certificates));
      await instance.instance.systemErrors.settled();
    });
    const failed = records.find(({ actionName }) => actionName === 'ANCHOR_CHECKPOINT');
    assert.equal(failed?.actionResult, 'FAILED');
    assert.match(JSON.stringify(failed?.errors), message);
    assert(JSON.stringify(records).includes('"kind":"time_stamp"'));
    assert.equal(await published(`${instance.instance.ledger.size}.tsr`), undefined);
  }
});
