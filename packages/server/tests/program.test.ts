import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { administrator, sessionClient, startTestInstance } from '@pawprint/testing';
import { endOfQuery, startQuery } from './lake-query.ts';
import { address, folder, run } from './running-program.ts';

test('the program answers where it says, refuses a second one on its data, and stops in order', async () => {
  const settings = { PAWPRINT_DATA_DIR: join(folder, 'data') };
  const first = run(settings);
  const at = await address(first);
  assert.equal((await fetch(`${at}/readyz`)).status, 200);
  assert.match(first.said.out, new RegExp(`^Data directory: ${settings.PAWPRINT_DATA_DIR}$`, 'm'));
  assert.match(first.said.out, new RegExp(`${at}/set-up#token=pawprint_link_[0-9a-f]{72}$`, 'm'));

  const second = run(settings);
  assert.equal(await second.ended, 1);
  assert.equal(
    second.said.error,
    `Another instance is already running on the data directory ${settings.PAWPRINT_DATA_DIR}\n`,
  );
  assert.equal((await fetch(`${at}/readyz`)).status, 200);

  const taken = run({ PAWPRINT_DATA_DIR: join(folder, 'other'), PAWPRINT_LISTEN: new URL(at).host });
  assert.equal(await taken.ended, 1);
  assert.equal(
    taken.said.error,
    `Can not listen on ${new URL(at).host}: the address is in use. PAWPRINT_LISTEN names another.\n`,
  );
  // On record, so that what comes next is not taken for a restart after a crash.
  await using other = await startTestInstance({ dataDirectory: join(folder, 'other') });
  const [started, stopped, again] = await other.records();
  assert.deepEqual([started?.actionName, stopped?.actionName], ['START_INSTANCE', 'STOP_INSTANCE']);
  assert.deepEqual(stopped?.actionDetails, { reason: `The start failed: ${taken.said.error.trimEnd()}` });
  assert.deepEqual(again?.actionDetails?.lastRun, {
    stoppedInOrder: true,
    lastRecordAt: stopped?.timestamp,
    version: stopped?.pantherVersion,
  });

  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  assert.equal(first.said.error, '');
});

test('names that are no setting and values that can not be used stop the start, and are named', async () => {
  const program = run({
    PAWPRINT_LISTEN: 'everywhere',
    PAWPRINT_TRUST_PROXY: '10.0.0.0/33',
    PAWPRINT_DATADIR: '/srv',
    PAWPRINT_ADMIN_PASSWORD: 'hunter2',
    DATABASE_URL: 'mysql://user:hunter2@db',
  });
  assert.equal(await program.ended, 1);
  const { error } = program.said;
  for (const said of [
    'PAWPRINT_LISTEN is "everywhere"',
    'PAWPRINT_TRUST_PROXY is "10.0.0.0/33"',
    'PAWPRINT_DATADIR is not a setting: did you mean PAWPRINT_DATA_DIR?',
    'PAWPRINT_ADMIN_PASSWORD must have at least 12 characters',
    'PAWPRINT_ADMIN_EMAIL is not set',
    'DATABASE_URL can not be read',
  ]) {
    assert(error.includes(said), `${said} is not in:\n${error}`);
  }
  assert.doesNotMatch(error, /hunter2|node:|\.ts/);
  assert.equal(program.said.out, '');
});

test('killed while a query ran, it starts again with everything acknowledged, and the query has failed', async () => {
  const dataDirectory = join(folder, 'killed');
  const program = run({
    PAWPRINT_DATA_DIR: dataDirectory,
    PAWPRINT_ADMIN_EMAIL: administrator.email,
    PAWPRINT_ADMIN_PASSWORD: administrator.password,
  });
  const at = await address(program);
  assert.doesNotMatch(program.said.out, /set-up/);
  const response = await sessionClient(at).post('/internal/sign-in', administrator);
  const client = sessionClient(at, response.headers.get('set-cookie') ?? '');
  const id = await startQuery(
    client,
    'SELECT count(*) FROM range(1000000) AS a(i), range(1000000) AS b(j) WHERE (i * j) % 7 = 3',
  );
  program.child.kill('SIGKILL');
  assert.equal(await program.ended, 'SIGKILL');

  await using instance = await startTestInstance({ dataDirectory });
  const { status, message } = await endOfQuery(instance.admin, id);
  assert.deepEqual([status, message], ['failed', 'The instance stopped while the query ran']);
  const records = await instance.records();
  const names = records.map(({ actionName }) => actionName);
  assert.deepEqual(names.slice(0, 7), [
    'START_INSTANCE',
    'SET_UP_INSTANCE',
    'SIGN_IN',
    'EXECUTE_DATA_LAKE_QUERY',
    // No stop before this start: it was killed.
    'START_INSTANCE',
    'REPORT_SYSTEM_ERROR',
    'SIGN_IN',
  ]);
  const [, , , killed, started, uncleanStop] = records;
  const lastRecordAt = killed?.timestamp;
  assert.deepEqual(started?.actionDetails, {
    lastRun: { stoppedInOrder: false, lastRecordAt, version: started?.pantherVersion },
  });
  assert.deepEqual(uncleanStop?.actionParams, {
    dynamic: {},
    static: {
      kind: 'unclean_stop',
      subject: '',
      message: `The instance had not stopped in order before this start. Its last record before is of ${lastRecordAt} UTC`,
      isOver: true,
    },
  });
});
