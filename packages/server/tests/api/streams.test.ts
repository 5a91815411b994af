import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRole } from '../../src/actions/role/create-role.ts';
import type { StreamTiming } from '../../src/api/event-streams.ts';
import { type ApiUnderTest, administrator, openApi } from './api-under-test.ts';

const timing: StreamTiming = { heartbeatMs: 60_000, recheckMs: 20, drainMs: 60_000 };

interface SentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: { readonly index: number; readonly record: { readonly actionName: string } };
}

/** Reads a stream event by event; ends when the server ends it. */
async function* eventsOf(response: Response): AsyncGenerator<SentEvent> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(part)?.[1];
      yield { event: field('event') ?? '', id: field('id'), data: JSON.parse(field('data') ?? 'null') };
    }
  }
}

async function next(events: AsyncGenerator<SentEvent>): Promise<SentEvent> {
  const { value, done } = await events.next();
  assert(!done, 'the stream ended');
  return value;
}

/** A GET with the administrator's session. */
type Get = (path: string, headers?: Record<string, string>) => Promise<Response>;

async function listening(work: (api: ApiUnderTest, get: Get) => Promise<void>) {
  await using api = await openApi({ streamTiming: timing });
  const address = await api.server.listen();
  await work(api, (path, headers = {}) =>
    fetch(address + path, { headers: { cookie: api.cookie, ...headers } }),
  );
}

function makeRole(api: ApiUnderTest, name: string) {
  return api.runner.run(createRole, {
    caller: { kind: 'system' },
    origin: {},
    description: '',
    input: { input: { name, permissions: [] } },
    params: { dynamic: {}, static: {} },
  });
}

test('the live view sends records as they are made, is recorded once, and goes on where a client was', async () => {
  await listening(async (api, get) => {
    const path =
      '/internal/audit-log/stream?actionName=CREATE_USER_ROLE&actionName=SIGN_IN&actionResult=SUCCEEDED';
    let last: SentEvent | undefined;
    const records = await api.recordsOf(async () => {
      const leaving = await get(path);
      const events = eventsOf(leaving);
      await makeRole(api, 'One');
      await makeRole(api, 'One').catch(() => undefined);
      await makeRole(api, 'Two');
      assert.equal((await next(events)).data.record.actionName, 'CREATE_USER_ROLE');
      last = await next(events);
      assert.equal(last.event, 'entry');
      assert.equal(last.id, String(last.data.index));
      await leaving.body?.cancel().catch(() => undefined);
    });
    assert.deepEqual(
      records.map(({ actionName, actionResult }) => `${actionName} ${actionResult}`),
      [
        'FOLLOW_AUDIT_LOGS SUCCEEDED',
        'CREATE_USER_ROLE SUCCEEDED',
        'CREATE_USER_ROLE FAILED',
        'CREATE_USER_ROLE SUCCEEDED',
      ],
    );
    assert.deepEqual(records[0]?.actionParams, {
      dynamic: { actionName: ['CREATE_USER_ROLE', 'SIGN_IN'], actionResult: 'SUCCEEDED' },
      static: {},
    });
    await makeRole(api, 'Three');
    const resumed = eventsOf(await get(path, { 'last-event-id': last?.id ?? '' }));
    assert.ok((await next(resumed)).data.index > (last?.data.index ?? 0));
  });
});

test('a filter that is not valid is refused as a problem document', async () => {
  await listening(async (_, get) => {
    for (const [query, field] of [
      ['sourceIP=nowhere', 'sourceIP'],
      ['actionName=NOPE', 'actionName.0'],
      ['after=x', 'after'],
    ] as const) {
      const answer = await get(`/internal/audit-log/stream?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(((await answer.json()) as { field: string }).field, field);
    }
  });
});

test('a live view ends with the session it was opened in', async () => {
  await listening(async (api, get) => {
    const signedIn = await api.asConsole('/internal/sign-in', administrator, { cookie: '' });
    const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';');
    const stream = await get('/internal/audit-log/stream?actionName=GET_ALERT', { cookie });
    await api.asConsole('/internal/sign-out', {}, { cookie });
    assert.equal(await stream.text(), '');
  });
});

test('a caller has so many live views, and no more', async () => {
  await listening(async (_, get) => {
    const open = await Promise.all(Array.from({ length: 20 }, () => get('/internal/audit-log/stream')));
    assert.deepEqual(new Set(open.map(({ status }) => status)), new Set([200]));
    assert.equal((await get('/internal/audit-log/stream')).status, 429);
    for (const { body } of open) await body?.cancel();
  });
});

test('the server stops although live views are open', async () => {
  await listening(async (api, get) => {
    const stream = await get('/internal/audit-log/stream?actionName=GET_ALERT');
    await api.server.close();
    assert.equal(await stream.text(), '');
  });
});
