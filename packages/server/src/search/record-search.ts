import {
  type HistoryPage,
  type HistorySource,
  historyEnd,
  readHistoryEntry,
  searchHistory,
} from '../followers/history.ts';
import type { Reader } from '../store/store.ts';
import { type ActorCount, RecordCounter, type RecordCounts } from './record-counts.ts';
import { isPlain, type RecordFilter } from './record-filter.ts';
import { scanEntries, scanRows } from './record-scan.ts';
import { Turns } from './turns.ts';

/** Searches the audit records. What is shown is read from the ledger; docs/decisions/0018 says where it is looked for. */
export interface RecordSearch {
  /**
   * One page, newest first. Where there was no time to look through everything, it has fewer records than asked for, and
   * `next` to go on from.
   * @param before only records below this ledger index; the paging stays correct while records arrive.
   */
  page(
    filter: RecordFilter,
    page: { readonly size: number; readonly before?: number | undefined },
  ): Promise<HistoryPage>;
  count(filter: RecordFilter, options: CountOptions): Promise<CountedRecords>;
}

export interface CountOptions {
  readonly bucketsMax: number;
  /** How many of the most frequent values to tell, of each kind. */
  readonly top: number;
  /** A record timestamp: the histogram goes up to now, unless the filter says otherwise. */
  readonly now: string;
}

export interface CountedRecords extends RecordCounts {
  /** What is counted is below this ledger index: following from here on misses nothing and repeats nothing. */
  readonly end: number;
  readonly actors: readonly NamedActorCount[];
  /** False where there was no time to count the oldest. */
  readonly isComplete: boolean;
}

export interface NamedActorCount extends ActorCount {
  /** As it stands in their newest record; null where it has none. */
  readonly name: string | null;
}

export interface RecordSearchOptions extends HistorySource {
  readonly reader: Reader;
  /** How long one search may look through records. */
  readonly scanMsMax?: number;
}

/** Searches that look through records at once, and how many more may wait. */
const scansMax = 2;
const waitingMax = 50;

export function createRecordSearch({
  reader,
  scanMsMax = 2_000,
  ...source
}: RecordSearchOptions): RecordSearch {
  const turns = new Turns(scansMax, waitingMax);

  return {
    async page(filter, { size, before }) {
      const end = before ?? (await historyEnd(reader));
      if (isPlain(filter)) return searchHistory(reader, source, filter, { size, end });
      return turns.take(async () => {
        const deadline = performance.now() + scanMsMax;
        const range = { from: source.ledger.firstIndex, end };
        const entries = [];
        for await (const { from, found } of scanEntries(reader, source, filter, range)) {
          entries.push(...found);
          if (entries.length > size) {
            return { entries: entries.slice(0, size), next: entries[size - 1]?.index, end };
          }
          if (performance.now() > deadline && from > range.from) return { entries, next: from, end };
        }
        return { entries, next: undefined, end };
      });
    },

    async count(filter, { bucketsMax, top, now }) {
      const counter = new RecordCounter(bucketsMax, [filter.timestampAfter, filter.timestampBefore ?? now]);
      const end = await historyEnd(reader);
      const isComplete = await turns.take(async () => {
        const deadline = performance.now() + scanMsMax;
        const range = { from: source.ledger.firstIndex, end };
        for await (const { from, found } of scanRows(reader, source, filter, range)) {
          for (const row of found) counter.add(row);
          if (performance.now() > deadline && from > range.from) return false;
        }
        return true;
      });
      const counts = counter.counts(top);
      return { ...counts, end, isComplete, actors: await Promise.all(counts.actors.map(named)) };
    },
  };

  async function named(actor: ActorCount): Promise<NamedActorCount> {
    const entry = await readHistoryEntry(source, actor.index);
    return { ...actor, name: entry?.record.actor.name || null };
  }
}
