import type { AuditRecord } from './audit-record.ts';
import { canonicalBytes, isPlainObject } from './canonical-json.ts';
import { recordable } from './redaction.ts';

/** A ledger entry is at most this long: a bundle writes its length as a 16-bit number (C2SP tlog-tiles). */
export const entryBytesMax = 65_535;

/** A string, array or object inside actionParams or actionDetails whose canonical JSON is longer becomes a digest. */
export const valueBytesMax = 8_192;

/** UTF-16 code units of JSON in which nothing can be over `valueBytesMax`, as a unit takes at most three bytes. */
export const smallLengthMax = Math.floor(valueBytesMax / 3);

/** A record's canonical JSON never exceeds this. */
export const recordBytesMax = 32_768;

/**
 * Limits of text fields in UTF-16 code units. A unit takes at most six bytes of JSON (a control character), so that
 * texts and lists at their worst, with the rest made digests, are still below `recordBytesMax`.
 */
const textMax = {
  actionName: 128,
  actionDescription: 512,
  actorId: 512,
  actorName: 512,
  sourceIP: 64,
  forwardedFor: 256,
  userAgent: 1_024,
  errorMessage: 2_048,
  pantherVersion: 64,
};
const textFields = ['actionName', 'actionDescription', 'sourceIP', 'userAgent', 'pantherVersion'] as const;
const listMax = {
  XForwardedFor: { items: 64, bytes: 4_096 },
  errors: { items: 100, bytes: 8_192 },
};

/** No smaller value is made a digest, since the digest could be the longer of the two. */
const digestBytesMax = 110;
/** An object this small never needs to give way. */
const smallObjectBytesMax = 512;

/** Computes the SHA-256 of bytes as lower-case hexadecimal. */
export type Sha256 = (bytes: Uint8Array) => string;

/** What stands in a record where a value was too large: of a string its UTF-8 bytes, else of its canonical JSON. */
export interface ValueDigest {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * The record within its limits, so that `encodeEntry` always takes it, whatever a request held.
 *
 * Large values become digests from the inside out, so that small neighbours stay; when the whole is still over
 * `recordBytesMax`, ever smaller values follow. Long texts and lists are cut and say so. What JSON cannot carry is
 * replaced as `recordable` does.
 * @param bytesMax less makes more values digests; texts and lists keep their own limits
 */
export function capRecord(record: AuditRecord, sha256: Sha256, bytesMax = recordBytesMax): AuditRecord {
  const texts = capTexts(record);
  if (bytesMax > smallLengthMax && JSON.stringify(texts).length <= smallLengthMax) return texts;
  const sizes: Sizes = new Map();
  for (let limit = valueBytesMax; limit > digestBytesMax; limit /= 2) {
    const capped = mapObjects(texts, (object) => capMembers(object, { limit, sha256, sizes }));
    if (jsonBytes(capped, sizes) <= bytesMax) return capped;
  }
  // Only an object of very many small members is left to be too large.
  return mapObjects(texts, (object) =>
    jsonBytes(object, sizes) <= smallObjectBytesMax ? object : { ...digest(object, sha256) },
  );
}

/** Whether `capRecord` would leave all texts and lists of texts as they are; a shorter list may still be cut by it. */
export function isWithinTextLimits(record: AuditRecord): boolean {
  const { actor, errors, XForwardedFor } = record;
  return (
    textFields.every((field) => (record[field]?.length ?? 0) <= textMax[field]) &&
    actor.id.length <= textMax.actorId &&
    (actor.name?.length ?? 0) <= textMax.actorName &&
    (errors?.length ?? 0) <= listMax.errors.items &&
    (errors?.every(({ message }) => message.length <= textMax.errorMessage) ?? true) &&
    (XForwardedFor?.length ?? 0) <= listMax.XForwardedFor.items &&
    (XForwardedFor?.every((address) => address.length <= textMax.forwardedFor) ?? true)
  );
}

function capTexts(record: AuditRecord): AuditRecord {
  const capped = mapObjects(record, recordableObject);
  for (const field of textFields) {
    const text = capped[field];
    if (text !== undefined) capped[field] = cut(text, textMax[field]);
  }
  capped.actor.id = cut(capped.actor.id, textMax.actorId);
  if (capped.actor.name !== undefined) capped.actor.name = cut(capped.actor.name, textMax.actorName);
  if (capped.errors) capped.errors = capErrors(capped.errors);
  if (capped.XForwardedFor) capped.XForwardedFor = capForwardedFor(capped.XForwardedFor);
  return capped;
}

type JsonObject = Record<string, unknown>;

function recordableObject(object: JsonObject): JsonObject {
  const copy = recordable(object);
  return isPlainObject(copy) ? copy : { value: copy };
}

function capErrors(errors: readonly { message: string }[]): { message: string }[] {
  const messages = errors.map(({ message }) => cut(message, textMax.errorMessage));
  return capList(messages, listMax.errors).map((message) => ({ message }));
}

/** Keeps the end of the list, which the nearest proxies wrote; its start is whatever the client claimed. */
function capForwardedFor(addresses: readonly string[]): string[] {
  const nearestFirst = addresses.map((address) => cut(address, textMax.forwardedFor)).reverse();
  return capList(nearestFirst, listMax.XForwardedFor).reverse();
}

function capList(texts: string[], max: { items: number; bytes: number }): string[] {
  if (texts.length <= max.items && jsonBytes(texts, new Map()) <= max.bytes) return texts;
  const kept: string[] = [];
  let bytes = 0;
  for (const text of texts.slice(0, max.items - 1)) {
    bytes += textBytes(text) + 1;
    if (bytes > max.bytes) break;
    kept.push(text);
  }
  return [...kept, `(${texts.length - kept.length} more not recorded)`];
}

const cutMark = '… (truncated)';

function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text.toWellFormed();
  return text.slice(0, lengthMax - cutMark.length).toWellFormed() + cutMark;
}

