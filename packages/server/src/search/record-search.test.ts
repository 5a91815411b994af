import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LakeError, openLake } from '@pawprint/lake';
import { type AuditRecord, encodeEntry, formatTimestamp, type OpenedEntry } from '@pawprint/record';
import fc from 'fast-check';
import { addressRange, historyFollower } from '../followers/history.ts';
import { LakeCatalogue } from '../lake/catalogue.ts';
import { auditLogTable } from '../lake/lake-loader.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { createLakeSearch, type LakeSearch } from './lake-search.ts';
import type { RecordFilter } from './record-filter.ts';
import { everyItem } from './record-path.ts';
import { createRecordSearch, type RecordSearch, type SearchPosition } from './record-search.ts';

const folder = await mkdtemp(join(tmpdir(), 'pawprint-search-'));
after(() => rm(folder, { recursive: true }));

const actions = ['SIGN_IN', 'LIST_USERS', 'DELETE_USER', 'CREATE_API_TOKEN'];
const results = ['SUCCEEDED', 'FAILED', 'PARTIALLY_FAILED'] as const;
const names = ['Ada Lovelace', 'grace@example.com', 'Zoë', undefined];
const addresses = ['203.0.113.7', '203.0.113.99', '198.51.100.1', '2001:db8::1', '2001:db8:1::2', ''];
const agents = ['curl/8.5', 'Mozilla/5.0 "X"', undefined];
const start = Date.UTC(2024, 0, 1);

/** Every value depends on the index alone. */
function record(index: number): AuditRecord {
  const pick = <Value>(values: readonly Value[], step: number) =>
    values[Math.floor((index * 7919) / step) % values.length] as Value;
  const result = pick(results, 3);
  const name = names[(index % 9) % names.length];
  const agent = pick(agents, 11);
  const address = pick(addresses, 5);
  return {
    actionName: pick(actions, 1),
    actionResult: result,
    actionParams: {
      dynamic: { input: { ids: [`id-${index % 17}`, `other-${index % 5}`], note: `line\n"${index % 3}"` } },
      static: {},
    },
    ...(index % 4 === 0 && { actionDetails: { after: { count: index % 6, on: index % 2 === 0 } } }),
    actor: {
      id: `actor-${index % 9}`,
      type: index % 9 === 0 ? 'TOKEN' : 'USER',
      ...(name !== undefined && { name }),
      attributes: { email: `someone${index % 9}@example.com` },
    },
    ...(result !== 'SUCCEEDED' && { errors: [{ message: `No such thing as ${index % 13}` }] }),
    sourceIP: address,
    ...(index % 6 === 0 && { XForwardedFor: [address, '10.0.0.1'] }),
    ...(agent !== undefined && { userAgent: agent }),
    timestamp: formatTimestamp(BigInt(start + index * 3_600_000) * 1_000_000n),
    pantherVersion: '0.1.0',
  };
}

const total = 600;
const loaded = 500;
const firstIndex = 20;
const entries = Array.from({ length: total }, (_, index) => ({
  v: 1 as const,
  id: index.toString(16).padStart(32, '0'),
  record: record(index),
}));
const encoded = entries.map((entry) => encodeEntry(entry));

const store = await openSqliteStore(join(folder, 'pawprint.db'));
after(() => store.close());
const subjectKeys = { open: async (list: readonly unknown[]) => list as readonly OpenedEntry[] };
await historyFollower(store, subjectKeys).handle(0, encoded);
const ledger = {
  size: total,
  firstIndex,
  read: async (from: number, to: number) => encoded.slice(from, to),
  subscribe: () => () => {},
};
const catalogue = new LakeCatalogue(store);
const lake = await openLake({
  directory: join(folder, 'lake'),
  resultsDirectory: join(folder, 'results'),
  catalogue,
  clock: () => new Date(),
  onBackgroundError: assert.ifError,
});
after(() => lake.close());
/** The rows before it are in a file of their own. */
const removable = 200;
for (const [fromIndex, end] of [
  [0, removable],
  [removable, loaded],
] as const) {
  const entries = encoded.slice(fromIndex, end);
  await lake.append({ table: auditLogTable, fromIndex, entries, sourceId: 'source' });
}

const source = { reader: store.reader, ledger, subjectKeys };
const lakeSearch = createLakeSearch(lake, catalogue, store.reader);
const scanning = createRecordSearch({ ...source, scanMsMax: 60_000 });
const inLake = createRecordSearch({ ...source, lake: lakeSearch, scannedMax: -1, scanMsMax: 60_000 });

