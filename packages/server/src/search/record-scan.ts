import {
  type HistoryEntry,
  type HistorySource,
  historyRow,
  historyRows,
  readHistoryEntries,
} from '../followers/history.ts';
import type { Reader } from '../store/store.ts';
import type { HistoryRow } from '../store/tables.ts';
import { isPlain, matchesRecord, type RecordFilter } from './record-filter.ts';

/** Ledger indexes looked at in a step: few enough that a step holds up nobody in this process. */
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
  range: { readonly from: number; readonly end: number },
): AsyncGenerator<ScannedPart<HistoryEntry>> {
  for (const part of parts(range, entriesPerStep)) {
    const rows = await historyRows(reader, filter)
      .select('ledger_index')
      .where('ledger_index', '>=', part.from)
      .where('ledger_index', '<', part.end)
      .orderBy('ledger_index')
      .execute();
    // What was removed meanwhile is not there to be read.
    const indexes = rows.map((row) => row.ledger_index).filter((index) => index >= source.ledger.firstIndex);
    const entries = await readHistoryEntries(source, indexes);
    yield { from: part.from, found: entries.filter((entry) => matchesRecord(filter, entry)).toReversed() };
  }
}

/** As `scanEntries`, with what the history keeps of each record. */
export async function* scanRows(
  reader: Reader,
  source: HistorySource,
  filter: RecordFilter,
  range: { readonly from: number; readonly end: number },
): AsyncGenerator<ScannedPart<HistoryRow>> {
  if (!isPlain(filter)) {
    for await (const { from, found } of scanEntries(reader, source, filter, range)) {
      yield { from, found: found.map((entry) => historyRow(entry.index, entry)) };
    }
    return;
  }
  for (const { from, end } of parts(range, rowsPerStep)) {
    const found = await historyRows(reader, filter)
      .selectAll()
      .where('ledger_index', '>=', Math.max(from, source.ledger.firstIndex))
      .where('ledger_index', '<', end)
      .orderBy('ledger_index', 'desc')
      .execute();
    yield { from, found };
    // SQLite answers at once: others get their turn here.
    await new Promise(setImmediate);
  }
}

function* parts(
  { from, end }: { readonly from: number; readonly end: number },
  size: number,
): Generator<{ readonly from: number; readonly end: number }> {
  for (let next = end; next > from; next -= size) yield { from: Math.max(from, next - size), end: next };
}
