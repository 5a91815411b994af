import { readFileSync } from 'node:fs';
import { startDetecting } from '../../src/detections/detecting.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { snapshotDirectory } from '../detections/watched-log.ts';

/**
 * A process whose detections go through a log, a few entries at once, until it is killed or done. Writes `working` once it has written
 * something.
 */
const [database = '', log = ''] = process.argv.slice(2);
const entries = readFileSync(log, 'utf8').trim().split('\n').map(Buffer.from);
const entriesAtOnce = 5;

const store = await openSqliteStore(database);
const detecting = startDetecting({
  ...{ store, snapshotDirectory },
  ledger: {
    firstIndex: 0,
    size: entries.length,
    read: async (from, to) => entries.slice(from, Math.min(to, from + entriesAtOnce)),
    subscribe: () => () => undefined,
  },
  subjectKeys: new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) }),
  systemErrors: { report: () => undefined, resolve: () => false },
  watch: {
    failed(_, error) {
      throw error;
    },
    works: () => undefined,
  },
  epochNanoseconds: () => Temporal.Now.instant().epochNanoseconds,
  onDetected: () => process.stdout.write('working\n'),
});
await detecting.settled();
await detecting.stop();
await store.close();
