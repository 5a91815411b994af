import { type AuditRecord, type HeldRecords, parseTimestamp, type RemovalDetails } from '@pawprint/record';
import type { Bookkeeper } from '../store/store.ts';
import { defaultRetentionDays } from './retention-periods.ts';

const actions = [
  'UPDATE_RETENTION_SETTINGS',
  'CREATE_LEGAL_HOLD',
  'RELEASE_LEGAL_HOLD',
  'REMOVE_EXPIRED_RECORDS',
] as const;
const decoder = new TextDecoder();

interface Period {
  readonly days: number;
  readonly setAt: string;
}

/**
 * Periods and holds as the records of a ledger tell them, read in order. What is told by records that were removed, each removal
 * tells again; and a record of a period outlasts all records that it was promised to.
 */
export class RecordedRetention {
  #periods: Period[] = [];
  #baseDays: number | undefined;
  readonly #holds = new Map<string, HeldRecords & { readonly createdAt: string }>();

  add(entries: readonly Uint8Array[]): void {
    for (const entry of entries) {
      const text = decoder.decode(entry);
      // Spares nearly every entry the parsing.
      if (actions.some((name) => text.includes(name))) this.#addRecord(JSON.parse(text).record);
    }
  }

  #addRecord({ actionName, actionResult, actionDetails = {}, timestamp }: AuditRecord): void {
    if (actionResult !== 'SUCCEEDED') return;
    const at = new Date(Number(parseTimestamp(timestamp) / 1_000_000n)).toISOString();
    const { before, after } = actionDetails as { before?: unknown; after?: unknown };
    if (actionName === 'UPDATE_RETENTION_SETTINGS') {
      this.#baseDays ??= (before as Period).days;
      this.#periods.push({ days: (after as Period).days, setAt: at });
    } else if (actionName === 'CREATE_LEGAL_HOLD') this.#hold(after as HeldRecords, at);
    else if (actionName === 'RELEASE_LEGAL_HOLD') this.#holds.delete((before as HeldRecords).id);
    else if (actionName === 'REMOVE_EXPIRED_RECORDS') {
      const { days, holds } = actionDetails as unknown as RemovalDetails;
      this.#baseDays ??= days;
      for (const hold of holds) this.#hold(hold, at);
    }
  }

  #hold(hold: HeldRecords, createdAt: string): void {
    if (!this.#holds.has(hold.id)) this.#holds.set(hold.id, { ...hold, createdAt });
  }

  /** Writes it down in a database that has none of it. */
  async store(bookkeeper: Bookkeeper): Promise<void> {
    const base = this.#baseDays ?? defaultRetentionDays;
    const first = base === defaultRetentionDays ? [] : [{ days: base, setAt: new Date(0).toISOString() }];
    for (const [at, { days, setAt }] of [...first, ...this.#periods].entries()) {
      await bookkeeper
        .insertInto('retention_periods')
        .values({ number: at + 1, days, set_at: setAt })
        .execute();
    }
    for (const { id, from, to, reason, createdAt } of this.#holds.values()) {
      await bookkeeper
        .insertInto('legal_holds')
        .values({
          id,
          from_index: from,
          to_index: to,
          reason,
          created_at: createdAt,
          created_by: null,
          released_at: null,
          released_by: null,
        })
        .execute();
    }
  }
}
