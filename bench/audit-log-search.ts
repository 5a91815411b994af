import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLake } from '@pawprint/lake';
import { formatTimestamp, type OpenedEntry } from '@pawprint/record';
import { addressRange, historyFollower } from '../packages/server/src/followers/history.ts';
import { LakeCatalogue } from '../packages/server/src/lake/catalogue.ts';
import { auditLogTable } from '../packages/server/src/lake/lake-loader.ts';
import { createLakeSearch } from '../packages/server/src/search/lake-search.ts';
import type { RecordFilter } from '../packages/server/src/search/record-filter.ts';
import { createRecordSearch } from '../packages/server/src/search/record-search.ts';
import { openSqliteStore } from '../packages/server/src/store/sqlite-store.ts';
import { auditLog, logEnd } from './lake/audit-log.ts';
import { median, report, shown } from './report.ts';

/**
 * Pages and counts of the audit log's search over five years of records: with the lake, and going through the ledger alone, which
 * stops after two seconds. Usage: node bench/audit-log-search.ts [records] [repeats]
 */
const [size = '200000', repeats = '5'] = process.argv.slice(2);
const records = Number(size);
const folder = await mkdtemp(join(tmpdir(), 'pawprint-bench-'));
const log = auditLog(records, 1);
const encoder = new TextEncoder();
const encoded = Array.from({ length: records }, (_, index) => encoder.encode(log.entry(index)));
const subjectKeys = { open: async (list: readonly unknown[]) => list as readonly OpenedEntry[] };
const store = await openSqliteStore(join(folder, 'pawprint.db'));
const catalogue = new LakeCatalogue(store);
const lake = await openLake({
  directory: join(folder, 'lake'),
  resultsDirectory: join(folder, 'results'),
  catalogue,
  clock: () => new Date(),
  onBackgroundError: console.error,
});
try {
  const history = historyFollower(store, subjectKeys);
  for (let from = 0; from < records; from += 5_000) {
    const batch = encoded.slice(from, from + 5_000);
    await history.handle(from, batch);
    await lake.append({ table: auditLogTable, fromIndex: from, entries: batch, sourceId: 'bench' });
  }
  const source = {
    reader: store.reader,
    subjectKeys,
    ledger: {
      ...{ size: records, firstIndex: 0, subscribe: () => () => {} },
      read: async (from: number, to: number) => encoded.slice(from, to),
    },
  };
  const withLake = createRecordSearch({ ...source, lake: createLakeSearch(lake, catalogue, store.reader) });
  const alone = createRecordSearch(source);
  const { targetId, actorId, sourceIP } = log.probe(Math.floor(records / 3));
  const filters: Readonly<Record<string, RecordFilter>> = {
    'one actor': { actorId },
    'one address': { sourceIP: addressRange(sourceIP) },
    'a word of one old record': { words: [targetId] },
    'a word of many records': { words: ['failed'] },
    'an actor and a word': { actorId, words: ['succeeded'] },
    'a field': { fields: [{ path: ['sourceIP'], operator: 'EQUALS', value: sourceIP }] },
    'failures, no word': { actionResult: ['FAILED'] },
  };
  const now = formatTimestamp(BigInt(logEnd) * 1_000_000n);
  const results: Record<string, unknown> = {};
  for (const [name, filter] of Object.entries(filters)) {
    for (const [how, search] of Object.entries({ withLake, alone })) {
      const page = await timed(async () => {
        const { entries, next } = await search.page(filter, { size: 100 });
        return entries.length === 100 || next === undefined;
      });
      const count = await timed(
        async () => (await search.count(filter, { bucketsMax: 100, top: 10, now })).isComplete,
      );
      results[`${name}, ${how}`] = { page, count };
      console.log(`${name}, ${how}: page ${text(page)}, count ${text(count)}`);
    }
  }
  report('audit-log-search', { records, results });
} finally {
  await lake.close();
  await store.close();
  await rm(folder, { recursive: true });
}

interface Timed {
  readonly ms: number;
  readonly isComplete: boolean;
}

async function timed(run: () => Promise<boolean>): Promise<Timed> {
  const times: number[] = [];
  let isComplete = true;
  for (let repeat = 0; repeat < Number(repeats); repeat += 1) {
    const start = performance.now();
    isComplete = await run();
    times.push(performance.now() - start);
  }
  return { ms: median(times), isComplete };
}

function text({ ms, isComplete }: Timed): string {
  return `${shown(ms)} ms${isComplete ? '' : ' (not all)'}`;
}
