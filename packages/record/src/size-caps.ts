import type { AuditRecord } from './audit-record.ts';
import { canonicalBytes, isPlainObject } from './canonical-json.ts';
import { RecordError } from './record-error.ts';
import { recordable } from './redaction.ts';

/** A ledger entry is at most this long: a bundle writes its length as a 16-bit number (C2SP tlog-tiles). */
export const entryBytesMax = 65_535;

/** A string, array or object inside actionParams or actionDetails whose canonical JSON is longer becomes a digest. */
export const valueBytesMax = 8_192;

/** A record's canonical JSON never exceeds this. */
export const recordBytesMax = 32_768;

/** Limits of text fields in UTF-16 code units. A unit takes at most six bytes, and all of them together under 21 KiB. */
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
const listMax = {
  XForwardedFor: { items: 64, bytes: 4_096 },
  errors: { items: 100, bytes: 8_192 },
};

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
 */
export function capRecord(record: AuditRecord, sha256: Sha256): AuditRecord {
  const texts = capTexts(record);
  for (let limit = valueBytesMax; limit > digestBytesMax; limit /= 2) {
    const capped = capObjects(texts, limit, sha256);
    if (jsonBytes(capped) <= recordBytesMax) return capped;
  }
  throw new RecordError('entry_too_large', 'the record does not fit its limits');
}

function capTexts(record: AuditRecord): AuditRecord {
  const { actor } = record;
  return present({
    ...record,
    actionName: cut(record.actionName, textMax.actionName),
    actionDescription: cutOptional(record.actionDescription, textMax.actionDescription),
    actor: present({
      ...actor,
      id: cut(actor.id, textMax.actorId),
      name: cutOptional(actor.name, textMax.actorName),
      attributes: actor.attributes && recordableObject(actor.attributes),
    }),
    actionParams: record.actionParams && recordableObject(record.actionParams),
    actionDetails: record.actionDetails && recordableObject(record.actionDetails),
    errors: record.errors && capErrors(record.errors),
    sourceIP: cutOptional(record.sourceIP, textMax.sourceIP),
    XForwardedFor: record.XForwardedFor && capForwardedFor(record.XForwardedFor),
    userAgent: cutOptional(record.userAgent, textMax.userAgent),
    pantherVersion: cut(record.pantherVersion, textMax.pantherVersion),
  });
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
  if (texts.length <= max.items && jsonBytes(texts) <= max.bytes) return texts;
  const kept: string[] = [];
  let bytes = 0;
  for (const text of texts.slice(0, max.items - 1)) {
    bytes += jsonBytes(text) + 1;
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

function cutOptional(text: string | undefined, lengthMax: number): string | undefined {
  return text === undefined ? undefined : cut(text, lengthMax);
}

function capObjects(record: AuditRecord, limit: number, sha256: Sha256): AuditRecord {
  const { actionParams, actionDetails, actor } = record;
  return present({
    ...record,
    actionParams: actionParams && capMembers(actionParams, limit, sha256),
    actionDetails: actionDetails && capMembers(actionDetails, limit, sha256),
    actor: present({ ...actor, attributes: actor.attributes && capMembers(actor.attributes, limit, sha256) }),
  });
}

/** An object that holds the parts of a record may be four parts large before it becomes a digest itself. */
function capMembers(object: JsonObject, limit: number, sha256: Sha256): JsonObject {
  const capped = mapMembers(object, (member) => capValue(member, limit, sha256));
  return jsonBytes(capped) <= limit * 4 ? capped : { ...digest(object, sha256) };
}

function capValue(value: unknown, limit: number, sha256: Sha256): unknown {
  if (jsonBytes(value) <= limit) return value;
  const capped = capChildren(value, limit, sha256);
  return jsonBytes(capped) <= limit ? capped : digest(value, sha256);
}

function capChildren(value: unknown, limit: number, sha256: Sha256): unknown {
  if (Array.isArray(value)) return value.map((item) => capValue(item, limit, sha256));
  return isPlainObject(value) ? mapMembers(value, (member) => capValue(member, limit, sha256)) : value;
}

/** The longest canonical JSON of a digest, rounded up. */
const digestBytesMax = 110;

function digest(value: unknown, sha256: Sha256): ValueDigest {
  const bytes = typeof value === 'string' ? encoder.encode(value) : canonicalBytes(value);
  return { sha256: sha256(bytes), bytes: bytes.length };
}

const encoder = new TextEncoder();

function jsonBytes(value: unknown): number {
  return canonicalBytes(value).length;
}

function mapMembers(object: JsonObject, change: (member: unknown) => unknown): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, change(member)]));
}

/** The object without its undefined members. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as Fields;
}
