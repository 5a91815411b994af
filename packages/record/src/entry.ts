import * as z from 'zod';
import { auditRecordSchema } from './audit-record.ts';
import { canonicalBytes, canonicalJson, isPlainObject } from './canonical-json.ts';
import { parsePointer, valueAt } from './json-pointer.ts';
import { RecordError } from './record-error.ts';
import { entryBytesMax } from './size-caps.ts';

/** What stands in the record of an entry where something is sealed. */
export const sealedText = '(sealed)';

const hex32 = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits');
const base64 = z.base64();

const place = {
  /** The id of the key, which is one subject's. */
  subject: hex32,
  /** JSON pointers (RFC 6901) into the record, in the order of the values in the box. */
  at: z
    .array(z.string().refine((text) => parsePointer(text) !== undefined, 'expected a JSON pointer'))
    .min(1),
};

const sealedPartSchema = z.strictObject({
  ...place,
  /** AES-256-GCM of the canonical JSON of the list of values, with its tag. */
  box: base64,
  /** SHA-256 of the key that opens the box: GCM alone would let two keys open one box to two texts. */
  commitment: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
});
/** The data of one subject in one entry. */
export type SealedPart = z.infer<typeof sealedPartSchema>;

const openedPartSchema = z.strictObject({
  ...place,
  /** The key of this box alone: 32 bytes. */
  key: base64.refine((text) => text.length === 44, 'expected 32 bytes in base64'),
});
/** The same, readable: with its key the box can be made again from what the record shows. */
export type OpenedPart = z.infer<typeof openedPartSchema>;

const readableEntrySchema = z.strictObject({ v: z.literal(1), id: hex32, record: auditRecordSchema });
const sealedEntrySchema = z
  .strictObject({
    v: z.literal(2),
    id: hex32,
    record: auditRecordSchema,
    sealed: z.array(sealedPartSchema).min(1),
  })
  .superRefine(({ record, sealed }, { addIssue }) => {
    const pointers = sealed.flatMap(({ at }) => at);
    if (new Set(pointers).size !== pointers.length)
      addIssue({ code: 'custom', path: ['sealed'], message: 'a place is sealed twice' });
    const open = pointers.find((pointer) => valueAt(record, parsePointer(pointer) ?? []) !== sealedText);
    if (open !== undefined)
      addIssue({ code: 'custom', path: ['sealed'], message: `nothing is sealed at ${open}` });
  });
const entrySchema = z.discriminatedUnion('v', [readableEntrySchema, sealedEntrySchema]);
const openedEntrySchema = z.discriminatedUnion('v', [
  readableEntrySchema,
  z.strictObject({
    v: z.literal(2),
    id: hex32,
    record: auditRecordSchema,
    sealed: z.array(z.union([openedPartSchema, sealedPartSchema])).min(1),
  }),
]);

/**
 * What the ledger holds for one record. `id` is 32 hexadecimal digits and becomes `p_row_id` in the lake. In version 2 what
 * identifies people is sealed.
 */
export type Entry = z.infer<typeof entrySchema>;
export type SealedEntry = z.infer<typeof sealedEntrySchema>;

/**
 * An entry as it is shown and exported: the readable record, and the keys with which its hash can be made again. What was
 * erased keeps its box.
 */
export type OpenedEntry = z.infer<typeof openedEntrySchema>;

/**
 * The bytes of an entry as they are hashed and kept for ever: its canonical JSON in UTF-8.
 * @throws RecordError `malformed_entry`, `not_json`, `too_deep`, or `entry_too_large` (which `capRecord` prevents).
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const bytes = canonicalBytes(checked(entry, entrySchema));
  assertEntrySize(bytes);
  return bytes;
}

/**
 * Reads the bytes of an entry.
 * @throws RecordError `unknown_version` for an entry of a later version; `malformed_entry` for anything else that
 * `encodeEntry` does not write, other spellings of the same JSON included; `entry_too_large`.
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  assertEntrySize(bytes);
  return decode(bytes, entrySchema);
}

/**
 * Reads an opened entry from its canonical JSON; `closeEntry` then says what its hash is.
 * @throws RecordError `unknown_version`, `malformed_entry`
 */
export function decodeOpenedEntry(bytes: Uint8Array): OpenedEntry {
  return decode(bytes, openedEntrySchema);
}

function decode<Decoded>(bytes: Uint8Array, schema: z.ZodType<Decoded>): Decoded {
  const text = decodeText(bytes);
  const entry = checked(parseJson(text), schema);
  // A second spelling (a repeated key, say) could show one reader something other than what another reads.
  if (canonicalJson(entry) !== text)
    throw new RecordError('malformed_entry', 'the entry is not canonical JSON');
  return entry;
}

function checked<Checked>(value: unknown, schema: z.ZodType<Checked>): Checked {
  const version = isPlainObject(value) ? value.v : undefined;
  if (typeof version === 'number' && version !== 1 && version !== 2) {
    throw new RecordError('unknown_version', `entry version ${version} is not known`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'entry';
  throw new RecordError('malformed_entry', `malformed entry: ${field}: ${issue?.message}`);
}

function assertEntrySize({ length }: Uint8Array): void {
  if (length <= entryBytesMax) return;
  throw new RecordError('entry_too_large', `an entry is at most ${entryBytesMax} bytes, not ${length}`);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new RecordError('malformed_entry', 'the entry is not UTF-8', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RecordError('malformed_entry', 'the entry is not JSON', { cause });
  }
}