/** A copy of the record with its open objects changed. */
function mapObjects(record: AuditRecord, change: (object: JsonObject) => JsonObject): AuditRecord {
  const copy = { ...record, actor: { ...record.actor } };
  if (copy.actionParams) copy.actionParams = change(copy.actionParams);
  if (copy.actionDetails) copy.actionDetails = change(copy.actionDetails);
  if (copy.actor.attributes) copy.actor.attributes = change(copy.actor.attributes);
  return copy;
}

interface Capping {
  readonly limit: number;
  readonly sha256: Sha256;
  readonly sizes: Sizes;
}

function capValue(value: unknown, capping: Capping): unknown {
  if (jsonBytes(value, capping.sizes) <= capping.limit) return value;
  const capped = capChildren(value, capping);
  return jsonBytes(capped, capping.sizes) <= capping.limit ? capped : digest(value, capping.sha256);
}

function capChildren(value: unknown, capping: Capping): unknown {
  if (isPlainObject(value)) return capMembers(value, capping);
  if (!Array.isArray(value) || sizeOf(value, capping.sizes).memberMax <= capping.limit) return value;
  return value.map((item) => capValue(item, capping));
}

function capMembers(object: JsonObject, capping: Capping): JsonObject {
  if (sizeOf(object, capping.sizes).memberMax <= capping.limit) return object;
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, capValue(member, capping)]));
}

function digest(value: unknown, sha256: Sha256): ValueDigest {
  const bytes = typeof value === 'string' ? encoder.encode(value) : canonicalBytes(value);
  return { sha256: sha256(bytes), bytes: bytes.length };
}

const encoder = new TextEncoder();

/** What was measured before, so that nothing is measured twice however often the limit is lowered. */
type Sizes = Map<object, Size>;

/** Lengths of canonical JSON in UTF-8: of an object or array, and of the largest value directly in it. */
interface Size {
  bytes: number;
  memberMax: number;
}

function jsonBytes(value: unknown, sizes: Sizes): number {
  if (typeof value === 'string') return textBytes(value);
  return typeof value === 'object' && value !== null ? sizeOf(value, sizes).bytes : String(value).length;
}

function sizeOf(value: object, sizes: Sizes): Size {
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const isArray = Array.isArray(value);
  const size = { bytes: 1, memberMax: 0 };
  for (const [key, member] of Object.entries(value)) {
    const memberBytes = jsonBytes(member, sizes);
    // One byte for the comma or closing bracket after the member, and one for the colon after its key.
    size.bytes += memberBytes + 1 + (isArray ? 0 : textBytes(key) + 1);
    size.memberMax = Math.max(size.memberMax, memberBytes);
  }
  size.bytes = Math.max(size.bytes, '{}'.length);
  sizes.set(value, size);
  return size;
}

function textBytes(text: string): number {
  const json = JSON.stringify(text);
  return asciiOnly.test(json) ? json.length : encoder.encode(json).length;
}

const asciiOnly = /^[ -~]*$/;
