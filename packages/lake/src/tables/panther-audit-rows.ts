import { type AuditRecord, canonicalJson, erasedText, formatTimestamp, RecordError } from '@pawprint/record';
import { findMembers, type Members, type Span } from './canonical-members.ts';
import { addressesOf, commonValues } from './panther-audit.ts';
import type { LoadContext, Row } from './table-definition.ts';
import { microsecondText, timestampReader } from './values.ts';

/** What is in a record and in its actor, in the order of canonical JSON. */
const recordNames = [
  ...(['XForwardedFor', 'actionDescription', 'actionDetails', 'actionName', 'actionParams'] as const),
  ...(['actionResult', 'actor', 'errors', 'pantherVersion', 'sourceIP', 'timestamp', 'userAgent'] as const),
] as const;
const actorNames = ['attributes', 'id', 'name', 'type'] as const;

/**
 * Makes rows of ledger entries that were opened: `{v: 1, id, record}` as canonical JSON. That each is an entry was checked when the
 * ledger was read, and is not again: a row takes over the text of its record, and JSON in it to the letter. What is broken inside
 * of a value shows when the row is read; `checkOpened` then says what it is.
 * @returns what throws RecordError for an entry that no row can be made of.
 */
export function pantherAuditRows({
  parseTime,
  sourceId,
}: Omit<LoadContext, 'ledgerIndex'>): (entry: Uint8Array, ledgerIndex: number) => Row {
  const common = JSON.stringify({
    ...commonValues,
    p_parse_time: microsecondText(formatTimestamp(parseTime)),
    p_source_id: sourceId,
  }).slice(1, -1);
  const readTimestamp = timestampReader();
  return (entry, ledgerIndex) => {
    const { text, id, span, record, actor } = readParts(entry);
    const eventTime = readTimestamp(textAt(text, record.timestamp).slice(1, -1));
    let json = '{';
    let copied = span[0] + 1;
    for (const at of [record.actionDetails, record.actionParams, actor.attributes]) {
      if (at === undefined || text.startsWith('null', at[0])) continue;
      json += text.slice(copied, at[0]) + JSON.stringify(text.slice(...at));
      copied = at[1];
    }
    json += `${text.slice(copied, span[1] - 1)},${common},"p_row_id":${textAt(text, id)}`;
    json += `,"p_event_time":"${eventTime}","p_ledger_index":${ledgerIndex}`;
    json += indicator('p_any_usernames', textAt(text, actor.name));
    json += indicator('p_any_actor_ids', textAt(text, actor.id));
    json += indicator('p_any_emails', emailIn(textAt(text, actor.attributes)));
    json += addresses(textAt(text, record.sourceIP), textAt(text, record.XForwardedFor));
    return { eventTime, ledgerIndex, json: `${json}}` };
  };
}

function textAt(text: string, span: Span | undefined): string {
  return span === undefined ? 'null' : text.slice(...span);
}

/** An indicator of one value, if that is a text that tells something. */
function indicator(name: string, json: string): string {
  return json.startsWith('"') && !mute.includes(json) ? `,"${name}":[${json}]` : '';
}

const mute: readonly string[] = ['', erasedText].map((text) => JSON.stringify(text));

function emailIn(attributes: string): string {
  return JSON.stringify((parse(attributes) as AuditRecord['actor']['attributes'] | null)?.email) ?? 'null';
}

function addresses(sourceIP: string, forwardedFor: string): string {
  const found = addressesOf(
    parse(sourceIP) as AuditRecord['sourceIP'] | null,
    parse(forwardedFor) as AuditRecord['XForwardedFor'] | null,
  );
  return found === undefined ? '' : `,"p_any_ip_addresses":${JSON.stringify(found)}`;
}

/** @throws RecordError that says why the entry can't be read as one that was opened. */
export function checkOpened(entry: Uint8Array): void {
  canonicalText(textOf(entry));
}

/** An opened entry, and where its record and other parts are. */
interface Parts {
  readonly text: string;
  readonly id: Span;
  readonly span: Span;
  readonly record: Members<(typeof recordNames)[number]>['spans'];
  readonly actor: Members<(typeof actorNames)[number]>['spans'];
}

function readParts(entry: Uint8Array): Parts {
  const text = textOf(entry);
  const parts = findParts(text) ?? findParts(canonicalText(text));
  if (parts === undefined) throw notOpened();
  return parts;
}

function findParts(text: string): Parts | undefined {
  if (!text.startsWith(opening) || !text.startsWith(beforeRecord, opening.length + idLength))
    return undefined;
  const from = opening.length + idLength + beforeRecord.length;
  const to = text.length - ending.length;
  // Canonical JSON has no line breaks between its values; one would end the line of the row.
  if (!text.endsWith(ending) || text.includes('\n')) return undefined;
  const found = findMembers(text, from, recordNames);
  if (found?.end !== to || found.spans.actor === undefined) return undefined;
  const actor = findMembers(text, found.spans.actor[0], actorNames)?.spans;
  const id = [opening.length - 1, opening.length + idLength + 1] as const;
  return actor && { text, id, span: [from, to], record: found.spans, actor };
}

const opening = '{"id":"';
const idLength = 32;
const beforeRecord = '","record":';
const ending = ',"v":1}';

/** The same entry in canonical JSON, with what there are columns for. @throws RecordError */
function canonicalText(text: string): string {
  const { v, id, record } = (parse(text) ?? {}) as {
    v?: unknown;
    id?: unknown;
    record?: Partial<AuditRecord>;
  };
  if (v !== 1 || typeof id !== 'string' || typeof record?.actor !== 'object') throw notOpened();
  const actor = pick(record.actor, actorNames);
  return canonicalJson({ v, id, record: pick({ ...record, actor }, recordNames) });
}

function pick<Name extends string>(
  values: Readonly<Partial<Record<Name, unknown>>> | null,
  names: readonly Name[],
): Readonly<Partial<Record<Name, unknown>>> | null {
  return values && (Object.fromEntries(names.map((name) => [name, values[name]])) as typeof values);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw notOpened(cause);
  }
}

function notOpened(cause?: unknown): RecordError {
  return new RecordError('malformed_entry', 'this is no opened entry', { cause });
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString();
}
