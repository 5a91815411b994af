import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyOf, keysById, nodeCrypto, sha256 } from '../tests/node-crypto.ts';
import type { AuditRecord } from './audit-record.ts';
import { canonicalBytes, canonicalJson } from './canonical-json.ts';
import { decodeEntry, decodeOpenedEntry, type Entry, encodeEntry, type OpenedEntry } from './entry.ts';
import type { PersonalPlace } from './personal.ts';
import { actorPaths, closeEntry, entryKeys, erasedText, openEntry, sealedEntryJson } from './sealing.ts';
import { entryBytesMax, recordBytesMax } from './size-caps.ts';

const id = 'b29dff36ad73cb77a5d7a3a816c39c2a';
const record: AuditRecord = {
  actionName: 'UPDATE_USER',
  actionResult: 'SUCCEEDED',
  actionParams: { dynamic: { input: { id: 'u2', email: 'grace@example.com' } }, static: {} },
  actionDetails: { 'a/b~c': [{ email: 'grace@example.com', givenName: null }] },
  actor: {
    id: 'u1',
    type: 'USER',
    name: 'Ada',
    attributes: { email: 'ada@example.com', emailVerified: true },
  },
  sourceIP: '192.0.2.1',
  XForwardedFor: ['192.0.2.1', '198.51.100.7'],
  userAgent: 'curl/8',
  timestamp: '2026-07-01 12:00:00.000000000',
  pantherVersion: '0.1.0',
};
const places: readonly PersonalPlace[] = [
  ...actorPaths.map((path) => ({ path, subject: 'USER:u1' })),
  { path: ['actionParams', 'dynamic', 'input', 'email'], subject: 'USER:u2' },
  { path: ['actionDetails', 'a/b~c', '0'], subject: 'USER:u2' },
];
const bytes = utf8(sealedEntryJson({ id, record, places }, keyOf, nodeCrypto));

function openWith(subjects: readonly string[], sealed = bytes): OpenedEntry {
  const entry = decodeEntry(sealed);
  return openEntry(entry, entryKeys(entry, keysById(...subjects), nodeCrypto), nodeCrypto);
}

test('every leaf of a personal place is sealed, under the key of its subject, and nothing else is', () => {
  const entry = decodeEntry(bytes);
  assert(entry.v === 2);
  assert.deepEqual(
    entry.sealed.map(({ subject, at }) => ({ subject, at })),
    [
      {
        subject: keyOf('USER:u1').id,
        at: [
          '/actor/name',
          '/actor/attributes/email',
          '/actor/attributes/emailVerified',
          '/sourceIP',
          '/XForwardedFor/0',
          '/XForwardedFor/1',
          '/userAgent',
        ],
      },
      {
        subject: keyOf('USER:u2').id,
        at: ['/actionParams/dynamic/input/email', '/actionDetails/a~1b~0c/0/email'],
      },
    ],
  );
  assert.deepEqual(entry.record, {
    ...record,
    actionParams: { dynamic: { input: { id: 'u2', email: '(sealed)' } }, static: {} },
    actionDetails: { 'a/b~c': [{ email: '(sealed)', givenName: null }] },
    actor: {
      id: 'u1',
      type: 'USER',
      name: '(sealed)',
      attributes: { email: '(sealed)', emailVerified: '(sealed)' },
    },
    sourceIP: '(sealed)',
    XForwardedFor: ['(sealed)', '(sealed)'],
    userAgent: '(sealed)',
  });
  for (const text of ['Ada', 'ada@', 'grace@', '192.0.2.1', 'curl'])
    assert(!Buffer.from(bytes).includes(text), text);
});

test('whoever has the keys reads the record, and makes the same bytes from it again', async () => {
  const opened = openWith(['USER:u1', 'USER:u2']);
  assert.deepEqual(opened.record, record);
  assert.deepEqual(await closeEntry(opened, nodeCrypto), bytes);
  const exported = canonicalBytes(opened);
  assert.deepEqual(await closeEntry(decodeOpenedEntry(exported), nodeCrypto), bytes);
});

test('what was erased reads "(erased)", the rest stays readable, and the bytes are the same', async () => {
  const opened = openWith(['USER:u2']);
  assert.deepEqual(opened.record, {
    ...record,
    actor: {
      id: 'u1',
      type: 'USER',
      name: erasedText,
      attributes: { email: erasedText, emailVerified: erasedText },
    },
    sourceIP: erasedText,
    XForwardedFor: [erasedText, erasedText],
    userAgent: erasedText,
  });
  assert.deepEqual(await closeEntry(opened, nodeCrypto), bytes);
  assert.deepEqual(await closeEntry(decodeEntry(bytes), nodeCrypto), bytes, 'an entry as it is');
});

