import {
  entryBundlePath,
  formatMinimumIndex,
  type LogReader,
  minimumIndexPath,
  tileWidth,
} from '@pawprint/verifier';
import { EntryReader } from './entry-reader.ts';
import type { Journal } from './journal.ts';
import { LedgerError, type LedgerErrorCode } from './ledger-error.ts';
import { publishedObjects } from './published-objects.ts';
import { type LogState, type PublishedBatch, Sequencer } from './sequencer.ts';
import type { Signer } from './signer.ts';
import type { ObjectStore } from './storage/object-store.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface LedgerOptions {
  readonly store: ObjectStore;
  readonly journal: Journal;
  /** The name of its key is the log's origin. */
  readonly signer: Signer;
  /** Index of the first entry that was not removed before: a multiple of 256, 0 unless given. */
  readonly firstIndex?: number;
  /** Entries published with one signature; bounds memory. */
  readonly batchEntriesMax?: number;
  /** Under load at most one publication in this time, so that partial objects are not rewritten for each entry. */
  readonly publishIntervalMs?: number;
  /** Bytes of full entry bundles kept for reading. */
  readonly cacheBytesMax?: number;
  /**
   * Until when the full tiles and bundles written at this moment are locked in the store; undefined locks none. Their entries
   * are recorded before they are written, so the moment plus a period keeps the newest of them that long. Partial objects
   * and the checkpoint are replaced, and never locked.
   */
  readonly retainUntil?: () => Date | undefined;
  /**
   * Called once when something begins to fail. After `storage` and `journal` the ledger tries again by itself and
   * nothing is lost; `listener` is a subscriber's fault; any other code means that it has stopped for good.
   */
  readonly onError?: (error: LedgerError) => void;
  /** Called when the ledger works again after `onError`. */
  readonly onRecovered?: () => void;
  readonly timers?: Timers;
}

export type LedgerListener = (batch: {
  readonly from: number;
  readonly entries: readonly Uint8Array[];
}) => void;

/** An append-only log. It publishes what waits in the journal. */
export interface Ledger {
  /** Number of published entries. */
  readonly size: number;
  /** Index of the first entry that is kept; those before it were removed (C2SP tlog-tiles, Pruning: the minimum index). */
  readonly firstIndex: number;
  /** The signed note that covers them. */
  readonly checkpoint: string;
  /** The public key of the log as a "vkey" string (C2SP signed-note). */
  readonly vkey: string;
  /** The log as others read it: its `checkpoint`, the tiles and bundles of what is published, and `minimum-index`. */
  readonly objects: LogReader;
  /** Says that an entry may be waiting in the journal. */
  notify(): void;
  /**
   * The published entries from index `from` up to but not including `to`. All are held in memory.
   * @throws {LedgerError} `out_of_range`, `removed`, `storage`, `missing_object`, `corrupt_object`
   */
  read(from: number, to: number): Promise<Uint8Array[]>;
  /**
   * Calls with each batch after it is published, in order and without gaps: the first one begins at the `size` of this
   * moment. Returns the function that ends it.
   */
  subscribe(listener: LedgerListener): () => void;
  /**
   * Shows the entries before `index` to nobody any more. It is a multiple of 256, published, and never less than before. What
   * is stored of them stays until `deleteRemoved`, so the caller first makes sure that it will know `index` after a crash.
   */
  removeBefore(index: number): void;
  /**
   * Publishes `firstIndex` and deletes the stored bundles before it, one after another from that of entry `from` on. Hash
   * tiles stay: proofs need them. What is gone already is passed over, so that it can be done again after a crash.
   * @param onDeleted called every so often and at the end with the index up to which all is deleted
   * @throws {LedgerError} `storage`, also where the store keeps an object locked
   */
  deleteRemoved(from: number, onDeleted: (to: number) => Promise<void>): Promise<void>;
  /** Resolves when all that waited at the call is published, which it hastens. Rejects when the ledger has stopped or is closed. */
  settled(): Promise<void>;
  /** Publishes no more, after ending what is under way. What still waits stays in the journal. Reading goes on. */
  close(): Promise<void>;
}

/**
 * Opens the log of a store and a journal, or begins a new one.
 * @throws {LedgerError} `store_ahead`, `wrong_key`, `tree_mismatch`, `missing_object`, `corrupt_object`, `storage`, `journal`
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { batchEntriesMax = 4_096, ...rest } = options;
  const ledger = new SequencedLedger(rest, await Sequencer.open({ ...rest, batchEntriesMax }));
  ledger.notify();
  return ledger;
}

const retryDelayMsMin = 100;
const retryDelayMsMax = 5_000;
const retriedCodes: readonly LedgerErrorCode[] = ['storage', 'journal'];

/** Deleting so many bundles again after a crash takes no time to speak of. */
const bundlesPerReport = 64;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: LedgerError) => void;
}

class SequencedLedger implements Ledger {
  readonly vkey: string;
  readonly objects: LogReader;
  readonly #sequencer: Sequencer;
  readonly #reader: EntryReader;
  readonly #timers: Timers;
  readonly #publishIntervalMs: number;
  readonly #onError: (error: LedgerError) => void;
  readonly #onRecovered: () => void;
  readonly #listeners = new Set<LedgerListener>();
  readonly #store: ObjectStore;
  /** What readers and subscribers have been shown. */
  #state: LogState;
  #firstIndex: number;

  /** Something may be waiting that the cycle under way, if any, does not see. */
  #waiting = false;
  #waiters: Waiter[] = [];
  #cycle: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the next cycle may begin. */
  #nextAt = Number.NEGATIVE_INFINITY;
  #retryDelayMs = retryDelayMsMin;
  #failing = false;
  #stopped: LedgerError | undefined;

