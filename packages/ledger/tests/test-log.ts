import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Checkpoint, CompactRange, checkLog, parseCheckpoint } from '@pawprint/verifier';
import { type Ledger, type LedgerOptions, openLedger } from '../src/ledger.ts';
import type { LedgerError } from '../src/ledger-error.ts';
import { sha256, treeHasher } from '../src/sha256.ts';
import { createSigner, type Signer } from '../src/signer.ts';
import { openDirectoryStore } from '../src/storage/directory-store.ts';
import type { ObjectStore } from '../src/storage/object-store.ts';
import type { Timers } from '../src/timers.ts';
import { Faults } from './faults.ts';
import { MemoryJournal } from './memory-journal.ts';

export const origin = 'log.example/ledger';

/** Where a log's objects are when they are not in its folder. */
export interface StorePlace {
  open(): Promise<ObjectStore>;
  /** Another place with the same objects. */
  copy(): Promise<StorePlace>;
}

/** Timers that jump ahead instead of waiting, and remember by how much. */
export class ImpatientTimers implements Timers {
  readonly delaysMs: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  /** What a clock must not do. */
  jump(byMs: number): void {
    this.#now += byMs;
  }

  start(run: () => void, delayMs: number): () => void {
    const immediate = setImmediate(() => {
      this.delaysMs.push(delayMs);
      this.#now += delayMs;
      run();
    });
    return () => clearImmediate(immediate);
  }
}

/** A ledger with all that outlives its process, and everything it ever promised. */
export class TestLog {
  readonly folder: string;
  readonly journal: MemoryJournal;
  /** Signs as the log does, and remembers every checkpoint, also those that were never published. */
  readonly signer: Signer;
  readonly #place: StorePlace | undefined;
  readonly #keySigner: Signer;
  readonly errors: LedgerError[] = [];
  recoveries = 0;
  /** Entries before this index were removed, which the caller of a ledger remembers. */
  removedTo = 0;
  #signed: Checkpoint[] = [];
  #acknowledged: Buffer[] = [];

  static async create(place?: StorePlace): Promise<TestLog> {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
    const signer = await createSigner(join(folder, 'key.pem'), origin);
    return new TestLog(folder, signer, new MemoryJournal(), place);
  }

  private constructor(folder: string, signer: Signer, journal: MemoryJournal, place?: StorePlace) {
    this.folder = folder;
    this.#place = place;
    this.journal = journal;
    this.#keySigner = signer;
    this.signer = {
      ...signer,
      sign: (message) => {
        this.#signed.push(parseCheckpoint(Buffer.from(message).toString()));
        return signer.sign(message);
      },
    };
  }

  get storeFolder(): string {
    return join(this.folder, 'objects');
  }

  get acknowledged(): readonly Buffer[] {
    return this.#acknowledged;
  }

  /** A second log with the same past. */
  async copy(): Promise<TestLog> {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
    await cp(this.folder, folder, { recursive: true });
    const copy = new TestLog(folder, this.#keySigner, this.journal.clone(), await this.#place?.copy());
    copy.#acknowledged = [...this.#acknowledged];
    copy.#signed = [...this.#signed];
    copy.removedTo = this.removedTo;
    return copy;
  }

  /** Acknowledges entries, each unlike any other. */
  add(count: number): void {
    const entries = Array.from({ length: count }, (_, position) => {
      const index = this.#acknowledged.length + position;
      return Buffer.from(`entry ${index} ${'.'.repeat(index % 40)}`);
    });
    this.#acknowledged = this.#acknowledged.concat(entries);
    this.journal.add(entries);
  }

  openStore(): Promise<ObjectStore> {
    return this.#place?.open() ?? openDirectoryStore(this.storeFolder);
  }

  async open(options: Partial<LedgerOptions> = {}, faults = new Faults(this.storeFolder)): Promise<Ledger> {
    return openLedger({
      store: faults.store(await this.openStore()),
      journal: faults.journal(this.journal),
      signer: this.signer,
      timers: new ImpatientTimers(),
      firstIndex: this.removedTo,
      retainUntil: () => new Date(Date.now() + 60_000),
      onError: (error) => this.errors.push(error),
      onRecovered: () => {
        this.recoveries += 1;
      },
      ...options,
    });
  }

  /** Opens without faults, publishes all that waits, closes, and checks everything. */
  async settle(options: Partial<LedgerOptions> = {}): Promise<void> {
    const ledger = await this.open(options);
    await ledger.settled();
    await ledger.close();
    await this.check();
  }

  /** With nothing waiting: the log verifies, and holds what was acknowledged, all of it, once, in order. */
  async check({ partialsLeft = false } = {}): Promise<void> {
    const store = await this.openStore();
    // Of what was removed the log holds hashes only, which are checked all the same.
    const entries: Uint8Array[] = this.#acknowledged.slice(0, this.removedTo);
    const onEntries = (_: number, bundle: readonly Uint8Array[]) => void entries.push(...bundle);
    const from = this.removedTo;
    const checkpoint = await checkLog({ reader: store, vkey: this.signer.vkey, sha256, from, onEntries });

    assert.equal(entries.length, this.#acknowledged.length);
    const different = entries.findIndex((entry, index) => !this.#acknowledged[index]?.equals(entry));
    assert.equal(different, -1, 'an entry is not the one that was acknowledged in its place');
    assert.equal(checkpoint.size, (await this.journal.published())?.size);
    this.#checkHistory(entries);
    await this.#checkKeys(await Array.fromAsync(store.list('')), partialsLeft);
  }

  /** All that was ever signed is one history. */
  #checkHistory(entries: readonly Uint8Array[]): void {
    const range = new CompactRange(treeHasher);
    const roots = [range.root().toHex()];
    for (const entry of entries) {
      range.append(treeHasher.leaf(entry));
      roots.push(range.root().toHex());
    }
    for (const { size, rootHash } of this.#signed)
      assert.equal(rootHash.toHex(), roots[size], `fork at ${size}`);
  }

  /** Partial objects are gone where full ones are, and no write has left a trace. */
  async #checkKeys(keys: readonly string[], partialsLeft: boolean): Promise<void> {
    const known = new Set(keys);
    for (const key of keys) {
      assert.match(key, /^(checkpoint|minimum-index|tile\/(entries|\d+)\/(x\d{3}\/)*\d{3}(\.p\/\d+)?)$/);
      const full = key.replace(/\.p\/\d+$/, '');
      assert.ok(full === key || partialsLeft || !known.has(full), `${key} is left over`);
    }
    if (this.#place === undefined) assert.deepEqual(await readdir(join(this.storeFolder, '.tmp')), []);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
