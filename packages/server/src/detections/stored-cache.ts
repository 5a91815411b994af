import { type AnswerCall, type CachedValue, createCache, type DetectionCache } from '@pawprint/detections';
import { type OpenedEntry, parsePointer, valueAt } from '@pawprint/record';
import type { Bookkeeper, Store } from '../store/store.ts';

/** What a rule may keep under one key, in characters of its JSON. */
const valueLengthMax = 400 * 1024;
const keyLengthMax = 1024;

/** Shorter texts stand in a key by chance. */
const personalLengthMin = 3;

/** Ids of subjects' keys by the text of a list they are about; under '' those of the key and of all of the value. */
type Sources = Readonly<Record<string, readonly string[]>>;

interface Entry extends CachedValue {
  readonly sources: Sources;
}

/** Whose data an event holds: the id of the key it is sealed under, and what it is. */
interface EventSubject {
  readonly id: string;
  readonly texts: readonly string[];
}

/**
 * What detections remember, kept in the store. What they write stays in memory until it is written with all else that a batch comes
 * to: a batch that fails leaves nothing behind. Each value knows of whose events it was made, so that erasing a person reaches it.
 */
export class StoredCache {
  readonly #store: Pick<Store, 'reader' | 'bookkeep'>;
  readonly #nowSeconds: () => number;
  readonly #cache: DetectionCache;
  /** What this batch has asked for, as it is by now. */
  readonly #entries = new Map<string, Entry | undefined>();
  readonly #written = new Set<string>();
  #events: readonly (readonly EventSubject[])[] = [];
  /** Whose events what is being done now is about. */
  #subjects: readonly EventSubject[] = [];

  /** @param nowSeconds seconds since 1970. */
  constructor(store: Pick<Store, 'reader' | 'bookkeep'>, nowSeconds: () => number) {
    this.#store = store;
    this.#nowSeconds = nowSeconds;
    this.#cache = createCache(
      {
        get: (key) => this.#entries.get(key),
        set: (key, value) => this.#set(key, value),
        delete: (key) => this.#keep(key, undefined),
      },
      nowSeconds,
    );
  }

  readonly answer: AnswerCall = async (operation, args, event) => {
    const [key] = args;
    if (typeof key === 'string' && !this.#entries.has(key)) this.#entries.set(key, await this.#read(key));
    // A sandbox could say anything; then it may be any of them.
    this.#subjects = this.#events[event ?? -1] ?? this.#events.flat();
    return this.#cache.answer(operation, args, event);
  };

  /** Forgets what was not written: a batch with these events begins. */
  begin(events: readonly OpenedEntry[]): void {
    this.#entries.clear();
    this.#written.clear();
    this.#events = events.map(subjectsOf);
  }

  async write(bookkeeper: Bookkeeper): Promise<void> {
    for (const key of this.#written) await writeEntry(bookkeeper, key, this.#entries.get(key));
    await bookkeeper.deleteFrom('detection_cache').where('expires_at', '<=', this.#nowSeconds()).execute();
  }

  /** Takes away what was made of events with data of a person, by the id of their key. No batch may be under way. */
  async erase(keyId: string): Promise<void> {
    await this.#store.bookkeep(async (bookkeeper) => {
      const rows = await bookkeeper
        .selectFrom('detection_cache')
        .selectAll()
        .where('sources', 'like', `%${keyId}%`)
        .execute();
      for (const row of rows) {
        const { value, sources, expiresAt } = entryOf(row);
        const isErased = (text: string) => sources[text]?.includes(keyId) === true;
        const left = isTexts(value) ? value.filter((text) => !isErased(text)) : [];
        const entry =
          isErased('') || left.length === 0
            ? undefined
            : withSources(left, expiresAt, (text) => sources[text]);
        await writeEntry(bookkeeper, row.key, entry);
      }
    });
  }

  async #read(key: string): Promise<Entry | undefined> {
    const row = await this.#store.reader
      .selectFrom('detection_cache')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirst();
    return row && entryOf(row);
  }

  #set(key: string, { value, expiresAt }: CachedValue): void {
    if (key.length > keyLengthMax) throw new Error(`a key is at most ${keyLengthMax} characters`);
    if (JSON.stringify(value).length > valueLengthMax)
      throw new Error(`what is kept under ${key} would be more than ${valueLengthMax} characters`);
    const before = this.#entries.get(key)?.sources ?? {};
    const now = this.#subjects.map(({ id }) => id);
    const named = this.#subjects.filter(({ texts }) => texts.some((text) => key.includes(text)));
    const ofAll = isTexts(value) ? named.map(({ id }) => id) : now;
    const entry = withSources(value, expiresAt, (text) =>
      text === '' ? [...new Set([...(before[''] ?? []), ...ofAll])] : (before[text] ?? now),
    );
    this.#keep(key, entry);
  }

  #keep(key: string, entry: Entry | undefined): void {
    this.#entries.set(key, entry);
    this.#written.add(key);
  }
}

async function writeEntry(bookkeeper: Bookkeeper, key: string, entry: Entry | undefined): Promise<void> {
  if (entry === undefined) {
    await bookkeeper.deleteFrom('detection_cache').where('key', '=', key).execute();
    return;
  }
  const row = {
    value: JSON.stringify(entry.value),
    expires_at: entry.expiresAt,
    sources: JSON.stringify(entry.sources),
  };
  await bookkeeper
    .insertInto('detection_cache')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute();
}

function entryOf({
  value,
  expires_at,
  sources,
}: {
  readonly value: string;
  readonly expires_at: number;
  readonly sources: string;
}): Entry {
  return { value: JSON.parse(value), expiresAt: expires_at, sources: JSON.parse(sources) };
}

/** A value with the sources of itself and, of a list, of each of its texts; what has none is left out. */
function withSources(
  value: CachedValue['value'],
  expiresAt: number,
  sourcesOf: (text: string) => readonly string[] | undefined,
): Entry {
  const sources = ['', ...(isTexts(value) ? value : [])].flatMap((text) => {
    const ids = sourcesOf(text) ?? [];
    return ids.length === 0 ? [] : [[text, ids] as const];
  });
  return { value, expiresAt, sources: Object.fromEntries(sources) };
}

function isTexts(value: CachedValue['value']): value is readonly string[] {
  return Array.isArray(value);
}

function subjectsOf(entry: OpenedEntry): readonly EventSubject[] {
  if (!('sealed' in entry)) return [];
  return entry.sealed
    .filter((part) => 'key' in part)
    .map(({ subject, at }) => ({
      id: subject,
      texts: at
        .map((pointer) => valueAt(entry.record, parsePointer(pointer) ?? []))
        .filter((text) => typeof text === 'string')
        .filter((text) => text.length >= personalLengthMin),
    }));
}
