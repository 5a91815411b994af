import * as z from 'zod';
import { type AuditRecord, auditRecordSchema } from './audit-record.ts';
import { canonicalBytes, canonicalJson, isPlainObject } from './canonical-json.ts';
import { RecordError } from './record-error.ts';
import { capRecord, entryBytesMax, isWithinTextLimits, type Sha256, smallLengthMax } from './size-caps.ts';

const entrySchema = z.strictObject({
  v: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hexadecimal digits'),
  record: auditRecordSchema,
});

/** What the ledger holds for one record. `id` is 32 hexadecimal digits and becomes `p_row_id` in the lake. */
export type Entry = z.infer<typeof entrySchema>;

/**
 * The bytes of an entry as they are hashed and kept for ever: its canonical JSON in UTF-8.
 * @throws RecordError `malformed_entry`, `not_json`, `too_deep`, or `entry_too_large` (which `capRecord` prevents).
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const bytes = canonicalBytes(checkedEntry(entry));
  assertEntrySize(bytes);
  return bytes;
}

/**
 * The canonical JSON of a new entry, whatever the record holds: what is too large or no JSON is replaced as `capRecord`
 * says.
 */
export function entryJson(id: string, record: AuditRecord, sha256: Sha256): string {
  // Nearly every record needs nothing replaced; looking first spares it a copy.
  const text = isWithinTextLimits(record) ? smallJson({ v: 1, id, record }) : undefined;
  return text ?? canonicalJson({ v: 1, id, record: capRecord(record, sha256) });
}

/** The canonical JSON where it exists and is so short that no value in it can be too large. */
function smallJson(entry: Entry): string | undefined {
  try {
    const text = canonicalJson(entry);
    return text.length <= smallLengthMax ? text : undefined;
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
}

/**
 * Reads the bytes of an entry.
 * @throws RecordError `unknown_version` for an entry of a later version; `malformed_entry` for anything else that
 * `encodeEntry` does not write, other spellings of the same JSON included; `entry_too_large`.
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  assertEntrySize(bytes);
  const text = decodeText(bytes);
  const entry = checkedEntry(parseJson(text));
  // A second spelling (a repeated key, say) could show one reader something other than what another reads.
  if (canonicalJson(entry) !== text)
    throw new RecordError('malformed_entry', 'the entry is not canonical JSON');
  return entry;
}

function checkedEntry(value: unknown): Entry {
  const version = isPlainObject(value) ? value.v : undefined;
  if (typeof version === 'number' && version !== 1) {
    throw new RecordError('unknown_version', `entry version ${version} is not known`);
  }
  const parsed = entrySchema.safeParse(value);
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
