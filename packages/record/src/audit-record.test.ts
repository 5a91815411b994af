import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { auditRecordSchema, publishedRecordSchema } from './audit-record.ts';
import { canonicalJson } from './canonical-json.ts';

const record = {
  actionName: 'UPDATE_USER',
  actionDescription: 'Updates the information for a user',
  actionResult: 'PARTIALLY_FAILED',
  actionParams: { dynamic: { input: { id: '7' } }, static: {} },
  actionDetails: { before: { name: 'A' }, after: { name: 'B' } },
  actor: {
    id: 'u1',
    type: 'USER',
    name: 'Ada',
    attributes: { email: 'ada@example.com', emailVerified: true },
  },
  errors: [{ message: 'one of two is gone' }],
  sourceIP: '192.0.2.1',
  XForwardedFor: ['192.0.2.1', '198.51.100.7'],
  userAgent: 'slackbot',
  timestamp: '2026-07-01 12:00:00.000000001',
  pantherVersion: '0.1.0',
};
const required = ['actionName', 'actionResult', 'actor', 'timestamp', 'pantherVersion'];

test('a record has exactly the specified fields', () => {
  assert.deepEqual(auditRecordSchema.parse(record), record);
  assert.equal(auditRecordSchema.safeParse({ ...record, p_row_id: '1' }).success, false);
  assert.equal(
    auditRecordSchema.safeParse({ ...record, actor: { ...record.actor, role: 'x' } }).success,
    false,
  );
});

test('the required fields are the specified ones, and name themselves when missing', () => {
  for (const field of Object.keys(record)) {
    const parsed = auditRecordSchema.safeParse({ ...record, [field]: undefined });
    assert.equal(parsed.success, !required.includes(field), field);
    if (!parsed.success) assert.equal(parsed.error.issues[0]?.path[0], field);
  }
  for (const field of ['id', 'type']) {
    const parsed = auditRecordSchema.safeParse({ ...record, actor: { ...record.actor, [field]: undefined } });
    assert.deepEqual(parsed.error?.issues[0]?.path, ['actor', field]);
  }
});

test('older shapes of actionParams, and null errors, are read', () => {
  for (const actionParams of [{}, { input: { id: '7' } }, { dynamic: { input: {} } }]) {
    assert.deepEqual(
      auditRecordSchema.parse({ ...record, actionParams, errors: null }).actionParams,
      actionParams,
    );
  }
});

test('a key named __proto__ in the params is kept as a key', () => {
  const actionParams = JSON.parse('{"__proto__":{"admin":true}}');
  assert.equal(
    canonicalJson(auditRecordSchema.parse({ ...record, actionParams }).actionParams),
    '{"__proto__":{"admin":true}}',
  );
});

test('values of the wrong kind are refused', () => {
  const wrong = {
    actionResult: 'OK',
    actionParams: [],
    actor: { id: 'x', type: 'ROBOT' },
    errors: ['no'],
    XForwardedFor: '192.0.2.1',
    timestamp: '2026-07-01T12:00:00Z',
  };
  for (const [field, value] of Object.entries(wrong)) {
    assert.equal(auditRecordSchema.safeParse({ ...record, [field]: value }).success, false, field);
  }
});

const publishedFile = new URL('../../../../shared/data/panther-audit-events.jsonl', import.meta.url);
const noPublished = existsSync(publishedFile) ? false : 'the published examples are not here';

test('all 13 published examples are read and come back unchanged', { skip: noPublished }, () => {
  const events = publishedEvents();
  assert.equal(events.length, 13);
  for (const event of events) {
    const parsed = publishedRecordSchema.parse(event);
    assert.deepEqual(parsed, event);
    assert.deepEqual(publishedRecordSchema.parse(JSON.parse(canonicalJson(parsed))), parsed);
  }
});

test('a published example with all required fields is a record, once the p_ fields are off', {
  skip: noPublished,
}, () => {
  const complete = publishedEvents()
    .filter((event) => required.every((field) => field in event))
    .map((event) => Object.fromEntries(Object.entries(event).filter(([field]) => !field.startsWith('p_'))));
  assert.equal(complete.length, 7);
  for (const event of complete) {
    const parsed = auditRecordSchema.parse(event);
    assert.deepEqual(parsed, event);
    assert.deepEqual(auditRecordSchema.parse(JSON.parse(canonicalJson(parsed))), parsed);
  }
});

function publishedEvents(): Record<string, unknown>[] {
  const lines = readFileSync(publishedFile, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line).event);
}
