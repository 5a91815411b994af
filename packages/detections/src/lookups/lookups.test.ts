import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lookups } from './lookups.ts';

const lookups = new Lookups([
  {
    id: 'people',
    selectors: [
      { logType: 'Test', selector: 'actor.id' },
      { logType: 'Test', selector: '$.ids[*]' },
    ],
    rows: [
      ['u1', { team: 'red' }],
      ['7', { team: 'blue' }],
    ],
  },
]);

test('a row is found by its key; a table that is not there is told', () => {
  assert.deepEqual(lookups.find('people', 'u1'), { team: 'red' });
  assert.deepEqual(lookups.find('people', 7), { team: 'blue' });
  assert.equal(lookups.find('people', 'u2'), null);
  assert.equal(lookups.find('people', { id: 'u1' }), null);
  assert.throws(() => lookups.find('poeple', 'u1'), /^Error: there is no lookup table poeple that is on$/);
});

const enriched = (event: object, source = 'Test') =>
  JSON.parse(lookups.enrich([JSON.stringify(event)], source)[0] ?? '').p_enrichment;

test('events of an associated log type have the rows of their values', () => {
  const red = { team: 'red', p_match: 'u1' };
  assert.deepEqual(enriched({ actor: { id: 'u1' } }), { people: { 'actor.id': red } });
  assert.deepEqual(enriched({ ids: [7, 'u1', 'x', 7] }), {
    people: { '$.ids[*]': [{ team: 'blue', p_match: 7 }, red] },
  });
  assert.equal(enriched({ actor: { id: 'u2' }, ids: [] }), undefined);
  assert.equal(enriched({ actor: { id: 'u1' } }, 'Other'), undefined);
});

test('a row of a query is of the log type it says, and what an event says of a table stays', () => {
  const event = { p_log_type: 'Test', actor: { id: 'u1' } };
  assert.deepEqual(Object.keys(enriched(event, 'A query')), ['people']);
  assert.deepEqual(enriched({ ...event, p_enrichment: { people: {}, geo: 1 } }), { people: {}, geo: 1 });
  assert.deepEqual(Object.keys(enriched({ ...event, p_enrichment: null })), ['people']);
});

test('who looked at the enrichment looked at what it was made of', () => {
  const name = { path: ['name'], whole: false };
  const reads = [name, { path: ['p_enrichment', 'people'], whole: false }];
  assert.deepEqual(lookups.readsOf(reads, '{}', 'Test'), [
    name,
    { path: ['p_enrichment'], whole: true },
    { path: ['actor', 'id'], whole: true },
    { path: ['ids'], whole: true },
  ]);
  assert.deepEqual(lookups.readsOf(reads, '{}', 'Other'), reads);
});
