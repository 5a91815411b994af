import type { Bookkeeper } from '../store/store.ts';
import type { Event } from './group-outcomes.ts';

/** Keeps the matches that a correlation rule may ask for. @param rows those of signals. */
export async function keepSignals(
  bookkeeper: Bookkeeper,
  rows: readonly Event[],
  correlatedRules: ReadonlySet<string>,
): Promise<void> {
  for (const row of rows) {
    const { p_rule_id, p_row_id, p_ledger_index, p_event_time } = row;
    if (!correlatedRules.has(String(p_rule_id))) continue;
    await bookkeeper
      .insertInto('correlation_signals')
      .values({
        rule_id: String(p_rule_id),
        row_id: String(p_row_id),
        ledger_index: Number(p_ledger_index),
        event_at: `${String(p_event_time).slice(0, 23).replace(' ', 'T')}Z`,
        event: JSON.stringify(row),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
