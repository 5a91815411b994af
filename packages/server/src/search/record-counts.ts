import type { ActionResult } from '@pawprint/record';
import { addressKey, addressOfKey } from '../followers/history.ts';
import type { HistoryRow } from '../store/tables.ts';
import { type Bucket, Histogram } from './histogram.ts';

/** How many records have a value. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export interface ActorCount extends ValueCount {
  /** Ledger index of their newest record, where their name stands; undefined where only the name is known. */
  readonly index?: number | undefined;
  readonly name?: string | null | undefined;
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

/** What of a record is counted. */
export type CountedRow = Omit<HistoryRow, 'entry_id' | 'actor_type' | 'actor_text'>;

/** Adds up records one after another. */
export class RecordCounter {
  readonly #histogram: Histogram;
  readonly #actions = new Map<string, number>();
  readonly #results = new Map<string, number>();
  readonly #sourceIPs = new Map<string, number>();
  #total = 0;
  readonly #actors = new Map<string, { count: number; index?: number; name?: string | null }>();

  /** @param range record timestamps that the histogram is to cover at least. */
  constructor(bucketsMax: number, range: readonly (string | undefined)[] = []) {
    this.#histogram = new Histogram(bucketsMax);
    for (const end of range) if (end !== undefined) this.#histogram.cover(secondsOf(end));
  }

  add(row: CountedRow): void {
    this.addSpan(secondsOf(row.timestamp), row.action_result, 1);
    this.addAction(row.action_name, 1);
    if (row.source_ip !== null) increase(this.#sourceIPs, row.source_ip, 1);
    this.addActor(row.actor_id, 1, { index: row.ledger_index });
  }

  /** Makes the buckets of the histogram no shorter than this. */
  coarsen(seconds: number): void {
    this.#histogram.coarsen(seconds);
  }

  addSpan(seconds: number, result: ActionResult, count: number): void {
    this.#total += count;
    this.#histogram.add(seconds, result, count);
    increase(this.#results, result, count);
  }

  addAction(name: string, count: number): void {
    increase(this.#actions, name, count);
  }

  /** What is no address counts as none. */
  addAddress(text: string, count: number): void {
    const key = addressKey(text);
    if (key !== undefined) increase(this.#sourceIPs, key, count);
  }

  /** @param named the first that is told of an actor's name holds. */
  addActor(
    id: string,
    count: number,
    named: { readonly index?: number; readonly name?: string | null },
  ): void {
    const actor = this.#actors.get(id);
    if (actor !== undefined) actor.count += count;
    else this.#actors.set(id, { count, ...named });
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

function increase(counts: Map<string, number>, value: string, count: number): void {
  counts.set(value, (counts.get(value) ?? 0) + count);
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
