import '../packages/server/src/config/thread-pool.ts';
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { checkLog } from '@pawprint/verifier';
import { sha256 } from '../packages/cli/src/sha256.ts';
import { MemoryJournal } from '../packages/ledger/tests/memory-journal.ts';
import { auditEntries } from './audit-entries.ts';
import { median, report, shown } from './report.ts';

/**
 * Sequences a long log and verifies the whole of it, as `pawprint verify log` does, with the resident memory at each step;
 * beside the limit that SHA-256 sets on this machine: hashing just what the tree needs, one leaf and one node an entry.
 * `node bench/whole-log.ts [millions of entries] [audit | bytes of each entry] [folder on the disk to measure]`
 */
const [millions = '10', kind = 'audit', parent = tmpdir()] = process.argv.slice(2);
const size = Number(millions) * 1e6;
const batchSize = 10_000;
const folder = await mkdtemp(join(parent, 'pawprint-whole-log-'));

const templates = kind === 'audit' ? auditEntries(batchSize) : [Buffer.alloc(Number(kind), '.')];

/** Entries that differ in their first eight bytes. */
function batchFrom(first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, position) => {
    const entry = Buffer.from(templates[position % templates.length] ?? []);
    entry.writeBigUInt64BE(BigInt(first + position));
    return entry;
  });
}

/** Seconds and resident megabytes at ten steps on the way to `size` entries. */
class Steps {
  readonly at: { entries: number; seconds: number; residentMB: number }[] = [];
  readonly #what: string;
  readonly #began = performance.now();

  constructor(what: string) {
    this.#what = what;
  }

  reach(entries: number): void {
    if (entries < (size / 10) * (this.at.length + 1)) return;
    const seconds = (performance.now() - this.#began) / 1_000;
    const residentMB = process.memoryUsage.rss() / 1e6;
    this.at.push({ entries, seconds, residentMB });
    console.log(
      `${this.#what} ${shown(entries)}: ${shown(entries / seconds)} entries/s, ${shown(residentMB)} MB resident`,
    );
  }

  get perSecond(): number {
    const { entries = 0, seconds = 1 } = this.at.at(-1) ?? {};
    return entries / seconds;
  }
}

/** Entries per second if nothing but their leaves and as many nodes were hashed. */
function hashLimit(): number {
  const leaves = batchFrom(0, batchSize);
  const node = new Uint8Array(65);
  const rounds = Array.from({ length: 20 }, () => {
    const began = performance.now();
    for (const leaf of leaves) {
      hash('sha256', leaf, 'binary');
      hash('sha256', node, 'binary');
    }
    return performance.now() - began;
  });
  return (batchSize * 1_000) / median(rounds);
}

const store = await openDirectoryStore(join(folder, 'log'));
const signer = await createSigner(join(folder, 'key.pem'), 'bench/ledger');
const journal = new MemoryJournal();
const ledger = await openLedger({ store, journal, signer, batchEntriesMax: batchSize, publishIntervalMs: 0 });
const sequenced = new Steps('sequenced');
while (ledger.size < size) {
  journal.add(batchFrom(ledger.size, Math.min(batchSize, size - ledger.size)));
  await ledger.settled();
  sequenced.reach(ledger.size);
}
await ledger.close();

const before = hashLimit();
const verified = new Steps('verified');
await checkLog({
  reader: store,
  vkey: signer.vkey,
  sha256,
  onEntries: (from, entries) => verified.reach(from + entries.length),
});
const limit = median([before, hashLimit()]);
console.log(
  `SHA-256 alone: ${shown(limit)} entries/s; verification reaches ${shown(verified.perSecond / limit)}`,
);
report('whole-log', {
  entries: size,
  entryBytes: median(templates.map(({ length }) => length)),
  sequenced: sequenced.at,
  verified: verified.at,
  hashLimitPerSecond: limit,
  shareOfHashLimit: verified.perSecond / limit,
});
await rm(folder, { recursive: true });
