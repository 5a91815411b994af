import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditRecord, encodeEntry } from '@pawprint/record';
import fc from 'fast-check';
import { csvEntry, csvHeader, csvLine } from './csv.ts';

const id = '0123456789abcdef0123456789abcdef';

function entryOf(fields: Partial<AuditRecord>): Uint8Array {
  const record: AuditRecord = {
    actionName: 'SIGN_IN',
    actionResult: 'SUCCEEDED',
    actor: { id: 'u1', type: 'USER', name: 'Ada' },
    timestamp: '2026-01-02 03:04:05.123456789',
    pantherVersion: '0.1.0',
    ...fields,
  };
  return encodeEntry({ v: 1, id, record });
}

test('a record is a line under the columns, with the whole entry last', () => {
  const entry = entryOf({
    sourceIP: '192.0.2.1',
    errors: [{ message: 'Wrong "password"' }, { message: 'Locked' }],
  });
  const cells = `7,${id},"2026-01-02 03:04:05.123456789","SIGN_IN","SUCCEEDED","USER","u1","Ada","192.0.2.1","","",`;
  const json = Buffer.from(entry).toString().replaceAll('"', '""');
  assert.equal(csvLine(7, entry), `${cells}"Wrong ""password""; Locked","${json}"`);
  assert.equal(csvHeader.split(',').length, 13);
});

test('what a spreadsheet takes for a formula is text, and everything stands on one line', () => {
  const line = csvLine(0, entryOf({ userAgent: '=cmd()', actionDescription: '-1\r\n+2\u2028@' }));
  assert.match(line, /,"'=cmd\(\)","'-1 \+2 @",/);
  assert.match(csvLine(0, entryOf({ userAgent: '\t=cmd()' })), /,"' =cmd\(\)",|," =cmd\(\)",/);
});

test('the entry comes back from a line as it was, whatever the texts in it', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.toWellFormed());
  fc.assert(
    fc.property(text, text, text, (userAgent, name, message) => {
      const entry = entryOf({ userAgent, actor: { id: 'u1', type: 'USER', name }, errors: [{ message }] });
      const line = csvLine(1, entry);
      assert.doesNotMatch(line, /[\r\n]/);
      assert.deepEqual(csvEntry(line), Buffer.from(entry));
    }),
  );
});

test('a line without an entry has none', () => {
  for (const line of ['', 'x', '1,2,3', '1,"{"', csvHeader]) assert.equal(csvEntry(line), undefined);
});