async function find(
  search: RecordSearch,
  filter: RecordFilter,
  size = 1_000,
  below?: SearchPosition,
): Promise<readonly number[]> {
  const found: number[] = [];
  for (let before = below; ; ) {
    const { entries, next } = await search.page(filter, { size, before });
    assert(entries.length <= size);
    found.push(...entries.map(({ index }) => index));
    if (next === undefined) return found;
    before = next;
  }
}

function count(search: RecordSearch, filter: RecordFilter) {
  return search.count(filter, {
    bucketsMax: 500,
    top: 100,
    now: formatTimestamp(BigInt(start) * 1_000_000n),
  });
}

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 3 });
const field = fc.oneof(
  fc.record({
    path: fc.constantFrom(
      ['actionParams', 'dynamic', 'input', 'ids', everyItem],
      ['actionParams', 'dynamic', 'input', 'ids', 0],
      ['actor', 'id'],
      ['userAgent'],
      ['errors', 0, 'message'],
      ['errors', everyItem, 'message'],
      ['XForwardedFor', everyItem],
      ['XForwardedFor', 1],
      ['actionDetails', 'after', 'count'],
      ['actionDetails', 'after', 'on'],
      ['actor', 'attributes', 'email'],
      ['actionDetails', 'nothing', everyItem],
    ),
    operator: fc.constantFrom('EQUALS' as const, 'CONTAINS' as const, 'EXISTS' as const),
    value: fc.constantFrom(
      'id-3',
      'other-1',
      'actor-4',
      'CURL/8.5',
      'curl/8.5',
      '10.0.0.1',
      '4',
      'true',
      'thing as 1',
      '',
    ),
  }),
);
const filters: fc.Arbitrary<RecordFilter> = fc.record({
  actorId: maybe(fc.constantFrom('actor-0', 'actor-4')),
  actorName: maybe(fc.constantFrom('ADA', 'example', 'zoë', '%')),
  actionName: maybe(fc.subarray(actions, { minLength: 1 })),
  actionResult: maybe(fc.subarray([...results], { minLength: 1 })),
  sourceIP: maybe(
    fc
      .constantFrom(
        '203.0.113.7',
        '203.0.113.0/24',
        '0.0.0.0/0',
        '::ffff:198.51.100.1',
        '2001:DB8::/32',
        '2001:db8::1',
      )
      .map(addressRange),
  ),
  timestampAfter: maybe(fc.constantFrom(record(100).timestamp, record(450).timestamp)),
  timestampBefore: maybe(fc.constantFrom(record(300).timestamp, record(550).timestamp)),
  words: maybe(
    fc.array(fc.constantFrom('id-3', 'no such', 'sign_in', 'curl', '"1"', '\n', 'zoë', '2024-01', 'user'), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
  fields: maybe(fc.array(field, { minLength: 1, maxLength: 2 })),
});

test('the lake and the ledger give the same records and the same counts, whatever is asked for', async () => {
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const expected = await find(scanning, filter);
      assert.deepEqual(await find(inLake, filter), expected);
      const [{ buckets, intervalSeconds, ...counts }, fromLake] = await Promise.all([
        count(scanning, filter),
        count(inLake, filter),
      ]);
      const sum = (list: typeof buckets) =>
        list.reduce((before, { counts: { SUCCEEDED, FAILED } }) => before + SUCCEEDED - 1_000 * FAILED, 0);
      assert.equal(sum(fromLake.buckets), sum(buckets));
      const plain = ({ value, count, name }: (typeof counts.actors)[number]) => ({ value, count, name });
      for (const name of ['total', 'actions', 'results', 'sourceIPs', 'isComplete'] as const) {
        assert.deepEqual(fromLake[name], counts[name], name);
      }
      assert.deepEqual(fromLake.actors.map(plain), counts.actors.map(plain));
      assert.equal(counts.total, expected.length);
      assert(fromLake.intervalSeconds >= intervalSeconds);
    }),
    { numRuns: 30 },
  );
});

test('pages of any size meet each record once, from the ledger into the lake and to its end', async () => {
  const filter: RecordFilter = { words: ['other-1'] };
  const expected = await find(scanning, filter);
  assert.equal(expected.length, 116);
  for (const size of [19, 20, 21, 97, 116, 117]) {
    assert.deepEqual(await find(inLake, filter, size), expected, `pages of ${size}`);
    assert.deepEqual(await find(scanning, filter, size), expected, `pages of ${size}`);
  }
});