test('no other record closes to the same bytes', async () => {
  const opened = openWith(['USER:u1', 'USER:u2']);
  const erased = openWith(['USER:u2']);
  assert(opened.v === 2 && erased.v === 2);
  const [first, second] = opened.sealed;
  assert(first !== undefined && second !== undefined && 'key' in first && 'key' in second);
  const others: readonly OpenedEntry[] = [
    { ...opened, record: { ...opened.record, userAgent: 'curl/9' } },
    { ...opened, record: { ...opened.record, actionResult: 'FAILED' } },
    { ...opened, id: 'a'.repeat(32) },
    { ...opened, sealed: [{ ...first, key: second.key }, second] },
    { ...opened, sealed: [{ ...first, subject: 'a'.repeat(32) }, second] },
    { ...opened, sealed: [{ ...first, at: first.at.toReversed() }, second] },
    { ...opened, sealed: [first] },
  ];
  for (const other of others)
    assert.notDeepEqual(await closeEntry(other, nodeCrypto), bytes, canonicalJson(other));
  await assert.rejects(
    closeEntry({ ...erased, record: { ...erased.record, userAgent: 'curl/8' } }, nodeCrypto),
    { code: 'malformed_entry', message: '/userAgent is readable, though nothing was opened there' },
  );
  const { userAgent: _, ...without } = opened.record;
  await assert.rejects(closeEntry({ ...opened, record: without }, nodeCrypto), {
    code: 'malformed_entry',
    message: 'there is nothing at /userAgent',
  });
});

test('a key of another box, or a changed box, opens nothing', () => {
  const entry = decodeEntry(bytes);
  assert(entry.v === 2);
  const keys = entryKeys(entry, keysById('USER:u1', 'USER:u2'), nodeCrypto);
  assert.throws(() => openEntry(entry, keys.toReversed(), nodeCrypto), { code: 'wrong_key' });
  const [part, ...rest] = entry.sealed;
  assert(part !== undefined);
  const box = Uint8Array.fromBase64(part.box);
  for (const changed of [
    { ...part, box: box.with(0, (box[0] ?? 0) ^ 1).toBase64() },
    { ...part, at: part.at.toReversed() },
    { ...part, commitment: '0'.repeat(64) },
  ]) {
    assert.throws(() => openEntry({ ...entry, sealed: [changed, ...rest] }, keys, nodeCrypto), {
      code: 'wrong_key',
    });
  }
});

test('a record without personal data is an entry of version 1', () => {
  const { sourceIP, XForwardedFor, userAgent, ...rest } = record;
  const system: AuditRecord = { ...rest, actor: { id: 'system', type: 'USER' } };
  const all = actorPaths.map((path) => ({ path, subject: 'USER:u1' }));
  assert.equal(
    sealedEntryJson({ id, record: system, places: all }, keyOf, nodeCrypto),
    canonicalJson({ v: 1, id, record: system }),
  );
});

test('what says that something is sealed where it is not is no entry', () => {
  const entry = decodeEntry(bytes);
  assert(entry.v === 2);
  const [first, second] = entry.sealed;
  assert(first !== undefined && second !== undefined);
  const malformed: readonly (readonly [Entry, RegExp])[] = [
    [{ ...entry, record: { ...entry.record, userAgent: 'curl' } }, /nothing is sealed at \/userAgent/],
    [{ ...entry, sealed: [{ ...first, at: ['/nothing'] }] }, /nothing is sealed at \/nothing/],
    [{ ...entry, sealed: [{ ...first, at: ['userAgent'] }] }, /expected a JSON pointer/],
    [{ ...entry, sealed: [{ ...first, at: ['/actor/~2'] }] }, /expected a JSON pointer/],
    [{ ...entry, sealed: [first, { ...second, at: ['/userAgent'] }] }, /sealed twice/],
    [{ ...entry, sealed: [] }, /sealed/],
    [{ ...entry, sealed: [{ ...first, subject: 'USER:u1' }] }, /32 hexadecimal/],
    [{ ...entry, sealed: [{ ...first, commitment: '' }] }, /64 hexadecimal/],
  ];
  for (const [changed, message] of malformed)
    assert.throws(() => decodeEntry(canonicalBytes(changed)), { code: 'malformed_entry', message });
});

