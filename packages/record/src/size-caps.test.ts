import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyOf, nodeCrypto } from '../tests/node-crypto.ts';
import type { AuditRecord } from './audit-record.ts';
import { canonicalBytes, canonicalJson } from './canonical-json.ts';
import { encodeEntry } from './entry.ts';
import { sealedEntryJson } from './sealing.ts';
import { capRecord, entryBytesMax, recordBytesMax, valueBytesMax } from './size-caps.ts';

const record: AuditRecord = {
  actionName: 'UPDATE_USER',
  actionResult: 'SUCCEEDED',
  actor: { id: 'u1', type: 'USER' },
  timestamp: '2026-07-01 12:00:00.000000000',
  pantherVersion: '0.1.0',
};

test('a record within the limits is left as it is', () => {
  const small: AuditRecord = {
    ...record,
    actionDescription: 'Updates the information for a user',
    actionParams: { dynamic: { input: { id: '7', note: 'x'.repeat(8_000) } }, static: {} },
    actionDetails: { before: null, after: ['é', 1.5, true] },
    actor: { id: 'u1', type: 'USER', name: 'Ada', attributes: { email: 'ada@example.com' } },
    errors: Array.from({ length: 100 }, (_, index) => ({ message: `no user ${index}` })),
    sourceIP: '192.0.2.1',
    XForwardedFor: ['192.0.2.1', '198.51.100.7'],
    userAgent: 'x'.repeat(1_024),
  };
  assert.deepEqual(capRecord(small, sha256), small);
  assert.deepEqual(capRecord({ ...record, errors: null }, sha256), { ...record, errors: null });
});

test('a large string becomes the SHA-256 and length of its UTF-8, and what stands beside it stays', () => {
  const archive = 'é'.repeat(5_000);
  const capped = capRecord(
    { ...record, actionParams: { dynamic: { input: { archive, mode: 'full' } } } },
    sha256,
  );
  assert.deepEqual(capped.actionParams, {
    dynamic: { input: { archive: { sha256: sha256(Buffer.from(archive)), bytes: 10_000 }, mode: 'full' } },
  });
});

test('a list of too many small items becomes the SHA-256 and length of its canonical JSON', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => `detection-${index}`);
  const capped = capRecord({ ...record, actionDetails: { deleted: ids, count: 1_000 } }, sha256);
  const bytes = canonicalBytes(ids);
  assert.deepEqual(capped.actionDetails, {
    deleted: { sha256: sha256(bytes), bytes: bytes.length },
    count: 1_000,
  });
});

test('the limit of a value is on its canonical JSON, to the byte', () => {
  const kept = 'x'.repeat(valueBytesMax - 2);
  const actionDetails = { kept, replaced: `${kept}x` };
  assert.deepEqual(capRecord({ ...record, actionDetails }, sha256).actionDetails, {
    kept,
    replaced: { sha256: sha256(Buffer.from(`${kept}x`)), bytes: valueBytesMax - 1 },
  });
});

test('the limit of an object counts keys, brackets, escapes and UTF-8 exactly', () => {
  const sized = (length: number) => {
    const value = { é: [1.5, null, true, [], {}], 'a"b': { '\n': '\u{1f600}' }, fill: '' };
    return { ...value, fill: 'x'.repeat(length - canonicalBytes(value).length) };
  };
  const actionDetails = { kept: sized(valueBytesMax), replaced: [sized(valueBytesMax - 1)] };
  const bytes = canonicalBytes(actionDetails.replaced);
  assert.equal(bytes.length, valueBytesMax + 1);
  assert.deepEqual(capRecord({ ...record, actionDetails }, sha256).actionDetails, {
    kept: actionDetails.kept,
    replaced: { sha256: sha256(bytes), bytes: bytes.length },
  });
});

test('when the whole is too large the larger values give way and the smaller stay', () => {
  const large = Array.from({ length: 5 }, (_, index) => [`large${index}`, 'x'.repeat(8_000)]);
  const small = { small: 'y'.repeat(3_000), name: 'Ada' };
  const capped = capRecord({ ...record, actionDetails: { ...Object.fromEntries(large), ...small } }, sha256);
  const digest = { sha256: sha256(Buffer.from('x'.repeat(8_000))), bytes: 8_000 };
  assert.deepEqual(capped.actionDetails, {
    ...Object.fromEntries(large.map(([key]) => [key, digest])),
    ...small,
  });
});

test('an object of very many small members becomes a digest as a whole', () => {
  const actionParams = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]),
  );
  const capped = capRecord({ ...record, actionParams, actionDetails: { count: 10_000 } }, sha256);
  const bytes = canonicalBytes(actionParams);
  assert.deepEqual(capped.actionParams, { sha256: sha256(bytes), bytes: bytes.length });
  assert.deepEqual(capped.actionDetails, { count: 10_000 });
});

