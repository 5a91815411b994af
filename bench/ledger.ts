import '../packages/server/src/config/thread-pool.ts';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditEntries } from './audit-entries.ts';
import { median, report, shown } from './report.ts';
import { type Batches, batchCount, batchesOf, openSequencing } from './sequencing.ts';

/**
 * Entries per second made durable by the ledger on the directory store, batch by batch, beside the limit of the same disk:
 * appending the same bytes to one file with fdatasync after each batch. Both alternate.
 * `node bench/ledger.ts [rounds] [folder on the disk to measure]`
 */
const [rounds = '9', parent = tmpdir()] = process.argv.slice(2);
// Files stay until the end: on ext4 a deletion slows down for seconds the making of files beside it.
const folder = await mkdtemp(join(parent, 'pawprint-ledger-'));
const entries = auditEntries(10_000);
const entryBytes = entries.reduce((sum, { length }) => sum + length, 0) / entries.length;

function append(file: number, batches: Batches): number {
  const parts = batches.map((batch) => Buffer.concat(batch));
  const began = performance.now();
  for (const part of parts) {
    writeSync(file, part);
    fdatasyncSync(file);
  }
  return performance.now() - began;
}

const results: Record<string, unknown> = {};
console.log(
  `Entries of ${shown(entryBytes)} bytes\nbatch  entries/s  MB/s  raw entries/s  raw MB/s  share of raw`,
);
for (const batchSize of [1, 10, 100, 1_000, 10_000]) {
  const place = await mkdtemp(join(folder, 'batch-'));
  const ledger = await openSequencing(place, batchSize);
  const file = openSync(join(place, 'raw'), 'a');
  const batches = batchesOf(entries, batchSize, batchCount(batchSize));
  const times: { ours: number; raw: number }[] = [];
  for (let round = -1; round < Number(rounds); round += 1) {
    const time = { ours: await ledger.run(batches), raw: append(file, batches) };
    // The first round warms both up.
    if (round >= 0) times.push(time);
  }
  await ledger.close();
  const perSecond = (which: 'ours' | 'raw') =>
    (batches.length * batchSize * 1_000) / median(times.map((time) => time[which]));
  const result = {
    entriesPerSecond: perSecond('ours'),
    megabytesPerSecond: (perSecond('ours') * entryBytes) / 1e6,
    rawEntriesPerSecond: perSecond('raw'),
    rawMegabytesPerSecond: (perSecond('raw') * entryBytes) / 1e6,
    shareOfRaw: median(times.map(({ ours, raw }) => raw / ours)),
  };
  results[batchSize] = result;
  console.log([batchSize, ...Object.values(result).map(shown)].join('  '));
}
report('ledger', { journal: 'memory', entryBytes, ...results });
await rm(folder, { recursive: true });
