import '../packages/server/src/config/thread-pool.ts';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, type Ledger, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { MemoryJournal } from '../packages/ledger/tests/memory-journal.ts';
import { auditEntries } from './audit-entries.ts';
import { median, report, shown } from './report.ts';

/**
 * Entries per second made durable by the ledger on the directory store, batch by batch, beside the limit of the same disk:
 * appending the same bytes to one file with fdatasync after each batch. Both alternate. The waiting entries are in memory,
 * so that no database is part of it. `node bench/ledger.ts [rounds] [folder on the disk to measure]`
 */
const [rounds = '9', parent = tmpdir()] = process.argv.slice(2);
// Files stay until the end: on ext4 a deletion slows down for seconds the making of files beside it.
const folder = await mkdtemp(join(parent, 'pawprint-ledger-'));
const entries = auditEntries(10_000);
const bytes = entries.reduce((sum, entry) => sum + entry.length, 0);

async function sequence(ledger: Ledger, journal: MemoryJournal, batches: readonly Uint8Array[][]) {
  const began = performance.now();
  for (const batch of batches) {
    journal.add(batch);
    await ledger.settled();
  }
  return performance.now() - began;
}

function append(file: number, batches: readonly Uint8Array[][]): number {
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
  `batch  entries/s  MB/s  raw entries/s  raw MB/s  share of raw (entries of ${shown(bytes / entries.length)} bytes)`,
);
for (const batchSize of [1, 10, 100, 1_000, 10_000]) {
  const place = join(folder, String(batchSize));
  const store = await openDirectoryStore(place);
  const signer = await createSigner(`${place}.pem`, 'bench/ledger');
  const journal = new MemoryJournal();
  const ledger = await openLedger({
    store,
    journal,
    signer,
    batchEntriesMax: batchSize,
    publishIntervalMs: 0,
  });
  const raw = openSync(`${place}.raw`, 'a');
  const count = Math.max(3, Math.min(50, 10_000 / batchSize));
  const batches = Array.from({ length: count }, (_, at) => {
    const start = (at * batchSize) % entries.length;
    return entries.slice(start, start + batchSize);
  });
  const times: { ours: number; raw: number }[] = [];
  for (let round = -1; round < Number(rounds); round += 1) {
    const ours = await sequence(ledger, journal, batches);
    const time = { ours, raw: append(raw, batches) };
    // The first round warms both up.
    if (round >= 0) times.push(time);
  }
  await ledger.close();
  const perSecond = (ms: number) => (count * batchSize * 1_000) / ms;
  const megabytes = (ms: number) => (perSecond(ms) * bytes) / entries.length / 1e6;
  const [ours, limit] = [median(times.map((time) => time.ours)), median(times.map((time) => time.raw))];
  const share = median(times.map((time) => time.raw / time.ours));
  results[batchSize] = {
    entriesPerSecond: perSecond(ours),
    megabytesPerSecond: megabytes(ours),
    rawEntriesPerSecond: perSecond(limit),
    rawMegabytesPerSecond: megabytes(limit),
    shareOfRaw: share,
  };
  console.log(
    [batchSize, perSecond(ours), megabytes(ours), perSecond(limit), megabytes(limit), share]
      .map((value) => shown(value))
      .join('  '),
  );
}
report('ledger', { journal: 'memory', entryBytes: bytes / entries.length, ...results });
await rm(folder, { recursive: true });