test('below where a page ended each stretch of time is read on its own, and together they have the rest', async () => {
  const edges = [-1, 60, 250, 431, 432, 530, total].map(
    (index) => BigInt(start + index * 3_600_000) * 1_000_000n,
  );
  const stretches = edges.slice(1).map((end, place) => ({
    timestampAfter: formatTimestamp(edges[place] ?? 0n),
    timestampBefore: formatTimestamp(end - 1n),
  }));
  for (const filter of [{ words: ['other-1'] }, { actionName: ['SIGN_IN'] }] satisfies RecordFilter[]) {
    for (const search of [scanning, inLake]) {
      for (const size of [5, 30]) {
        const { entries, next } = await search.page(filter, { size });
        assert(next !== undefined);
        const rest: (readonly number[])[] = [];
        for (const stretch of stretches)
          rest.unshift(await find(search, { ...filter, ...stretch }, 20, next));
        const found = [...entries.map(({ index }) => index), ...rest.flat()];
        assert.deepEqual(found, await find(scanning, filter));
      }
    }
  }
});

test('where there is no time, a page ends early and the next goes on from there', async () => {
  const hasty = createRecordSearch({ ...source, scanMsMax: -1 });
  const filter: RecordFilter = { words: ['other-1'] };
  const { entries, next } = await hasty.page(filter, { size: 1_000 });
  assert(next !== undefined && next.index > firstIndex && entries.length < 116);
  assert.deepEqual(await find(hasty, filter), await find(scanning, filter));
  const { isComplete, total } = await count(hasty, filter);
  assert.deepEqual([isComplete, total], [false, entries.length]);
});

test('while the lake does not answer, the ledger does', async () => {
  const broken: LakeSearch = {
    ...lakeSearch,
    find: () => Promise.reject(new LakeError('storage', 'a file is gone')),
    count: () => Promise.reject(new LakeError('storage', 'a file is gone')),
  };
  const search = createRecordSearch({ ...source, lake: broken, scannedMax: -1, scanMsMax: 60_000 });
  const filter: RecordFilter = { words: ['other-1'], actionName: ['SIGN_IN'] };
  assert.deepEqual(await find(search, filter), await find(scanning, filter));
  assert.equal((await count(search, filter)).total, (await count(scanning, filter)).total);
  await assert.rejects(search.page(filter, { size: 5, before: { index: 400, lakeCursor: 'x' } }), {
    code: 'UNAVAILABLE',
  });
});

test('the lake is asked within the limits of the caller', async () => {
  const limits = { timeMs: 5_000, memoryMb: 64 };
  const seen: unknown[] = [];
  const watched: LakeSearch = {
    ...lakeSearch,
    find(filter, range, page) {
      seen.push(page.limits);
      return lakeSearch.find(filter, range, page);
    },
    count(filter, range, counter, given) {
      seen.push(given);
      return lakeSearch.count(filter, range, counter, given);
    },
  };
  const search = createRecordSearch({ ...source, lake: watched, scannedMax: -1, scanMsMax: 60_000 });
  const filter: RecordFilter = { words: ['other-1'] };
  await search.page(filter, { size: 1_000, limits });
  const now = formatTimestamp(BigInt(start) * 1_000_000n);
  await search.count(filter, { bucketsMax: 10, top: 1, now, limits });
  assert.deepEqual(seen, [limits, limits]);
});

test('where rows of the lake went before their records, the ledger is gone through', async () => {
  const before = '2100-01-01T00:00:00.000Z';
  await lake.removeOlder(auditLogTable, { time: new Date(before), beforeIndex: removable });
  await store.bookkeep((bookkeeper) =>
    bookkeeper
      .insertInto('lake_retention')
      .values({
        table_name: auditLogTable,
        days: 30,
        removed_before: before,
        removed_before_index: removable,
      })
      .execute(),
  );
  const filter: RecordFilter = { words: ['other-1'] };
  const expected = await find(scanning, filter);
  assert.ok(expected.some((index) => index < removable) && expected.some((index) => index > loaded));
  const notOld = expected.filter((index) => index >= removable).length;
  for (const size of [19, notOld - 1, notOld, notOld + 1, 117]) {
    assert.deepEqual(await find(inLake, filter, size), expected, `pages of ${size}`);
  }
  assert.equal((await count(inLake, filter)).total, expected.length);
});
