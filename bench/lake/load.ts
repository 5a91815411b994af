import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLake } from '@pawprint/lake';
import { MemoryCatalogue } from '../../packages/lake/src/testing/temporary-lake.ts';
import type { AuditLog } from './audit-log.ts';

const table = 'panther_logs.panther_audit';

/** Batches as the server's follower of the ledger gives them. */
const batchEntries = 8_192;

/** Loads entries with everything the product does, merging included, until a query counts them all. */
export async function loadRate(
  log: AuditLog,
  count: number,
  folder: string,
): Promise<{ perSecond: number; writerMemoryMb: number }> {
  const entries = Array.from({ length: count }, (_, index) => Buffer.from(log.entry(index)));
  const lake = await openLake({
    ...{ directory: join(folder, 'loaded'), resultsDirectory: join(folder, 'loaded-results') },
    ...{ catalogue: new MemoryCatalogue(), clock: () => new Date() },
    onBackgroundError: (error) => console.error(error),
  });
  let writerMemoryMb = 0;
  const startedAt = performance.now();
  for (let from = 0; from < count; from += batchEntries) {
    await lake.append({
      table,
      fromIndex: from,
      entries: entries.slice(from, from + batchEntries),
      sourceId: 'bench',
    });
    for (const pid of lake.processes().writers) writerMemoryMb = Math.max(writerMemoryMb, peakMemoryMb(pid));
  }
  const sql = `SELECT count(*) FROM ${table} HAVING count(*) = ${count}`;
  const { rowCount } = await lake.query({ id: 'count', sql, database: '', tables: [table], now: new Date() })
    .done;
  const seconds = (performance.now() - startedAt) / 1_000;
  if (rowCount !== 1) throw new Error('not all entries are found');
  await lake.close();
  return { perSecond: Math.round(count / seconds), writerMemoryMb };
}

function peakMemoryMb(pid: number): number {
  const [, kilobytes = '0'] = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1_000);
}