test('long texts are cut and say so', () => {
  const long = 'x'.repeat(3_000);
  const capped = capRecord(
    { ...record, userAgent: long, errors: [{ message: long }], actor: { ...record.actor, name: long } },
    sha256,
  );
  for (const [text, lengthMax] of [
    [capped.userAgent, 1_024],
    [capped.errors?.[0]?.message, 2_048],
    [capped.actor.name, 512],
  ] as const) {
    assert.equal(text?.length, lengthMax);
    assert.match(text ?? '', /^x+… \(truncated\)$/);
  }
});

test('too many errors are cut at the end and counted', () => {
  const errors = Array.from({ length: 250 }, (_, index) => ({ message: `no user ${index}` }));
  const capped = capRecord({ ...record, errors }, sha256).errors;
  assert.deepEqual(capped, [...errors.slice(0, 99), { message: '(151 more not recorded)' }]);
});

test('too many forwarded addresses are cut at the end that clients can forge', () => {
  const XForwardedFor = Array.from({ length: 1_000 }, (_, index) => `address ${index}`);
  const capped = capRecord({ ...record, XForwardedFor }, sha256).XForwardedFor;
  assert.deepEqual(capped, ['(937 more not recorded)', ...XForwardedFor.slice(937)]);
});

test('what JSON cannot carry is replaced, so that the record can be written', () => {
  const actionDetails = { rate: Number.NaN, at: new Date(0), name: '\ud800', big: 1n, gone: undefined };
  assert.deepEqual(capRecord({ ...record, actionDetails, userAgent: 'a\udc00' }, sha256), {
    ...record,
    actionDetails: {
      rate: '(not recorded: not JSON)',
      at: '(not recorded: not JSON)',
      name: '\ufffd',
      big: '(not recorded: not JSON)',
    },
    userAgent: 'a\ufffd',
  });
});

test('any record fits an entry once its sizes are capped', () => {
  fc.assert(
    fc.property(records(), (any) => {
      const capped = capRecord(any, sha256);
      assert.ok(canonicalBytes(capped).length <= recordBytesMax);
      assert.ok(encodeEntry({ v: 1, id: '0'.repeat(32), record: capped }).length <= entryBytesMax);
    }),
    { numRuns: 300 },
  );
});

test('the short way to an entry gives what the long way gives', () => {
  const id = '0'.repeat(32);
  fc.assert(
    fc.property(records(), (any) => {
      assert.equal(
        sealedEntryJson({ id, record: any, places: [] }, keyOf, nodeCrypto),
        canonicalJson({ v: 1, id, record: capRecord(any, sha256) }),
      );
    }),
  );
});

test('the worst of everything at once still fits', () => {
  const worst = '\u0001'.repeat(100_000);
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${index}`, index]));
  const capped = capRecord(
    {
      actionName: worst,
      actionDescription: worst,
      actionResult: 'PARTIALLY_FAILED',
      actionParams: many,
      actionDetails: many,
      actor: { id: worst, type: 'TOKEN', name: worst, attributes: many },
      errors: Array.from({ length: 1_000 }, () => ({ message: '\u0001'.repeat(12) })),
      sourceIP: worst,
      XForwardedFor: Array.from({ length: 1_000 }, () => '\u0001'.repeat(10)),
      userAgent: worst,
      timestamp: record.timestamp,
      pantherVersion: worst,
    },
    sha256,
  );
  assert.ok(canonicalJson(capped).length <= recordBytesMax, `${canonicalJson(capped).length}`);
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function records(): fc.Arbitrary<AuditRecord> {
  const text = repeated(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', '\u0001', '\ud800', '\u{1f600}', '"')),
  ).map((parts) => parts.join(''));
  const object = fc.dictionary(fc.oneof(fc.string(), text), jsonLike(text), { maxKeys: 4 }) as fc.Arbitrary<
    Record<string, unknown>
  >;
  return fc.record(
    {
      actionName: text.filter((name) => name !== ''),
      actionDescription: text,
      actionResult: fc.constantFrom('SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED'),
      actionParams: object,
      actionDetails: object,
      actor: fc.record(
        { id: text, type: fc.constantFrom('USER', 'TOKEN'), name: text, attributes: object },
        { requiredKeys: ['id', 'type'] },
      ),
      errors: fc.oneof(fc.constant(null), repeated(fc.record({ message: text }))),
      sourceIP: text,
      XForwardedFor: repeated(text),
      userAgent: text,
      timestamp: fc.constant(record.timestamp),
      pantherVersion: text.filter((version) => version !== ''),
    },
    { requiredKeys: ['actionName', 'actionResult', 'actor', 'timestamp', 'pantherVersion'] },
  );
}

function jsonLike(text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const anything = fc.anything({ withBigInt: true, withDate: true, withSparseArray: true });
  const large = fc.oneof(text, anything, repeated(anything), repeated(fc.string()));
  return fc.oneof(
    large,
    fc.array(large, { maxLength: 3 }),
    fc.dictionary(fc.string(), large, { maxKeys: 3 }),
  );
}

/** One item, many times over: large without being slow to make. */
function repeated<Item>(item: fc.Arbitrary<Item>): fc.Arbitrary<Item[]> {
  const counts = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 300 }));
  return fc.tuple(item, counts).map(([one, count]) => new Array<Item>(count).fill(one));
}
