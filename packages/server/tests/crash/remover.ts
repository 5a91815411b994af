import { join } from 'node:path';
import { openLake } from '@pawprint/lake';
import { loadSigner, type ObjectStore, openDirectoryStore, openLedger } from '@pawprint/ledger';
import { createActionRunner } from '../../src/actions/run-action.ts';
import { LakeCatalogue } from '../../src/lake/catalogue.ts';
import { readFirstIndex } from '../../src/retention/removed-records.ts';
import { KnownPeriods, keepRetention } from '../../src/retention/retention.ts';
import { readRetentionPeriods } from '../../src/retention/retention-periods.ts';
import { createKeyWrapper } from '../../src/sealing/key-wrapper.ts';
import { SubjectKeys } from '../../src/sealing/subject-keys.ts';
import { OutboxJournal } from '../../src/store/outbox-journal.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openWitnessSigner } from '../../src/witnesses/witness-signer.ts';
import { createTestServices } from '../test-services.ts';

/**
 * A process that removes what is past its time from the instance in a data directory, and is killed at one of the operations
 * that change something, before or after it. Without a number it goes on to the end. Each operation is a line of standard
 * output.
 */
const [directory = '', aheadMs = '', at = 'never', moment = ''] = process.argv.slice(2);
let operations = 0;

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

async function step<T>(name: string, effect: () => Promise<T>): Promise<T> {
  const isLast = String(operations++) === at;
  if (isLast && moment === 'before') await die();
  const result = await effect();
  process.stdout.write(`${name}\n`);
  if (isLast) await die();
  return result;
}

function watched(objects: ObjectStore): ObjectStore {
  return {
    read: (key) => objects.read(key),
    write: (key, bytes, options) => step(`write ${key}`, () => objects.write(key, bytes, options)),
    retain: (key, until) => objects.retain(key, until),
    hold: (key, isHeld) => objects.hold(key, isHeld),
    delete: (key) => step(`delete ${key}`, () => objects.delete(key)),
    deleteAll: (prefix) => objects.deleteAll(prefix),
    list: (prefix) => objects.list(prefix),
  };
}

const opened = await openSqliteStore(join(directory, 'pawprint.db'));
const store: Store = {
  ...opened,
  transact: (work) => step('action', () => opened.transact(work)),
  bookkeep: (work) => step('bookkeeping', () => opened.bookkeep(work)),
  shrink: () => step('shrink', () => opened.shrink()),
};
const journal = await OutboxJournal.open(opened, '');
const signer = await loadSigner(join(directory, 'keys', 'ledger.pem'), journal.origin);
if (signer === undefined) throw new Error('there is no key');
const ledger = await openLedger({
  store: watched(await openDirectoryStore(join(directory, 'ledger'))),
  journal,
  signer,
  firstIndex: await readFirstIndex(store.reader),
});
const lake = await openLake({
  directory: join(directory, 'lake'),
  resultsDirectory: join(directory, 'results'),
  catalogue: new LakeCatalogue(store),
  clock: () => new Date(),
  onBackgroundError: (error) => {
    throw error;
  },
});
const nowMs = () => Date.now() + Number(aheadMs);
const runner = createActionRunner({
  transact: store.transact,
  reader: store.reader,
  services: createTestServices({
    ledger: Object.assign(ledger, { witnessed: undefined }),
    witnessSigner: await openWitnessSigner(join(directory, 'witness.pem')),
    subjectKeys: new SubjectKeys({ reader: store.reader, wrapper: createKeyWrapper(Buffer.alloc(32)) }),
    epochNanoseconds: () => BigInt(nowMs()) * 1_000_000n,
  }),
  onRecorded: () => ledger.notify(),
  onInternalError: (error) => {
    throw error;
  },
});
const retention = keepRetention({
  ...{ store, ledger, lake, runner, nowMs, repairs: { progress: () => undefined } },
  periods: new KnownPeriods(await readRetentionPeriods(store.reader)),
  systemErrors: {
    report: (_, message) => {
      throw new Error(message);
    },
    resolve: () => false,
    note: () => {},
    settled: async () => {},
  },
  bySystem: (description) => ({
    caller: { kind: 'system' },
    origin: {},
    description,
    input: {},
    params: { dynamic: {}, static: {} },
  }),
  folder: undefined,
  locks: undefined,
});
await retention.settled();
await retention.stop();
await lake.close();
await ledger.close();
await store.close();
