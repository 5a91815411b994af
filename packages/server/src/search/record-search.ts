import { LakeError } from '@pawprint/lake';
import { ActionError } from '../actions/action-error.ts';
import {
  type HistoryEntry,
  type HistorySource,
  historyEnd,
  readHistoryEntry,
  searchHistory,
} from '../followers/history.ts';
import type { Reader } from '../store/store.ts';
import type { IndexRange, LakeSearch, SearchLimits } from './lake-search.ts';
import { type ActorCount, RecordCounter, type RecordCounts } from './record-counts.ts';
import { isPlain, matchesRecord, type RecordFilter } from './record-filter.ts';
import { scanEntries, scanRows } from './record-scan.ts';
import { Turns } from './turns.ts';

/** Searches the audit records. What is shown is read from the ledger; docs/decisions/0018 says where it is looked for. */
export interface RecordSearch {
  /**
   * One page, newest first. Where there was no time to look through everything, it has fewer records than asked for, and
   * `next` to go on from. The paging stays correct while records arrive.
   * @param before where an earlier page ended.
   */
  page(
    filter: RecordFilter,
    page: {
      readonly size: number;
      readonly before?: SearchPosition | undefined;
      readonly limits?: SearchLimits;
    },
  ): Promise<RecordPage>;
  count(filter: RecordFilter, options: CountOptions): Promise<CountedRecords>;
}

/** Where a search goes on: below a ledger index, and there perhaps behind what the lake found so far. */
export interface SearchPosition {
  readonly index: number;
  /** The order in the lake is that of time, which may differ from that of the ledger. */
  readonly lakeCursor?: string | undefined;
}

export interface RecordPage {
  readonly entries: readonly HistoryEntry[];
  /** There may be more here; undefined where nothing is. */
  readonly next: SearchPosition | undefined;
  /** The first page holds what was below this ledger index; following from here on misses nothing and repeats nothing. */
  readonly end: number;
}

export interface CountOptions {
  readonly bucketsMax: number;
  /** How many of the most frequent values to tell, of each kind. */
  readonly top: number;
  /** A record timestamp: the histogram goes up to now, unless the filter says otherwise. */
  readonly now: string;
  readonly limits?: SearchLimits;
}

export interface CountedRecords extends RecordCounts {
  readonly actors: readonly NamedActorCount[];
  /** What is counted is from this ledger index on: what was before it is removed. */
  readonly begin: number;
  /** What is counted is below this ledger index: following from here on misses nothing and repeats nothing. */
  readonly end: number;
  /** False where there was no time to count the oldest. */
  readonly isComplete: boolean;
}

export interface NamedActorCount extends ActorCount {
  /** As it stands in their newest record; null where it has none. */
  readonly name: string | null;
}

export interface RecordSearchOptions extends HistorySource {
  readonly reader: Reader;
  readonly lake?: LakeSearch;
  /** So many records are looked through sooner than the lake, another process, has answered. */
  readonly scannedMax?: number;
  /** How long one search may look through records. */
  readonly scanMsMax?: number;
}

/** Searches at once, and how many more may wait. */
const searchesMax = 2;
const waitingMax = 50;

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof LakeError)) return error;
  const message = 'The data lake does not answer; search again from the newest record on';
  return new ActionError('UNAVAILABLE', message, { cause: error });
}