test('the digest that takes the place of something too large is sealed in its stead', () => {
  const actionDetails = { users: Array.from({ length: 500 }, () => ({ email: 'grace@example.com' })) };
  const place = { path: ['actionDetails', 'users', '7', 'email'], subject: 'USER:u2' };
  const text = sealedEntryJson(
    { id, record: { ...record, actionDetails }, places: [place] },
    keyOf,
    nodeCrypto,
  );
  const entry = decodeEntry(utf8(text));
  assert.deepEqual(entry.v === 2 && entry.sealed[0]?.at, [
    '/actionDetails/users/sha256',
    '/actionDetails/users/bytes',
  ]);
});

test('however much of it is sealed, the entry is within its limit', () => {
  const worst = '\u0001'.repeat(10_000);
  const people = (count: number) => Array.from({ length: count }, (_, index) => ({ e: index }));
  const records: readonly (readonly [AuditRecord, readonly PersonalPlace[]])[] = [
    [
      {
        ...record,
        actionName: worst,
        actionDescription: worst,
        actor: {
          id: worst,
          type: 'USER',
          name: worst,
          attributes: { a: worst.slice(0, 1_300), b: worst.slice(0, 1_300) },
        },
        errors: Array.from({ length: 200 }, () => ({ message: worst })),
        XForwardedFor: Array.from({ length: 100 }, () => worst.slice(0, 10)),
        sourceIP: worst,
        userAgent: worst,
        pantherVersion: worst,
        actionParams: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`k${n}`, n])),
        actionDetails: { list: people(500) },
      },
      [
        ...actorPaths.map((path) => ({ path, subject: 'USER:u1' })),
        { path: ['errors'], subject: 'USER:u2' },
        { path: ['actionParams'], subject: 'USER:u3' },
        { path: ['actionDetails'], subject: 'USER:u4' },
      ],
    ],
    [
      { ...record, actionDetails: { a: people(700), b: people(700), c: people(700) } },
      ['a', 'b', 'c'].flatMap((key) =>
        people(700).map((_, n) => ({ path: ['actionDetails', key, String(n)], subject: `USER:${key}${n}` })),
      ),
    ],
  ];
  for (const [large, its] of records) {
    const sealed = utf8(sealedEntryJson({ id, record: large, places: its }, keyOf, nodeCrypto));
    assert(sealed.length <= entryBytesMax, `${sealed.length} bytes`);
    decodeEntry(sealed);
  }
});

test('any record comes back from its sealed form, within the limit', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 2_000 });
  const json = fc.jsonValue({ maxDepth: 4 }).map((value) => ({ value }));
  const anyRecord = fc.record(
    {
      name: text,
      attributes: json,
      params: json,
      details: fc.oneof(
        json,
        fc.array(json, { maxLength: 300 }).map((list) => ({ list })),
      ),
      userAgent: text,
      forwarded: fc.array(text, { maxLength: 80 }),
    },
    { requiredKeys: [] },
  );
  const subject = fc.constantFrom('USER:u1', 'USER:u2', 'ANONYMOUS');
  await fc.assert(
    fc.asyncProperty(anyRecord, subject, subject, async (some, first, second) => {
      const whole: AuditRecord = {
        ...record,
        actor: {
          id: 'u1',
          type: 'USER',
          ...(some.name !== undefined && { name: some.name }),
          ...(some.attributes && { attributes: some.attributes }),
        },
        ...(some.params && { actionParams: some.params }),
        ...(some.details && { actionDetails: some.details }),
        ...(some.userAgent !== undefined && { userAgent: some.userAgent }),
        ...(some.forwarded && { XForwardedFor: some.forwarded }),
      };
      const its = [
        ...actorPaths.map((path) => ({ path, subject: first })),
        { path: ['actionParams'], subject: second },
        { path: ['actionDetails', 'list', '3'], subject: first },
      ];
      const sealed = utf8(sealedEntryJson({ id, record: whole, places: its }, keyOf, nodeCrypto));
      assert(sealed.length <= entryBytesMax);
      const opened = openWith(['USER:u1', 'USER:u2', 'ANONYMOUS'], sealed);
      assert(canonicalBytes(opened.record).length <= recordBytesMax);
      assert.deepEqual(await closeEntry(opened, nodeCrypto), sealed);
      assert.deepEqual(await closeEntry(openWith([first], sealed), nodeCrypto), sealed);
      assert.equal(sha256(encodeEntry(decodeEntry(sealed))), sha256(sealed));
    }),
    { numRuns: 200 },
  );
});

function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}
