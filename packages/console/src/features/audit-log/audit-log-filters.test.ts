import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  auditLogsInput,
  fieldName,
  filtersOf,
  hasFilters,
  parseAuditLogSearch,
  parseFieldFilter,
  parseFilterTime,
  streamUrl,
  withFilters,
} from './audit-log-filters.ts';

const now = new Date('2026-01-02T12:00:00Z');

test('filters of the address bar become the input of the API', () => {
  const search = parseAuditLogSearch({
    actor: ' homer ',
    action: 'DELETE_USER',
    result: ['FAILED', 'PARTIALLY_FAILED'],
    ip: '10.0.0.0/8',
    range: '24h',
  });
  assert.deepEqual(auditLogsInput(search, now), {
    actorName: 'homer',
    actionName: ['DELETE_USER'],
    actionResult: ['FAILED', 'PARTIALLY_FAILED'],
    sourceIP: '10.0.0.0/8',
    timestampAfter: '2026-01-01T12:00:00.000Z',
  });
});

test('words, an actor by id and fields go to the API and to the stream', () => {
  const search = parseAuditLogSearch({
    q: ' deploy "on call" ',
    actorId: 'u-1',
    field: ['actionParams.dynamic.input.ids[*]=a=b~c', 'userAgent~curl', 'errors'],
    facets: 'open',
  });
  const fields = [
    { path: 'actionParams.dynamic.input.ids[*]', operator: 'EQUALS', value: 'a=b~c' },
    { path: 'userAgent', operator: 'CONTAINS', value: 'curl' },
    { path: 'errors', operator: 'EXISTS' },
  ];
  assert.deepEqual(auditLogsInput(search, now), { text: 'deploy "on call"', actorId: 'u-1', fields });
  const params = new URL(streamUrl(search, '1') ?? '', 'http://x').searchParams;
  assert.deepEqual(params.getAll('field').map(parseFieldFilter), fields);
  assert.equal(params.get('text'), 'deploy "on call"');
  assert.equal(params.get('actorId'), 'u-1');
});

test('how the page is laid out is no filter', () => {
  assert.deepEqual(filtersOf({ facets: 'open', ip: '::1' }), { ip: '::1' });
  assert.equal(hasFilters({ facets: 'closed' }), false);
});

test('a field is named by what comes after the wrapping of parameters', () => {
  assert.equal(fieldName('actionParams.dynamic.input.role.value'), 'role.value');
  assert.equal(fieldName('actionParams.static.name'), 'name');
  assert.equal(fieldName('actionDetails.queryId'), 'queryId');
  assert.equal(fieldName('actor.id'), 'actor.id');
});

test('from and to are seconds in UTC, both in the range', () => {
  const search = parseAuditLogSearch({ from: '2026-01-01T08:30', to: '2026-01-01T09:00:05' });
  assert.deepEqual(auditLogsInput(search, now), {
    timestampAfter: '2026-01-01T08:30:00.000Z',
    timestampBefore: '2026-01-01T09:00:05.999Z',
  });
});

test('a time may be written short or pasted from a record', () => {
  assert.equal(parseFilterTime('2026-01-02'), '2026-01-02T00:00:00');
  assert.equal(parseFilterTime(' 2026-01-02 03:04 '), '2026-01-02T03:04:00');
  assert.equal(parseFilterTime('2026-01-02 03:04:05.678901234 UTC'), '2026-01-02T03:04:05');
  assert.equal(parseFilterTime('2026-01-02T03:04:05Z'), '2026-01-02T03:04:05');
  for (const text of ['', 'yesterday', '2026-13-02', '2026-01-02 25:00', '02/01/2026']) {
    assert.equal(parseFilterTime(text), undefined, text);
  }
});

test('a preset period wins over from and to', () => {
  assert.deepEqual(parseAuditLogSearch({ range: '1h', from: '2026-01-01T08:30' }), { range: '1h' });
});

test('what is not understood is dropped', () => {
  assert.deepEqual(
    parseAuditLogSearch({
      result: ['MAYBE'],
      range: '3y',
      from: 'yesterday',
      actor: '',
      action: [],
      other: 'x',
    }),
    {},
  );
});

test('an empty value removes a filter and leaves the others', () => {
  assert.deepEqual(withFilters({ actor: 'homer', ip: '1.2.3.4' }, { actor: '' }), { ip: '1.2.3.4' });
});

test('the stream has the same filters and goes on where the list was read', () => {
  const url = streamUrl({ actor: 'a b', action: ['A', 'B'], result: ['FAILED'], ip: '::1' }, '42');
  assert.ok(url);
  const params = new URL(url, 'http://x').searchParams;
  assert.deepEqual(
    [...params],
    [
      ['actorName', 'a b'],
      ['actionName', 'A'],
      ['actionName', 'B'],
      ['actionResult', 'FAILED'],
      ['sourceIP', '::1'],
      ['after', '41'],
    ],
  );
});

test('the stream of an empty history starts at its first record', () => {
  assert.equal(streamUrl({}, '0'), '/internal/audit-log/stream?after=-1');
});

test('a list that ends at a given time has no stream', () => {
  assert.equal(streamUrl({ to: '2026-01-01T09:00' }, '42'), null);
});
