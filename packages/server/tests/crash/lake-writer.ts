import { join } from 'node:path';
import { openLake } from '@pawprint/lake';
import { encodeEntry, formatTimestamp } from '@pawprint/record';
import { LakeCatalogue } from '../../src/lake/catalogue.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';

/**
 * A process that loads entries into the lake, a few at a time so that there is always something to merge, until it is killed.
 * Writes `loaded <next ledger index>` to standard output for each batch that was acknowledged.
 */
const [directory = '', table = ''] = process.argv.slice(2);
const store = await openSqliteStore(join(directory, 'pawprint.db'));
const catalogue = new LakeCatalogue(store);
const lake = await openLake({
  directory: join(directory, 'lake'),
  resultsDirectory: join(directory, 'results'),
  catalogue,
  clock: () => new Date(),
  onBackgroundError: (error) => {
    throw error;
  },
});

function entry(index: number): Uint8Array {
  const timestamp = formatTimestamp(BigInt(Date.now()) * 1_000_000n);
  const actor = { id: 'user-1', type: 'USER', name: 'Homer Simpson' } as const;
  const record = { actionName: 'GET_USER', actionResult: 'SUCCEEDED', actor, timestamp } as const;
  return encodeEntry({
    v: 1,
    id: index.toString(16).padStart(32, '0'),
    record: { ...record, pantherVersion: '0.1.0' },
  });
}

for (let fromIndex = await catalogue.cursor(table); ; ) {
  const entries = [entry(fromIndex), entry(fromIndex + 1)];
  ({ cursor: fromIndex } = await lake.append({ table, fromIndex, entries, sourceId: 's' }));
  process.stdout.write(`loaded ${fromIndex}\n`);
}
