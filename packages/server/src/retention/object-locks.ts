import { entryBundlePath, tilePath, tileWidth } from '@pawprint/verifier';
import type { EntrySource } from '../followers/follow.ts';
import type { Store } from '../store/store.ts';
import { readBundle, recordTimeMs } from './expired-bundles.ts';
import { isHeld, readLegalHolds } from './legal-holds.ts';
import { handoverMs, keptUntilMs, type RetentionPeriods } from './retention-periods.ts';

/** How the objects of a store are locked that keeps locks. */
export interface ObjectLocks {
  /** Lengthens the lock of an object. One that lasts longer stays as it is. */
  retain(key: string, until: Date): Promise<void>;
  /** Puts an object under legal hold, or takes the hold away. */
  hold(key: string, isHeld: boolean): Promise<void>;
}

/** Makes the locks of stored objects what periods and holds say; objects are locked for the period when they are written. */
export interface LockKeeper {
  /**
   * Goes on where it was, also after a crash.
   * @param signal aborts it between two objects
   */
  run(periods: RetentionPeriods, signal: AbortSignal): Promise<void>;
  /** Records whose objects are still to be looked at. */
  readonly remaining: number;
}

const bundlesAtOnce = 8;
const bundlesPerReport = 64;

export function createLockKeeper(store: Store, ledger: EntrySource, locks: ObjectLocks): LockKeeper {
  const remaining = new Map<'retain' | 'hold', number>();

  /** Calls `visit` with the first index of each full bundle, from where the task was. What `key` names anew begins anew. */
  async function walk(
    kind: 'retain' | 'hold',
    key: string,
    signal: AbortSignal,
    visit: (from: number) => Promise<void>,
  ): Promise<void> {
    const task = `${kind} ${key}`;
    const end = ledger.size - (ledger.size % tileWidth);
    let next = Math.max(ledger.firstIndex, await readProgress(store, task));
    for (let bundles = 0; next < end; ) {
      remaining.set(kind, end - next);
      signal.throwIfAborted();
      const starts = Array.from({ length: bundlesAtOnce }, (_, at) => next + at * tileWidth);
      await allSettled(starts.filter((from) => from < end).map(visit));
      next = Math.min(end, next + bundlesAtOnce * tileWidth);
      bundles += bundlesAtOnce;
      if (next === end || bundles % bundlesPerReport === 0) await writeProgress(store, kind, task, next);
    }
    remaining.set(kind, 0);
  }

  async function retain(periods: RetentionPeriods, lengthenedAtMs: number, from: number): Promise<void> {
    const bundle = await readBundle(ledger, from);
    if (bundle === undefined) return;
    const madeAtMs = recordTimeMs(bundle.newestRecord);
    if (madeAtMs >= lengthenedAtMs + handoverMs) return;
    const until = new Date(keptUntilMs(periods, madeAtMs));
    await allSettled(objectsOf(from).map((key) => locks.retain(key, until)));
  }

  return {
    get remaining() {
      return [...remaining.values()].reduce((sum, records) => sum + records, 0);
    },
    async run(periods, signal) {
      const lengthened = periods.findLastIndex(({ days }, at) => days > (periods[at - 1]?.days ?? days));
      const since = periods[lengthened]?.setAtMs ?? 0;
      // Objects that are written later are locked for the longer period from the start.
      if (lengthened > 0)
        await walk('retain', String(lengthened), signal, (from) => retain(periods, since, from));

      const { ranges, version } = await readAllHolds(store);
      const holds = await readLegalHolds(store.reader);
      if (ranges.length === 0) return;
      await walk('hold', version, signal, async (from) => {
        const to = from + tileWidth;
        // Where there never was a hold there is none to take away.
        if (!isHeld(ranges, from, to)) return;
        await allSettled(objectsOf(from).map((key) => locks.hold(key, isHeld(holds, from, to))));
      });
    },
  };
}

/** Holds in force and released ones, and a text that changes with them. */
async function readAllHolds(store: Store) {
  const rows = await store.reader.selectFrom('legal_holds').selectAll().execute();
  const released = rows.filter(({ released_at }) => released_at !== null).length;
  return {
    ranges: rows.map((row) => ({ from: row.from_index, to: row.to_index })),
    version: `${rows.length}/${released}`,
  };
}

/** The bundle that begins at an index, its hash tile, and the tiles above that end with it. */
function objectsOf(from: number): readonly string[] {
  const keys = [entryBundlePath(from / tileWidth)];
  let tiles = from / tileWidth + 1;
  for (let level = 0; Number.isInteger(tiles); level += 1) {
    keys.push(tilePath(level, tiles - 1));
    tiles /= tileWidth;
  }
  return keys;
}

async function readProgress(store: Store, task: string): Promise<number> {
  const row = await store.reader
    .selectFrom('retention_progress')
    .select('next_index')
    .where('task', '=', task)
    .executeTakeFirst();
  return row?.next_index ?? 0;
}

async function writeProgress(store: Store, kind: string, task: string, nextIndex: number): Promise<void> {
  await store.bookkeep(async (bookkeeper) => {
    await bookkeeper.deleteFrom('retention_progress').where('task', 'like', `${kind} %`).execute();
    await bookkeeper.insertInto('retention_progress').values({ task, next_index: nextIndex }).execute();
  });
}

/** Waits for all, also when one fails, so that nothing is under way afterwards. */
async function allSettled(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((work) => work.status === 'rejected');
  if (failed) throw failed.reason;
}
