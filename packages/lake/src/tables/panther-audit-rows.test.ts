import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuditRecord,
  canonicalJson,
  encodeEntry,
  formatTimestamp,
  parseTimestamp,
} from '@pawprint/record';
import fc from 'fast-check';
import { pantherAuditEvent } from './panther-audit.ts';
import { pantherAuditRows } from './panther-audit-rows.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '(erased)', '"', '\\', '":', '}],', '\n'),
);
const names = fc.oneof(text, fc.constantFrom('10', '9', '__proto__', 'actor', 'record'));
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 1e21, 5e-324, -0, 2 ** 64),
    text,
    fc.array(tie('json')),
    tie('object'),
  ),
  object: fc.dictionary(names, tie('json')),
}));
const object = fc.dictionary(names, json);
const times = {
  min: parseTimestamp('0001-01-01 00:00:00'),
  max: parseTimestamp('9999-12-31 23:59:59.999999999'),
};
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const record: fc.Arbitrary<AuditRecord> = fc.record({
  actionName: fc.string({ unit: 'grapheme', minLength: 1 }),
  actionResult: fc.constantFrom('SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED'),
  actionDescription: optional(text),
  actionParams: optional(object),
  actionDetails: optional(object),
  actor: fc.record({
    id: text,
    type: fc.constantFrom('USER', 'TOKEN'),
    name: optional(text),
    attributes: optional(fc.oneof(object, fc.record({ email: fc.oneof(text, json) }))),
  }),
  errors: fc.option(fc.array(fc.record({ message: text }))),
  sourceIP: optional(fc.oneof(text, fc.ipV4(), fc.ipV6())),
  XForwardedFor: optional(fc.array(fc.oneof(text, fc.ipV4(), fc.constant(' 203.0.113.7 ')))),
  userAgent: optional(text),
  timestamp: fc.bigInt(times).map(formatTimestamp),
  pantherVersion: fc.constant('1'),
});

test('the row of an entry has the values of its event, and JSON as canonical text', () => {
  const context = { parseTime: 0n, sourceId: 'source "1"' };
  const rowOf = pantherAuditRows(context);
  fc.assert(
    fc.property(record, fc.nat(), (given, ledgerIndex) => {
      const id = 'a'.repeat(32);
      const row = rowOf(encodeEntry({ v: 1, id, record: given }), ledgerIndex);
      const event = pantherAuditEvent({ id, record: given }, { ...context, ledgerIndex });
      const { actionParams, actionDetails, actor } = given;
      const asText = (value: unknown) => value && canonicalJson(value);
      const expected = {
        ...event,
        actionParams: asText(actionParams),
        actionDetails: asText(actionDetails),
        actor: { ...actor, attributes: asText(actor.attributes) },
      };
      assert.ok(!row.json.includes('\n'));
      assert.deepEqual(JSON.parse(row.json), JSON.parse(JSON.stringify(expected)));
      assert.deepEqual([row.eventTime, row.ledgerIndex], [event.p_event_time, ledgerIndex]);
    }),
    { numRuns: 200 },
  );
});