export function createRecordSearch({
  reader,
  lake,
  scannedMax = 10_000,
  scanMsMax = 2_000,
  ...source
}: RecordSearchOptions): RecordSearch {
  const turns = new Turns(searchesMax, waitingMax);

  return {
    async page(filter, { size, before, limits = {} }) {
      const end = before?.index ?? (await historyEnd(reader));
      // A part of a name is in no index: on its own it would hold up this process over a long history.
      if (isPlain(filter) && filter.actorName === undefined) {
        const { entries, next } = await searchHistory(reader, source, filter, { size, end });
        return { entries, next: next === undefined ? undefined : { index: next }, end };
      }
      return turns.take(async () => {
        const deadline = performance.now() + scanMsMax;
        const loaded = await lakePart(end, before?.lakeCursor !== undefined);
        const entries: HistoryEntry[] = [];
        if (before?.lakeCursor === undefined) {
          const next = await scanPage(filter, { from: loaded.end, end }, { entries, size, deadline, limits });
          if (next !== undefined) return { entries, next, end };
        }
        const page = { entries, size, deadline, limits };
        const next = await lakePage(filter, { range: loaded, cursor: before?.lakeCursor }, page).catch(
          (error: unknown) => {
            // Without the lake the ledger is gone through, from where the lake's order has no say yet.
            if (!(error instanceof LakeError) || before?.lakeCursor) throw asUnavailable(error);
            return scanPage(filter, loaded, page);
          },
        );
        if (next !== undefined) return { entries, next, end };
        const older = { from: firstIndex(), end: loaded.from };
        if (older.from >= older.end) return { entries, next: undefined, end };
        // Of a full page the last record may be any of the lake's.
        if (entries.length === size) return { entries, next: { index: older.end }, end };
        return { entries, next: await scanPage(filter, older, page), end };
      });
    },

    async count(filter, { bucketsMax, top, now, limits = {} }) {
      const counter = new RecordCounter(bucketsMax, [filter.timestampAfter, filter.timestampBefore ?? now]);
      const end = await historyEnd(reader);
      const isComplete = await turns.take(async () => {
        const loaded = await lakePart(end);
        if (!(await scanCount(filter, { from: loaded.end, end }, counter))) return false;
        if (!(await lakeCount(filter, loaded, counter, limits))) return false;
        return scanCount(filter, { from: firstIndex(), end: loaded.from }, counter);
      });
      const counts = counter.counts(top);
      return {
        ...counts,
        begin: firstIndex(),
        end,
        isComplete,
        actors: await Promise.all(counts.actors.map(named)),
      };
    },
  };

  function firstIndex(): number {
    return source.ledger.firstIndex;
  }

  /**
   * What of the ledger below `end` the lake is asked for; empty where it has nothing, or too little to ask for it.
   * @param isAsked it was, for what comes before in the order of the lake.
   */
  async function lakePart(end: number, isAsked = false): Promise<IndexRange> {
    const from = firstIndex();
    if (lake === undefined) return { from, end: from };
    const loaded = await lake.loaded();
    const begin = Math.max(loaded.from, from);
    if (isAsked) return { from: Math.min(begin, end), end };
    const loadedEnd = Math.min(loaded.end, end);
    return loadedEnd - begin > scannedMax ? { from: begin, end: loadedEnd } : { from, end: from };
  }

  interface Page {
    /** What is found is added. */
    readonly entries: HistoryEntry[];
    readonly size: number;
    /** By `performance.now()`. */
    readonly deadline: number;
    readonly limits: SearchLimits;
  }

  /** @returns where to go on, if the page is full or the time is over; undefined if the range was gone through. */
  async function scanPage(
    filter: RecordFilter,
    range: IndexRange,
    { entries, size, deadline }: Page,
  ): Promise<SearchPosition | undefined> {
    for await (const { from, found } of scanEntries(reader, source, filter, range)) {
      entries.push(...found);
      const last = entries[size - 1];
      if (entries.length > size && last !== undefined) {
        entries.length = size;
        return { index: last.index };
      }
      if (performance.now() > deadline && from > firstIndex()) return { index: from };
    }
    return undefined;
  }

  /** As `scanPage`, in the lake. */
  async function lakePage(
    filter: RecordFilter,
    { range, cursor }: { readonly range: IndexRange; readonly cursor: string | undefined },
    { entries, size, deadline, limits }: Page,
  ): Promise<SearchPosition | undefined> {
    if (lake === undefined || range.from >= range.end) return undefined;
    for (let lakeCursor = cursor; ; ) {
      const limit = Math.max(1, size - entries.length);
      const { indexes, next } = await lake.find(filter, range, {
        limit,
        cursor: lakeCursor || undefined,
        limits,
      });
      // That there is more is all that a full page has to know.
      if (entries.length === size)
        return indexes.length > 0 ? { index: range.end, lakeCursor: '' } : undefined;
      for (const entry of await Promise.all(indexes.map((index) => readHistoryEntry(source, index)))) {
        // The ledger has the last word: somebody may have been erased since.
        if (entry !== undefined && matchesRecord(filter, entry)) entries.push(entry);
      }
      if (next === undefined) return undefined;
      if (entries.length >= size || performance.now() > deadline)
        return { index: range.end, lakeCursor: next };
      lakeCursor = next;
    }
  }

  /** @returns whether there was time for all of the range. */
  async function scanCount(
    filter: RecordFilter,
    range: IndexRange,
    counter: RecordCounter,
  ): Promise<boolean> {
    const deadline = performance.now() + scanMsMax;
    for await (const { from, found } of scanRows(reader, source, filter, range)) {
      for (const row of found) counter.add(row);
      if (performance.now() > deadline && from > range.from) return false;
    }
    return true;
  }

  /** As `scanCount`, in the lake. */
  async function lakeCount(
    filter: RecordFilter,
    range: IndexRange,
    counter: RecordCounter,
    limits: SearchLimits,
  ): Promise<boolean> {
    if (lake === undefined || range.from >= range.end) return true;
    try {
      await lake.count(filter, range, counter, limits);
      return true;
    } catch (error) {
      if (!(error instanceof LakeError)) throw error;
      return scanCount(filter, range, counter);
    }
  }

  async function named({ index, name, ...actor }: ActorCount): Promise<NamedActorCount> {
    if (index === undefined) return { ...actor, name: name || null };
    const entry = await readHistoryEntry(source, index);
    return { ...actor, name: entry?.record.actor.name || null };
  }
}
