import { randomBytes } from 'node:crypto';
import { type Entry, entryKeys, type OpenedEntry, openEntry, type SubjectKey } from '@pawprint/record';
import type { Capture, Reader } from '../store/store.ts';
import type { SubjectKeyRow } from '../store/tables.ts';
import type { KeyWrapper } from './key-wrapper.ts';
import { sealingCrypto } from './sealing-crypto.ts';

/** The keys for one new entry. */
export interface SealingKeys {
  readonly keys: ReadonlyMap<string, SubjectKey>;
  /** Those of them that are to stay in memory, once it is certain that they are kept. */
  readonly found: ReadonlyMap<string, SubjectKey>;
  /** Rows to be kept together with the entry. */
  readonly newRows: readonly SubjectKeyRow[];
}

/** Keys kept in memory, by id and by subject each. */
const cachedMax = 10_000;
/** SQLite binds at most 32,766 values in a statement. */
const idsMax = 1_000;

/** The keys that people's data is sealed under. Each is kept wrapped, and unwrapped in memory for as long as it is in use. */
export class SubjectKeys {
  readonly #reader: Reader;
  readonly #wrapper: KeyWrapper;
  /** Both from the least recently used, and only what is known to be committed. */
  readonly #byId = new Map<string, Uint8Array>();
  readonly #bySubject = new Map<string, SubjectKey>();
  /** Ids of keys that were destroyed: what was read of them before must not get back into memory. */
  readonly #destroyed = new Set<string>();
  readonly #onNewKeys: () => void;

  constructor({
    reader,
    wrapper,
    onNewKeys = () => {},
  }: {
    readonly reader: Reader;
    readonly wrapper: KeyWrapper;
    /** Told when keys were used for the first time. */
    readonly onNewKeys?: () => void;
  }) {
    this.#reader = reader;
    this.#wrapper = wrapper;
    this.#onNewKeys = onNewKeys;
  }

  /** The keys of subjects for an entry that `capture` is to record; give them to `committed` when it has. */
  async forSealing(
    subjects: Iterable<string>,
    capture: Pick<Capture, 'subjectKey'>,
    now: string,
  ): Promise<SealingKeys> {
    const keys = new Map<string, SubjectKey>();
    const found = new Map<string, SubjectKey>();
    const newRows: SubjectKeyRow[] = [];
    for (const subject of subjects) {
      const known = this.#bySubject.get(subject);
      if (known !== undefined) {
        touch(this.#bySubject, subject, known);
        keys.set(subject, known);
        continue;
      }
      const row = await capture.subjectKey(subject);
      const isKept = row !== undefined && row !== 'erased';
      const key = isKept ? { id: row.id, key: await this.#unwrap(row) } : newKey();
      keys.set(subject, key);
      // Whoever was erased stays erased: what is recorded of them still is sealed under a key that nobody keeps.
      if (row === 'erased') continue;
      found.set(subject, key);
      if (!isKept) newRows.push(await this.#wrapped(subject, key, now));
    }
    return { keys, found, newRows };
  }

  async #wrapped(subject: string, { id, key }: SubjectKey, now: string): Promise<SubjectKeyRow> {
    const wrapped = Buffer.from(await this.#wrapper.wrap(id, key)).toString('base64');
    return { id, subject, wrapped, created_at: now, archived_at: null };
  }

  /** What was recorded with these keys is durable: they may be used again. */
  committed({ found, newRows }: SealingKeys): void {
    for (const [subject, key] of found) {
      if (this.#destroyed.has(key.id)) continue;
      touch(this.#bySubject, subject, key);
      touch(this.#byId, key.id, key.key);
    }
    if (newRows.length > 0) this.#onNewKeys();
  }

  /** The entries as they may be read now. @throws Error for a key that does not fit what it sealed. */
  async open(entries: readonly Entry[]): Promise<readonly OpenedEntry[]> {
    const keys = await this.entryKeys(entries);
    return entries.map((entry, at) => openEntry(entry, keys[at] ?? [], sealingCrypto));
  }

  /** The keys of the boxes of each entry, in their order; undefined where they were destroyed. */
  async entryKeys(entries: readonly Entry[]): Promise<readonly (readonly (Uint8Array | undefined)[])[]> {
    const keyOf = await this.#keysOf(entries);
    return entries.map((entry) => entryKeys(entry, keyOf, sealingCrypto));
  }

  async #keysOf(entries: readonly Entry[]): Promise<(id: string) => Uint8Array | undefined> {
    const found = new Map<string, Uint8Array>();
    const unknown = new Set<string>();
    for (const entry of entries) {
      for (const { subject } of entry.v === 1 ? [] : entry.sealed) {
        const key = this.#byId.get(subject);
        if (key === undefined) unknown.add(subject);
        else found.set(subject, key);
      }
    }
    const ids = [...unknown];
    for (let start = 0; start < ids.length; start += idsMax) {
      const rows = await this.#reader
        .selectFrom('subject_keys')
        .selectAll()
        .where('id', 'in', ids.slice(start, start + idsMax))
        .execute();
      for (const row of rows) {
        const key = await this.#unwrap(row);
        found.set(row.id, key);
        if (!this.#destroyed.has(row.id)) touch(this.#byId, row.id, key);
      }
    }
    return (id) => found.get(id);
  }

  /** Takes a subject's key out of use, so that the next entry asks the database for it. */
  lookUpAgain(subject: string): void {
    this.#bySubject.delete(subject);
  }

  /** A subject's key was destroyed, durably. */
  forget(subject: string, keyId: string): void {
    this.#destroyed.add(keyId);
    this.#byId.delete(keyId);
    if (this.#bySubject.get(subject)?.id === keyId) this.#bySubject.delete(subject);
  }

  async #unwrap({ id, wrapped }: SubjectKeyRow): Promise<Uint8Array> {
    const key = await this.#wrapper.unwrap(id, Buffer.from(wrapped, 'base64'));
    if (key === undefined) throw new Error(`The master key does not open the key ${id}`);
    return key;
  }
}

function newKey(): SubjectKey {
  return { id: randomBytes(16).toString('hex'), key: randomBytes(32) };
}

function touch<Value>(cache: Map<string, Value>, name: string, value: Value): void {
  cache.delete(name);
  cache.set(name, value);
  for (const oldest of cache.keys()) {
    if (cache.size <= cachedMax) break;
    cache.delete(oldest);
  }
}