  constructor(options: Omit<LedgerOptions, 'batchEntriesMax'>, sequencer: Sequencer) {
    this.vkey = options.signer.vkey;
    this.objects = publishedObjects(options.store, () => ({
      ...this.#state.published,
      firstIndex: this.#firstIndex,
    }));
    this.#store = options.store;
    this.#firstIndex = options.firstIndex ?? 0;
    this.#sequencer = sequencer;
    this.#state = sequencer.state;
    this.#reader = new EntryReader(options.store, options.cacheBytesMax ?? 16 * 2 ** 20);
    this.#timers = options.timers ?? systemTimers;
    this.#publishIntervalMs = options.publishIntervalMs ?? 100;
    this.#onError = options.onError ?? (() => undefined);
    this.#onRecovered = options.onRecovered ?? (() => undefined);
  }

  get size(): number {
    return this.#state.published.size;
  }

  get checkpoint(): string {
    return this.#state.published.checkpoint;
  }

  notify(): void {
    this.#waiting = true;
    this.#schedule();
  }

  read(from: number, to: number): Promise<Uint8Array[]> {
    return this.#reader.read(this.#state, this.#firstIndex, from, to);
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  removeBefore(index: number): void {
    const isNext = index % tileWidth === 0 && index >= this.#firstIndex && index <= this.size;
    if (!isNext)
      throw new LedgerError(
        'out_of_range',
        `entries before ${index} can't be removed from a log of ${this.size}`,
      );
    this.#firstIndex = index;
    this.#reader.forgetBefore(index);
  }

  async deleteRemoved(from: number, onDeleted: (to: number) => Promise<void>): Promise<void> {
    const to = this.#firstIndex;
    await this.#store.write(minimumIndexPath, Buffer.from(formatMinimumIndex(to)));
    for (let bundle = Math.floor(from / tileWidth); bundle * tileWidth < to; bundle += 1) {
      const path = entryBundlePath(bundle);
      await this.#store.deleteAll(`${path}.p/`);
      await this.#store.delete(path);
      const next = (bundle + 1) * tileWidth;
      if (next === to || (bundle + 1) % bundlesPerReport === 0) await onDeleted(next);
    }
  }

  subscribe(listener: LedgerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  settled(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(this.#stopped);
      this.#waiters.push({ resolve, reject });
      // Somebody waits, so no others are waited for.
      if (!this.#failing) this.#endPause();
      this.notify();
    });
  }

  async close(): Promise<void> {
    this.#stop(new LedgerError('closed', 'the ledger is closed'));
    await this.#cycle;
  }

  #endPause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#nextAt = Number.NEGATIVE_INFINITY;
  }

  #schedule(): void {
    if (!this.#waiting || this.#cycle || this.#cancelTimer || this.#stopped) return;
    // However far a clock went back, the longest pause is the longest there is.
    const delayMs = Math.min(
      this.#nextAt - this.#timers.now(),
      Math.max(this.#publishIntervalMs, retryDelayMsMax),
    );
    if (delayMs > 0) {
      this.#cancelTimer = this.#timers.start(() => {
        this.#cancelTimer = undefined;
        this.#nextAt = Number.NEGATIVE_INFINITY;
        this.#schedule();
      }, delayMs);
      return;
    }
    this.#cycle = this.#runCycle().finally(() => {
      this.#cycle = undefined;
      this.#schedule();
    });
  }

  async #runCycle(): Promise<void> {
    const startedAt = this.#timers.now();
    const waiters = this.#waiters.splice(0);
    this.#waiting = false;
    try {
      const batch = await this.#sequencer.next();
      if (batch.entries.length > 0) {
        this.#show(batch);
        this.#nextAt = startedAt + this.#publishIntervalMs;
      }
      this.#retryDelayMs = retryDelayMsMin;
      await this.#removePartials();
      if (!batch.more) {
        for (const { resolve } of waiters) resolve();
        return;
      }
      // A full batch leaves hardly any partial object to rewrite, so the next need not wait.
      this.#nextAt = startedAt;
      this.#waiting = true;
    } catch (error) {
      this.#failed(error);
    }
    this.#waiters.unshift(...waiters);
    if (this.#stopped) this.#stop(this.#stopped);
  }

  #show({ state, from, entries }: PublishedBatch): void {
    this.#state = state;
    for (const listener of this.#listeners) {
      try {
        listener({ from, entries });
      } catch (cause) {
        this.#onError(new LedgerError('listener', 'a subscriber of the ledger failed', { cause }));
      }
    }
  }

  /** Failing here holds nothing up: the next cycle tries again. */
  async #removePartials(): Promise<void> {
    try {
      await this.#sequencer.removePartials();
    } catch (error) {
      this.#report(asLedgerError(error));
      return;
    }
    if (this.#failing) this.#onRecovered();
    this.#failing = false;
  }

  #failed(error: unknown): void {
    const failure = asLedgerError(error);
    if (retriedCodes.includes(failure.code)) {
      this.#report(failure);
      this.#waiting = true;
      this.#nextAt = this.#timers.now() + this.#retryDelayMs;
      this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, retryDelayMsMax);
    } else {
      this.#onError(failure);
      this.#stop(failure);
    }
  }

  #report(failure: LedgerError): void {
    if (!this.#failing) this.#onError(failure);
    this.#failing = true;
  }

  #stop(reason: LedgerError): void {
    this.#stopped ??= reason;
    this.#endPause();
    for (const { reject } of this.#waiters.splice(0)) reject(this.#stopped);
  }
}

function asLedgerError(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error;
  return new LedgerError('internal', 'the ledger failed by a mistake of its own', { cause: error });
}
