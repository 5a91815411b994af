import { join } from 'node:path';
import { createSigner, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { MemoryJournal } from '../packages/ledger/tests/memory-journal.ts';

export type Batches = readonly (readonly Uint8Array[])[];

/** `count` batches of `size` entries, which are used again when they run out. */
export function batchesOf(entries: readonly Uint8Array[], size: number, count: number): Batches {
  return Array.from({ length: count }, (_, at) => {
    const start = (at * size) % entries.length;
    return entries.slice(start, start + size);
  });
}

/** How many batches make a round of a moment. */
export function batchCount(batchSize: number): number {
  return Math.max(3, Math.min(50, 10_000 / batchSize));
}

/**
 * A ledger on the directory store, whose waiting entries are in memory so that no database is part of what is measured.
 * `run` returns the milliseconds until each of the batches was published, one after another.
 */
export async function openSequencing(folder: string, batchSize: number) {
  const journal = new MemoryJournal();
  const ledger = await openLedger({
    store: await openDirectoryStore(join(folder, 'log')),
    journal,
    signer: await createSigner(join(folder, 'key.pem'), 'bench/ledger'),
    batchEntriesMax: batchSize,
    publishIntervalMs: 0,
    onError: (error) => {
      throw error;
    },
  });
  return {
    async run(batches: Batches): Promise<number> {
      const began = performance.now();
      for (const batch of batches) {
        journal.add(batch);
        await ledger.settled();
      }
      return performance.now() - began;
    },
    close: () => ledger.close(),
  };
}
