import type { AuditRecord } from './audit-record.ts';
import { canonicalBytes, canonicalJson } from './canonical-json.ts';
import {
  type Entry,
  encodeEntry,
  type OpenedEntry,
  type OpenedPart,
  type SealedPart,
  sealedText,
} from './entry.ts';
import {
  addLeaves,
  formatPointer,
  type JsonPath,
  parsePointer,
  valueAt,
  withValues,
} from './json-pointer.ts';
import type { PersonalPlace } from './personal.ts';
import { RecordError } from './record-error.ts';
import {
  capRecord,
  entryBytesMax,
  isWithinTextLimits,
  recordBytesMax,
  type Sha256,
  smallLengthMax,
} from './size-caps.ts';

/** What stands where a person's data can't be read any more (or is not opened for this reader). */
export const erasedText = '(erased)';

/** The `info` of HKDF-SHA256 (RFC 5869) for the key of one entry's box; its salt is the entry's id in ASCII. */
export const entryKeyInfo = 'pawprint/entry-key@v1';

/** The nonce of every box: the key of a box is used for this one. */
export const boxNonce = new Uint8Array(12);

/** Encrypts with AES-256-GCM under `boxNonce`: the ciphertext with its 16 bytes of tag behind it. */
export type Encrypt<Result> = (key: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array) => Result;

/** What sealing and opening need of a cryptographic library. */
export interface SealingCrypto {
  readonly sha256: Sha256;
  /** The key of one entry's box: 32 bytes, by HKDF-SHA256 as `entryKeyInfo` says. */
  entryKey(subjectKey: Uint8Array, entryId: string): Uint8Array;
  readonly encrypt: Encrypt<Uint8Array>;
  /** The plaintext, or undefined where the key or the additional data are not those it was encrypted with. */
  decrypt(key: Uint8Array, box: Uint8Array, additionalData: Uint8Array): Uint8Array | undefined;
}

