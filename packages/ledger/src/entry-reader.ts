import { readEntryBundle, tileWidth } from '@pawprint/verifier';
import { LedgerError, withLedgerErrors } from './ledger-error.ts';
import type { LogState } from './sequencer.ts';
import type { ObjectStore } from './storage/object-store.ts';

/** Reads entries, keeping the full bundles that were used last. */
export class EntryReader {
  readonly #store: ObjectStore;
  readonly #cacheBytesMax: number;
  /** From the least recently used; full bundles never change. */
  readonly #cache = new Map<number, readonly Uint8Array[]>();
  #cacheBytes = 0;

  constructor(store: ObjectStore, cacheBytesMax: number) {
    this.#store = store;
    this.#cacheBytesMax = cacheBytesMax;
  }

  /** The entries from index `from` up to but not including `to`, of which none is before `firstIndex`. */
  async read(
    { published, edge }: LogState,
    firstIndex: number,
    from: number,
    to: number,
  ): Promise<Uint8Array[]> {
    if (
      !Number.isSafeInteger(from) ||
      !Number.isSafeInteger(to) ||
      from < 0 ||
      from > to ||
      to > published.size
    ) {
      throw new LedgerError(
        'out_of_range',
        `entries ${from} to ${to} are not all in a log of ${published.size}`,
      );
    }
    if (from < firstIndex && from < to) {
      throw new LedgerError('removed', `entries before ${firstIndex} were removed when their time was over`);
    }
    const entries: Uint8Array[] = [];
    for (let index = from; index < to; ) {
      const bundle = Math.floor(index / tileWidth);
      const start = bundle * tileWidth;
      // The partial bundle is in memory already.
      const stored = start + tileWidth > published.size ? edge.entries : await this.#readBundle(bundle);
      entries.push(...stored.slice(index - start, to - start));
      index = start + tileWidth;
    }
    return entries;
  }

  /** Keeps nothing of the bundles whose entries are all before `index`. */
  forgetBefore(index: number): void {
    for (const bundle of this.#cache.keys()) if ((bundle + 1) * tileWidth <= index) this.#forget(bundle);
  }

  async #readBundle(index: number): Promise<readonly Uint8Array[]> {
    const known = this.#cache.get(index);
    const entries = known ?? (await withLedgerErrors('the log', () => readEntryBundle(this.#store, index)));
    this.#forget(index);
    this.#cache.set(index, entries);
    this.#cacheBytes += bytesOf(entries);
    for (const oldest of this.#cache.keys()) {
      if (this.#cacheBytes <= this.#cacheBytesMax) break;
      this.#forget(oldest);
    }
    return entries;
  }

  #forget(index: number): void {
    this.#cacheBytes -= bytesOf(this.#cache.get(index) ?? []);
    this.#cache.delete(index);
  }
}

// Measured on short entries; without it a cache of bytes would hold millions of them.
const viewBytes = 128;

function bytesOf(entries: readonly Uint8Array[]): number {
  return entries.reduce((sum, entry) => sum + entry.length + viewBytes, 0);
}
