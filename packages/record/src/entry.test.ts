import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes } from './canonical-json.ts';
import { decodeEntry, type Entry, encodeEntry } from './entry.ts';
import { RecordError } from './record-error.ts';
import { entryBytesMax } from './size-caps.ts';

const entry: Entry = {
  v: 1,
  id: 'b29dff36ad73cb77a5d7a3a816c39c2a',
  record: {
    actionName: 'SIGN_IN',
    actionResult: 'FAILED',
    actor: { id: 'u1', type: 'USER', name: 'Zoë 🐾' },
    errors: [{ message: 'wrong password' }],
    timestamp: '2026-07-01 12:00:00.000000001',
    pantherVersion: '0.1.0',
  },
};
const text =
  '{"id":"b29dff36ad73cb77a5d7a3a816c39c2a","record":{"actionName":"SIGN_IN","actionResult":"FAILED",' +
  '"actor":{"id":"u1","name":"Zoë 🐾","type":"USER"},"errors":[{"message":"wrong password"}],' +
  '"pantherVersion":"0.1.0","timestamp":"2026-07-01 12:00:00.000000001"},"v":1}';

test('the bytes of an entry are its canonical JSON in UTF-8, and read back', () => {
  const bytes = encodeEntry(entry);
  assert.equal(new TextDecoder().decode(bytes), text);
  assert.deepEqual(decodeEntry(bytes), entry);
});

test('an entry of a later version is told apart from a broken one', () => {
  for (const later of ['{"v":3}', text.replace('"v":1', '"v":3')]) {
    assert.throws(() => decodeEntry(utf8(later)), { name: 'RecordError', code: 'unknown_version' });
  }
});

const malformed: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['nothing', utf8('')],
  ['half an entry', utf8(text.slice(0, 100))],
  ['another JSON value', utf8('[1]')],
  ['no version', utf8(text.replace(',"v":1', ''))],
  ['a version that is a string', utf8(text.replace('"v":1', '"v":"1"'))],
  ['an upper-case id', utf8(text.replace('b29d', 'B29D'))],
  ['an unknown field', utf8(text.replace('"v":1', '"v":1,"x":1'))],
  ['a record without a required field', utf8(text.replace('"actionName":"SIGN_IN",', ''))],
  ['bytes that are not UTF-8', Uint8Array.from([...utf8(text).subarray(0, -1), 0xff])],
  ['a byte order mark', utf8(`\ufeff${text}`)],
  ['white space', utf8(` ${text}`)],
  ['a repeated key', utf8(text.replace('"v":1', '"v":1,"v":1'))],
  ['keys in another order', utf8(JSON.stringify(entry))],
];

for (const [what, bytes] of malformed) {
  test(`${what} is refused as malformed`, () => {
    assert.throws(() => decodeEntry(bytes), { name: 'RecordError', code: 'malformed_entry' });
  });
}

test('the message of a malformed entry names the field', () => {
  const bytes = canonicalBytes({ ...entry, record: { ...entry.record, actor: { id: 'u1', type: 'ROBOT' } } });
  assert.throws(() => decodeEntry(bytes), /record\.actor\.type/);
});

test('what could not be read back is not written', () => {
  assert.throws(() => encodeEntry({ ...entry, id: 'x' }), { code: 'malformed_entry' });
  const record = { ...entry.record, timestamp: 'yesterday' };
  assert.throws(() => encodeEntry({ ...entry, record }), { code: 'malformed_entry' });
});

test('an entry may be 65,535 bytes and not one more', () => {
  const sized = (length: number): Entry => ({
    ...entry,
    record: {
      ...entry.record,
      userAgent: 'x'.repeat(length - encodeEntry(entry).length - ',"userAgent":""'.length),
    },
  });
  assert.equal(decodeEntry(encodeEntry(sized(entryBytesMax))).record.userAgent?.[0], 'x');
  assert.throws(() => encodeEntry(sized(entryBytesMax + 1)), { code: 'entry_too_large' });
  assert.throws(() => decodeEntry(new Uint8Array(entryBytesMax + 1)), { code: 'entry_too_large' });
});

test('changed bytes give another entry or a RecordError, never the same entry', () => {
  const bytes = encodeEntry(entry);
  const change = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(change, ({ at, by }) => {
      const changed = bytes.with(at, (bytes[at] ?? 0) ^ by);
      try {
        assert.notDeepEqual(decodeEntry(changed), entry);
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
      }
    }),
    { numRuns: 2_000 },
  );
});

function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