/** The key that a person's data is sealed under, and its name in the entries. */
export interface SubjectKey {
  /** 32 hexadecimal digits, random: it tells nothing of the person. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** Where every record has data of its actor. */
export const actorPaths: readonly JsonPath[] = [
  ['actor', 'name'],
  ['actor', 'attributes'],
  ['sourceIP'],
  ['XForwardedFor'],
  ['userAgent'],
];

/**
 * The canonical JSON of a new entry whose personal places are sealed, whatever the record holds: what is too large or
 * no JSON is replaced as `capRecord` says. Without personal data it is an entry of version 1.
 * @param id never used before: it keeps the key of the box from being used twice
 * @param keyOf the key of each subject among the places
 */
export function sealedEntryJson(
  { id, record, places }: { id: string; record: AuditRecord; places: readonly PersonalPlace[] },
  keyOf: (subject: string) => SubjectKey,
  crypto: SealingCrypto,
): string {
  const seal = (capped: AuditRecord) =>
    canonicalJson(sealEntry({ id, record: capped, places }, keyOf, crypto));
  // Nearly every record needs nothing replaced. What is sealed takes more room in its box than it took before.
  const text = isWithinTextLimits(record) ? orUndefined(() => seal(record)) : undefined;
  if (text !== undefined && text.length <= smallLengthMax) return text;
  for (const bytesMax of [recordBytesMax, recordBytesMax / 2]) {
    const sealed = seal(capRecord(record, crypto.sha256, bytesMax));
    if (encoder.encode(sealed).length <= entryBytesMax) return sealed;
  }
  // Very many small secrets of very many people: each needs far more room sealed.
  return seal(capRecord(record, crypto.sha256, 0));
}

function orUndefined<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/** The entry of a record that is within its limits. */
function sealEntry(
  { id, record, places }: { id: string; record: AuditRecord; places: readonly PersonalPlace[] },
  keyOf: (subject: string) => SubjectKey,
  crypto: SealingCrypto,
): Entry {
  const leaves = Map.groupBy(distinctLeaves(record, places), ({ subject }) => subject);
  if (leaves.size === 0) return { v: 1, id, record };
  const sealed = Array.from(leaves, ([subject, ofSubject]): SealedPart => {
    const { id: keyId, key } = keyOf(subject);
    const at = ofSubject.map(({ pointer }) => pointer);
    const plaintext = canonicalBytes(ofSubject.map(({ path }) => valueAt(record, path)));
    const entryKey = crypto.entryKey(key, id);
    return {
      subject: keyId,
      at,
      box: crypto.encrypt(entryKey, plaintext, additionalData(id, keyId, at)).toBase64(),
      commitment: crypto.sha256(entryKey),
    };
  });
  const paths = [...leaves.values()].flat().map(({ path }) => path);
  return { v: 2, id, record: withTexts(record, paths, sealedText), sealed };
}

interface Leaf {
  readonly path: JsonPath;
  readonly pointer: string;
  readonly subject: string;
}

function distinctLeaves(record: AuditRecord, places: readonly PersonalPlace[]): readonly Leaf[] {
  const leaves = new Map<string, Leaf>();
  for (const { path: place, subject } of places) {
    const paths: JsonPath[] = [];
    addLeaves(record, place, paths);
    for (const path of paths) {
      const pointer = formatPointer(path);
      if (!leaves.has(pointer)) leaves.set(pointer, { path, pointer, subject });
    }
  }
  return [...leaves.values()];
}

/** What a box is bound to beside its key. */
function additionalData(id: string, subject: string, at: readonly string[]): Uint8Array {
  return canonicalBytes({ at, id, subject });
}

function withTexts(record: AuditRecord, paths: readonly JsonPath[], text: string): AuditRecord {
  return withValues(
    record,
    paths.map((path) => [path, text] as const),
  );
}

/** The keys that open an entry's boxes, one for each part in its order; undefined for a part that stays closed. */
export function entryKeys(
  entry: Entry,
  keyOf: (keyId: string) => Uint8Array | undefined,
  crypto: Pick<SealingCrypto, 'entryKey'>,
): readonly (Uint8Array | undefined)[] {
  if (entry.v === 1) return [];
  return entry.sealed.map(({ subject }) => {
    const key = keyOf(subject);
    return key === undefined ? undefined : crypto.entryKey(key, entry.id);
  });
}

/**
 * The entry as a reader may see it: what has a key is readable, the rest reads "(erased)".
 * @param keys as `entryKeys` gives them
 * @throws RecordError `wrong_key` for a key that is not the one of its box
 */
export function openEntry(
  entry: Entry,
  keys: readonly (Uint8Array | undefined)[],
  crypto: Pick<SealingCrypto, 'sha256' | 'decrypt'>,
): OpenedEntry {
  if (entry.v === 1) return entry;
  const values: [JsonPath, unknown][] = [];
  const sealed = entry.sealed.map((part, index): OpenedPart | SealedPart => {
    const key = keys[index];
    const paths = part.at.map(pathOf);
    if (key === undefined) {
      values.push(...paths.map((path): [JsonPath, unknown] => [path, erasedText]));
      return part;
    }
    const opened = openPart(entry.id, part, key, crypto);
    values.push(...paths.map((path, position): [JsonPath, unknown] => [path, opened[position]]));
    return { subject: part.subject, at: part.at, key: key.toBase64() };
  });
  return { v: 2, id: entry.id, record: withValues(entry.record, values), sealed };
}

function openPart(
  id: string,
  { subject, at, box, commitment }: SealedPart,
  key: Uint8Array,
  { sha256, decrypt }: Pick<SealingCrypto, 'sha256' | 'decrypt'>,
): readonly unknown[] {
  const plaintext =
    sha256(key) === commitment
      ? decrypt(key, Uint8Array.fromBase64(box), additionalData(id, subject, at))
      : undefined;
  const values: unknown = plaintext === undefined ? undefined : JSON.parse(decoder.decode(plaintext));
  if (!Array.isArray(values) || values.length !== at.length)
    throw new RecordError('wrong_key', `the key ${subject} does not open the entry ${id}`);
  return values;
}

/**
 * The bytes of the entry as they are hashed, made from what a reader was shown: only the readable values that were sealed
 * give the same bytes again. A part without a key is taken as it is, and nothing readable may stand in its places.
 * @throws RecordError `malformed_entry` for what no entry opens to
 */
export async function closeEntry(
  opened: OpenedEntry,
  {
    sha256,
    encrypt,
  }: { readonly sha256: Sha256; readonly encrypt: Encrypt<Uint8Array | Promise<Uint8Array>> },
): Promise<Uint8Array> {
  if (opened.v === 1) return encodeEntry(opened);
  const { id, record } = opened;
  const sealed = await Promise.all(
    opened.sealed.map(async (part): Promise<SealedPart> => {
      const { subject, at } = part;
      if (!('key' in part)) {
        requireClosed(record, at);
        return part;
      }
      const key = Uint8Array.fromBase64(part.key);
      const plaintext = canonicalBytes(at.map((pointer) => existing(record, pointer)));
      const box = await encrypt(key, plaintext, additionalData(id, subject, at));
      return { subject, at, box: box.toBase64(), commitment: sha256(key) };
    }),
  );
  const paths = sealed.flatMap(({ at }) => at.map(pathOf));
  for (const { at } of sealed) for (const pointer of at) existing(record, pointer);
  return encodeEntry({ v: 2, id, record: withTexts(record, paths, sealedText), sealed });
}

function requireClosed(record: AuditRecord, at: readonly string[]): void {
  for (const pointer of at) {
    const value = existing(record, pointer);
    if (value !== erasedText && value !== sealedText)
      throw new RecordError('malformed_entry', `${pointer} is readable, though nothing was opened there`);
  }
}

function existing(record: AuditRecord, pointer: string): unknown {
  const value = valueAt(record, pathOf(pointer));
  if (value === undefined) throw new RecordError('malformed_entry', `there is nothing at ${pointer}`);
  return value;
}

/** The pointers of an entry were checked when it was read. */
function pathOf(pointer: string): JsonPath {
  return parsePointer(pointer) ?? [];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
