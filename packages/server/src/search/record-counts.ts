import type { ActorType } from '@pawprint/record';
import { addressOfKey } from '../followers/history.ts';
import type { HistoryRow } from '../store/tables.ts';
import { type Bucket, Histogram } from './histogram.ts';

/** How many records have a value. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export interface ActorCount extends ValueCount {
  readonly type: ActorType;
  /** Ledger index of their newest record, where their name stands. */
  readonly index: number;
}

/** Records counted by what they have in common; of each kind the most frequent values first. */
export interface RecordCounts {
  readonly total: number;
  readonly intervalSeconds: number;
  readonly buckets: readonly Bucket[];
  readonly actions: readonly ValueCount[];
  readonly results: readonly ValueCount[];
  readonly actors: readonly ActorCount[];
  readonly sourceIPs: readonly ValueCount[];
}

type CountedRow = Omit<HistoryRow, 'entry_id' | 'actor_text'>;

/** Adds up records one after another. */
export class RecordCounter {
  readonly #histogram: Histogram;
  readonly #actions = new Map<string, number>();
  readonly #results = new Map<string, number>();
  readonly #sourceIPs = new Map<string, number>();
  readonly #actors = new Map<string, { count: number; type: ActorType; index: number }>();
  #total = 0;

  /** @param range record timestamps that the histogram is to cover at least. */
  constructor(bucketsMax: number, range: readonly (string | undefined)[] = []) {
    this.#histogram = new Histogram(bucketsMax);
    for (const end of range) if (end !== undefined) this.#histogram.cover(secondsOf(end));
  }

  add(row: CountedRow): void {
    this.#total += 1;
    this.#histogram.add(secondsOf(row.timestamp), row.action_result);
    increase(this.#actions, row.action_name);
    increase(this.#results, row.action_result);
    if (row.source_ip !== null) increase(this.#sourceIPs, row.source_ip);
    const actor = this.#actors.get(row.actor_id);
    if (actor !== undefined) actor.count += 1;
    else this.#actors.set(row.actor_id, { count: 1, type: row.actor_type, index: row.ledger_index });
  }

  /** @param top how many values of each kind. */
  counts(top: number): RecordCounts {
    return {
      total: this.#total,
      intervalSeconds: this.#histogram.intervalSeconds,
      buckets: this.#histogram.buckets(),
      actions: mostFrequent(this.#actions, top),
      results: mostFrequent(this.#results, top),
      sourceIPs: mostFrequent(this.#sourceIPs, top).map(({ value, count }) => ({
        value: addressOfKey(value),
        count,
      })),
      actors: Array.from(this.#actors, ([value, actor]) => ({ value, ...actor }))
        .sort(byCount)
        .slice(0, top),
    };
  }
}

function increase(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

function mostFrequent(counts: ReadonlyMap<string, number>, top: number): readonly ValueCount[] {
  return Array.from(counts, ([value, count]) => ({ value, count }))
    .sort(byCount)
    .slice(0, top);
}

function byCount(a: ValueCount, b: ValueCount): number {
  return b.count - a.count || (a.value < b.value ? -1 : 1);
}

/** Whole seconds since 1970 of a record's timestamp. */
function secondsOf(timestamp: string): number {
  return Date.parse(`${timestamp.slice(0, 10)}T${timestamp.slice(11, 19)}Z`) / 1_000;
}
