import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditRecord, canonicalJson } from '@pawprint/record';
import { unfinishedFiles } from './testing/merging.ts';
import { auditEntry, auditTable, temporaryLake } from './testing/temporary-lake.ts';

/** Every character that JSON writes in a way of its own, and some that it does not. */
const allCharacters = `${String.fromCharCode(...Array.from({ length: 0x80 }, (_, code) => code))}é\u2028\uffff🐾`;

const oddJson: Readonly<Record<string, unknown>> = JSON.parse(
  '{"10":1,"9":2,"a":3,"__proto__":{"1":[]},"constructor":{},"":null,"big":1e21,"small":5e-324,"exact":12345678901234567890,"less":1e-7,"none":-0,"deep":[[[{"2":[],"1":{}}]]]}',
);

const odd: readonly Partial<AuditRecord>[] = [
  { actionParams: oddJson, actionDetails: { oddJson, [allCharacters]: allCharacters } },
  {
    actionDescription: '","actor":{"id":"no","type":"USER"},"actionParams":{}}',
    actionParams: { '"actor":{': '}]\\', timestamp: '2020-01-01 00:00:00' },
  },
  {
    actor: {
      id: allCharacters,
      type: 'TOKEN',
      name: '"\\',
      attributes: { email: 'a"\\\u001f@x', ...oddJson },
    },
    userAgent: allCharacters,
    errors: [{ message: allCharacters }, { message: '' }],
    XForwardedFor: [' 203.0.113.7 ', '203.0.113.7', '2001:db8::1', allCharacters],
    sourceIP: '2001:db8::1',
  },
  { actor: { id: '', type: 'USER', name: '', attributes: { email: { nested: true } } } },
  { actor: { id: '(erased)', type: 'USER', name: '(erased)', attributes: { email: '(erased)' } } },
  { actor: { id: '1', type: 'USER', attributes: {} }, errors: [], XForwardedFor: [], actionParams: {} },
  { timestamp: '0001-01-01 00:00:00' },
  { timestamp: '9999-12-31 23:59:59.999999999' },
  { timestamp: '1969-12-31 23:59:59.9999999' },
  { timestamp: '2024-02-29 23:59:59.000000001' },
  { timestamp: '2024-02-29 00:00:00.5' },
];

test('whatever a record may hold comes back as it was, its JSON to the letter', async (t) => {
  const lake = await temporaryLake(t);
  await lake.load(...odd);
  const rows = await lake.rows(
    `SELECT actionParams::VARCHAR AS params, actionDetails::VARCHAR AS details, actor.id AS id, actor.name AS "name",
            actor.attributes::VARCHAR AS attributes, actionDescription, errors, userAgent, XForwardedFor, sourceIP,
            p_event_time, p_any_ip_addresses AS addresses, p_any_usernames AS usernames, p_any_actor_ids AS ids,
            p_any_emails AS emails
     FROM panther_audit ORDER BY p_ledger_index`,
  );
  const text = (value: unknown): string | null => (value === undefined ? null : canonicalJson(value));
  const list = (...values: readonly unknown[]): readonly unknown[] | null => {
    const texts = values.filter((value) => typeof value === 'string' && value !== '' && value !== '(erased)');
    return texts.length === 0 ? null : texts;
  };
  const expected = odd.map((given) => {
    const actor = given.actor ?? { id: 'user-1', type: 'USER', name: 'Homer Simpson' };
    const [seconds = '', fraction = ''] = (given.timestamp ?? '2026-11-23 11:00:00').split('.');
    return {
      params: text(given.actionParams),
      details: text(given.actionDetails),
      id: actor.id,
      name: actor.name ?? null,
      attributes: text(actor.attributes),
      actionDescription: given.actionDescription ?? null,
      errors: given.errors ?? null,
      userAgent: given.userAgent ?? null,
      XForwardedFor: given.XForwardedFor ?? null,
      sourceIP: given.sourceIP ?? null,
      p_event_time: `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}`,
      addresses: given.sourceIP === undefined ? null : ['2001:db8::1', '203.0.113.7'],
      usernames: list(actor.name),
      ids: list(actor.id),
      emails: list(actor.attributes?.email),
    };
  });
  assert.deepEqual(rows, expected);
});

const good = Buffer.from(auditEntry(0)).toString();

test('an entry in another spelling of the same JSON is the same row', async (t) => {
  const lake = await temporaryLake(t);
  const entry = JSON.parse(good);
  const spellings = [
    good,
    ` ${good.replace('"v":1', ' "v" : 1')}`,
    JSON.stringify({ v: 1, ...entry }),
    JSON.stringify(entry, null, 1),
    JSON.stringify({ ...entry, record: { unknown: 1, ...entry.record } }),
  ];
  const entries = spellings.map((text) => Buffer.from(text));
  await lake.lake.append({ table: auditTable, fromIndex: 0, entries, sourceId: 'source-1' });
  const rows = await lake.rows('SELECT DISTINCT * EXCLUDE (p_ledger_index) FROM panther_audit');
  assert.equal(rows.length, 1);
});

const broken: readonly (readonly [what: string, entry: string])[] = [
  ['no JSON', good.slice(0, -20)],
  ['JSON that ends too soon inside', good.replace('"name":"Homer Simpson"', '"name":"Homer Simpson')],
  ['a bare control character', good.replace('Homer', 'Ho\nmer')],
  ['an unknown escape', good.replace('Homer', 'Ho\\xmer')],
  ['half a surrogate pair in a text', good.replace('Homer', 'Ho\\ud800mer')],
  ['half a surrogate pair in JSON', good.replace('"actor":', '"actionParams":{"a":"\\ud800"},"actor":')],
  ['brackets that do not match', good.replace('"actor":', '"actionParams":{"a":[1}},"actor":')],
  ['no record', `{"id":"${'0'.repeat(32)}","v":1}`],
  ['another version', good.replace('"v":1', '"v":3')],
  ['no actor', good.replace(/"actor":\{.*?\},/, '')],
  ['a day that does not exist', good.replace('2026-11-23', '2026-02-30')],
  ['an hour that does not exist', good.replace('11:00:00', '24:00:00')],
  ['a second that does not exist', good.replace('11:00:00', '11:00:60')],
  ['a time without seconds', good.replace('11:00:00.000000000', '11:00')],
];

test('an entry that is broken somewhere is refused by its index, and nothing of its batch is loaded', async (t) => {
  const lake = await temporaryLake(t);
  for (const [what, entry] of broken) {
    assert.notEqual(entry, good);
    const entries = [auditEntry(0), Buffer.from(entry), auditEntry(2)];
    await assert.rejects(
      lake.lake.append({ table: auditTable, fromIndex: 0, entries, sourceId: 's' }),
      { code: 'unreadable_entry', message: /^ledger entry 1: / },
      what,
    );
    assert.equal(await lake.catalogue.cursor(), 0);
    assert.deepEqual(await unfinishedFiles(lake), []);
  }
});
