import { pantherAuditEvent } from '@pawprint/lake';
import { erasedText, type OpenedEntry } from '@pawprint/record';
import type { Bookkeeper, Store } from '../store/store.ts';
import type { Event, KeptWindow } from './group-outcomes.ts';

/** An entry that had data of the erased person, as it can be read now. */
export interface ErasedEntry {
  readonly index: number;
  readonly entry: OpenedEntry;
}

/** Takes what detections made of erased entries out of windows, alerts and rows that wait for the lake. */
export async function eraseFromDetections(
  store: Pick<Store, 'reader' | 'bookkeep'>,
  erased: readonly ErasedEntry[],
): Promise<void> {
  const byIndex = new Map(erased.map(({ index, entry }) => [index, entry]));
  await store.bookkeep(async (bookkeeper) => {
    await eraseWindows(bookkeeper, [...byIndex.keys()]);
    await eraseAlerts(bookkeeper, byIndex);
    await eraseRows(bookkeeper, byIndex);
    await bookkeeper
      .deleteFrom('correlation_signals')
      .where('ledger_index', 'in', [...byIndex.keys()])
      .execute();
  });
}

/** A window that may hold texts of an erased event ends: the next match opens another alert. */
async function eraseWindows(bookkeeper: Bookkeeper, indexes: readonly number[]): Promise<void> {
  const rows = await bookkeeper.selectFrom('dedup_windows').selectAll().execute();
  for (const { detection_id, dedup, state } of rows) {
    const { firstIndex, lastIndex }: KeptWindow = JSON.parse(state);
    const isOfThem = (index: number) =>
      firstIndex === null || lastIndex === null || (firstIndex <= index && index <= lastIndex);
    if (!indexes.some(isOfThem)) continue;
    await bookkeeper
      .deleteFrom('dedup_windows')
      .where('detection_id', '=', detection_id)
      .where('dedup', '=', dedup)
      .execute();
  }
}

/** What an alert says comes from the event that opened it; of which that was no record, nobody knows whose data it holds. */
async function eraseAlerts(bookkeeper: Bookkeeper, erased: ReadonlyMap<number, unknown>): Promise<void> {
  const openings = await bookkeeper
    .selectFrom('alert_activities')
    .select(['alert_id', 'body'])
    .where('kind', '=', 'CREATED')
    .execute();
  for (const { alert_id, body } of openings) {
    const { rowId, ledgerIndex } = JSON.parse(body);
    const mayHoldTheirs = ledgerIndex === undefined ? rowId !== undefined : erased.has(ledgerIndex);
    if (!mayHoldTheirs) continue;
    await bookkeeper
      .updateTable('alerts')
      .set({
        title: erasedText,
        dedup: erasedText,
        description: erasedText,
        runbook: erasedText,
        reference: erasedText,
        context: '{}',
      })
      .where('id', '=', alert_id)
      .execute();
  }
}

/** The rows are made anew of what can be read; what the detection said of them is gone. */
async function eraseRows(bookkeeper: Bookkeeper, erased: ReadonlyMap<number, OpenedEntry>): Promise<void> {
  const rows = await bookkeeper.selectFrom('lake_rows').selectAll().execute();
  for (const { table_name, position, row } of rows) {
    const values: Event = JSON.parse(row);
    const entry = erased.get(Number(values.p_ledger_index));
    if (entry === undefined) continue;
    await bookkeeper
      .updateTable('lake_rows')
      .set({ row: JSON.stringify(erasedRow(values, entry)) })
      .where('table_name', '=', table_name)
      .where('position', '=', position)
      .execute();
  }
}

function erasedRow(values: Event, entry: OpenedEntry): Event {
  const saidOfIt = Object.entries(values).filter(([name]) => /^p_(rule|alert)_/.test(name));
  const { p_source_id, p_parse_time, p_ledger_index } = values;
  return {
    ...pantherAuditEvent(entry, {
      parseTime: 0n,
      sourceId: String(p_source_id),
      ledgerIndex: Number(p_ledger_index),
    }),
    p_parse_time,
    ...Object.fromEntries(saidOfIt),
    p_dedup: erasedText,
    p_alert_context: {},
    ...('p_rule_error' in values && { p_rule_error: erasedText }),
  };
}
