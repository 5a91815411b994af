import { type AuditRecord, canonicalJson } from '@pawprint/record';
import { type HistoryEntry, type HistoryFilter, matchesFilter } from '../followers/history.ts';
import { type PathStep, valuesAt } from './record-path.ts';

/** What records can be narrowed to. Absent means any. */
export interface RecordFilter extends HistoryFilter {
  /** Each must stand somewhere in the record, in any letter case. Lower case. */
  readonly words?: readonly string[] | undefined;
  /** Each must hold. */
  readonly fields?: readonly FieldFilter[] | undefined;
}

/** What one field of a record must be. Of several values, as `[*]` leads to, one is enough. */
export interface FieldFilter {
  readonly path: readonly PathStep[];
  /** CONTAINS goes by a part in any letter case, EQUALS by the whole text as it stands; of what is no text by its JSON. */
  readonly operator: 'EQUALS' | 'CONTAINS' | 'EXISTS';
  readonly value: string;
}

/** Whether the history's own columns answer the filter. */
export function isPlain({ words, fields }: RecordFilter): boolean {
  return words === undefined && fields === undefined;
}

/** Whether a record passes the filter. */
export function matchesRecord(filter: RecordFilter, entry: HistoryEntry): boolean {
  const { words = [], fields = [] } = filter;
  return (
    matchesFilter(filter, entry) &&
    fields.every((field) => matchesField(field, entry.record)) &&
    (words.length === 0 || containsAll(recordText(entry.record), words))
  );
}

function matchesField({ path, operator, value }: FieldFilter, record: AuditRecord): boolean {
  const found = valuesAt(record, path);
  if (operator === 'EXISTS') return found.length > 0;
  if (operator === 'EQUALS') return found.some((item) => textOf(item) === value);
  const part = value.toLowerCase();
  return found.some((item) => textOf(item).toLowerCase().includes(part));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value);
}

/** In the JSON of parameters and details a quotation mark or a line break stands escaped. */
function containsAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word) || text.includes(JSON.stringify(word).slice(1, -1)));
}

/** All that a record says, in lower case, one value a line; objects as their canonical JSON. */
export function recordText(record: AuditRecord): string {
  const { actor, errors, XForwardedFor, ...others } = record;
  const values: readonly unknown[] = [
    ...Object.values(others),
    ...Object.values(actor),
    ...(errors ?? []).map(({ message }) => message),
    ...(XForwardedFor ?? []),
  ];
  return values
    .filter((value) => value !== undefined && value !== null)
    .map(textOf)
    .join('\n')
    .toLowerCase();
}

const wordsMax = 20;

/**
 * The words of a search as people write it: what stands in quotation marks is one.
 * @returns undefined for more words than a search may have; an empty list where there is none.
 */
export function searchWords(text: string): readonly string[] | undefined {
  const words = Array.from(text.matchAll(/"([^"]+)"|[^\s"]+/g), ([word, quoted]) => quoted ?? word);
  return words.length > wordsMax ? undefined : words.map((word) => word.toLowerCase());
}
