import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startTestInstance } from '@pawprint/testing';
import { testActions } from '../action-cases.ts';
import { expectedRecord, recordsOf, system } from '../expected-record.ts';
import { ask } from '../lake-query.ts';

const instance = await startTestInstance();
after(() => instance[Symbol.asyncDispose]());
const { admin } = instance;
const { systemErrors } = instance.instance;
const listing = 'query { systemErrors { kind subject message reportedAt resolvedAt } }';

testActions(instance, [
  {
    operation: listing,
    action: 'LIST_SYSTEM_ERRORS',
    description: 'Lists the system errors of the instance, those that last first',
    permission: 'GeneralSettingsRead',
  },
]);

interface SystemError {
  readonly message: string;
  readonly resolvedAt: string | null;
}

test('a system error is recorded once, seen until it is resolved, and resolved once', async () => {
  const witness = { kind: 'witness', subject: 'oak' } as const;
  const records = await recordsOf(instance, async () => {
    systemErrors.report(witness, 'oak does not answer');
    systemErrors.report(witness, 'oak does not answer');
    systemErrors.report({ kind: 'witness', subject: 'elm' }, 'elm refuses');
    systemErrors.note({ kind: 'clock' }, 'The clock went back by 3 s');
    systemErrors.resolve(witness);
    systemErrors.resolve(witness);
    await systemErrors.settled();
  });
  const reported = (kind: string, subject: string, message: string, isOver = false) =>
    expectedRecord({
      action: 'REPORT_SYSTEM_ERROR',
      description: 'Something of the instance does not work',
      actor: system,
      origin: {},
      static: { kind, subject, message, isOver },
    });
  const [, , , resolved] = records;
  assert.deepEqual(records.slice(0, 3), [
    reported('witness', 'oak', 'oak does not answer'),
    reported('witness', 'elm', 'elm refuses'),
    reported('clock', '', 'The clock went back by 3 s', true),
  ]);
  assert.equal(records.length, 4);
  assert.equal(resolved?.actionName, 'RESOLVE_SYSTEM_ERROR');
  assert.deepEqual(resolved?.actionParams, { dynamic: {}, static: witness });

  const { systemErrors: found } = await admin.ask<{ systemErrors: readonly SystemError[] }>(listing);
  assert.deepEqual(
    found.map(({ message, resolvedAt }) => [message, resolvedAt === null]),
    [
      ['elm refuses', true],
      ['The clock went back by 3 s', false],
      ['oak does not answer', false],
    ],
  );
});

test('the lake tells of each system error when it is reported and when it is resolved', async () => {
  await using other = await startTestInstance();
  const { systemErrors, settled } = other.instance;
  systemErrors.report({ kind: 'witness', subject: 'oak' }, 'oak does not answer');
  systemErrors.resolve({ kind: 'witness', subject: 'oak' });
  systemErrors.note({ kind: 'clock' }, 'The clock went back by 3 s');
  await systemErrors.settled();
  await settled();
  const rows = await ask(
    other.admin,
    `SELECT event, kind, subject, message, reported_at < now() AS is_reported, resolved_at IS NULL AS lasts,
       p_event_time = CASE event WHEN 'REPORTED' THEN reported_at ELSE resolved_at END AS is_at, error_id
     FROM panther_monitor.public.system_errors ORDER BY message, p_event_time, event`,
  );
  const [clock, oak, again] = rows;
  const common = { is_reported: true, is_at: true };
  const isOver = { ...common, subject: '', message: 'The clock went back by 3 s', lasts: false };
  const isOak = { ...common, kind: 'witness', subject: 'oak', message: 'oak does not answer' };
  assert.deepEqual(rows, [
    { ...isOver, event: 'REPORTED', kind: 'clock', error_id: clock?.error_id },
    { ...isOak, event: 'REPORTED', lasts: true, error_id: oak?.error_id },
    { ...isOak, event: 'RESOLVED', lasts: false, error_id: oak?.error_id },
  ]);
  assert.equal(again?.error_id, oak?.error_id);
});

test('after a restart it is known what was wrong, so that it can be resolved', async () => {
  await using first = await startTestInstance();
  first.instance.systemErrors.report({ kind: 'anchor', subject: 'file' }, 'the folder is gone');
  await first.stop();
  await using second = await startTestInstance({ dataDirectory: first.dataDirectory });
  const records = await second.recordsOf(async () => {
    second.instance.systemErrors.report({ kind: 'anchor', subject: 'file' }, 'the folder is gone');
    second.instance.systemErrors.resolve({ kind: 'anchor', subject: 'file' });
    await second.instance.systemErrors.settled();
  });
  assert.deepEqual(
    records.map(({ actionName }) => actionName),
    ['RESOLVE_SYSTEM_ERROR'],
  );
});
