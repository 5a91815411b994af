import { decodeOpenedEntry } from '@pawprint/record';

const columns = [
  'index',
  'id',
  'timestamp',
  'actionName',
  'actionResult',
  'actorType',
  'actorId',
  'actorName',
  'sourceIP',
  'userAgent',
  'actionDescription',
  'errors',
  'entry',
];

export const csvHeader = columns.join(',');

/**
 * One record as a line of CSV (RFC 4180). The last column is the entry itself, from which all others can be made again; so
 * these are free to be for people: on one line, and nothing that a spreadsheet takes for a formula.
 * @throws {RecordError} for bytes that are not an entry
 */
export function csvLine(index: number, bytes: Uint8Array): string {
  const { id, record } = decodeOpenedEntry(bytes);
  const { actor } = record;
  const texts = [
    record.timestamp,
    record.actionName,
    record.actionResult,
    actor.type,
    actor.id,
    actor.name,
    record.sourceIP,
    record.userAgent,
    record.actionDescription,
    record.errors?.map(({ message }) => message).join('; '),
  ];
  const entry = quoted(Buffer.from(bytes).toString());
  return [index, id, ...texts.map((text) => quoted(harmless(text ?? ''))), entry].join(',');
}

/** The entry in the last column of a line, or undefined for a line that has none. */
export function csvEntry(line: string): Buffer | undefined {
  // Quotes inside are doubled, so that a comma between single ones ends a column, and JSON begins with a brace.
  const [, entry] = /,"(\{(?:[^"]|"")*\})"\r?$/.exec(line) ?? [];
  return entry === undefined ? undefined : Buffer.from(entry.replaceAll('""', '"'));
}

function harmless(text: string): string {
  const line = text.replaceAll(/\p{Cc}+|[\u2028\u2029]/gu, ' ');
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
