import {
  type HistoryEntry,
  type HistorySource,
  historyRow,
  historyRows,
  readHistoryEntries,
} from '../followers/history.ts';
import type { Reader } from '../store/store.ts';
import { indexesOfTimes } from './indexes-of-times.ts';
import type { IndexRange } from './lake-search.ts';
import type { CountedRow } from './record-counts.ts';
import { isPlain, matchesRecord, type RecordFilter } from './record-filter.ts';

/** Looked at in a step: few enough that a step holds up nobody in this process. */
const rowsPerStep = 2_000;
const entriesPerStep = 512;

/** A part of the ledger that was looked through, and what in it passes the filter, newest first. */
export interface ScannedPart<Found> {
  /** All from here on is looked through. */
  readonly from: number;
  readonly found: readonly Found[];
}

/** Goes through the ledger from below index `end` back to `from`, and reads what passes the filter. */
export async function* scanEntries(
  reader: Reader,
  source: HistorySource,
  filter: RecordFilter,
  range: IndexRange,
): AsyncGenerator<ScannedPart<HistoryEntry>> {
  for await (const { from, end, lookedFrom } of parts(reader, filter, range, entriesPerStep)) {
    const rows = await historyRows(reader, filter)
      .select('ledger_index')
      .where('ledger_index', '>=', from)
      .where('ledger_index', '<', end)
      .orderBy('ledger_index')
      .execute();
    // What was removed meanwhile is not there to be read.
    const indexes = rows.map((row) => row.ledger_index).filter((index) => index >= source.ledger.firstIndex);
    const entries = await readHistoryEntries(source, indexes);
    yield { from: lookedFrom, found: entries.filter((entry) => matchesRecord(filter, entry)).toReversed() };
  }
}

/** As `scanEntries`, with what the history keeps of each record. */
export async function* scanRows(
  reader: Reader,
  source: HistorySource,
  filter: RecordFilter,
  range: IndexRange,
): AsyncGenerator<ScannedPart<CountedRow>> {
  if (!isPlain(filter)) {
    for await (const { from, found } of scanEntries(reader, source, filter, range)) {
      yield { from, found: found.map((entry) => historyRow(entry.index, entry)) };
    }
    return;
  }
  for await (const { from, end, lookedFrom } of parts(reader, filter, range, rowsPerStep)) {
    const found = await historyRows(reader, filter)
      .select(['ledger_index', 'timestamp', 'action_name', 'action_result', 'actor_id', 'source_ip'])
      .where('ledger_index', '>=', Math.max(from, source.ledger.firstIndex))
      .where('ledger_index', '<', end)
      .orderBy('ledger_index', 'desc')
      .execute();
    yield { from: lookedFrom, found };
    // SQLite answers at once: others get their turn here.
    await new Promise(setImmediate);
  }
}

/** The range in steps from its end on, as far as there are records of the filter's times. */
async function* parts(
  reader: Reader,
  filter: RecordFilter,
  range: IndexRange,
  size: number,
): AsyncGenerator<IndexRange & { readonly lookedFrom: number }> {
  const within = await indexesOfTimes(reader, filter, range);
  for (let end = within.end; end > within.from; end -= size) {
    const from = Math.max(within.from, end - size);
    yield { from, end, lookedFrom: from === within.from ? range.from : from };
  }
}
