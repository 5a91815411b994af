import { RecordError } from './record-error.ts';

/** Objects and arrays inside one another beyond this are refused; it also ends a walk around a cycle. */
export const canonicalDepthMax = 256;

/**
 * The canonical JSON text of a value (RFC 8785): no white space, keys sorted by UTF-16 code units.
 *
 * A property that is `undefined` is left out, as in `JSON.stringify`.
 * @throws RecordError `not_json` for what I-JSON cannot carry: NaN, infinities, big integers, functions, symbols,
 * lone surrogates, `undefined` in an array, and objects with a class (dates, maps, byte arrays); `too_deep`.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

const encoder = new TextEncoder();

/** The canonical JSON text of a value in UTF-8, the form that is hashed and stored. */
export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonicalJson(value));
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RecordError('not_json', `${value} is not a JSON number`);
      // RFC 8785 section 3.2.2.3 is ECMAScript's own number formatting, with -0 written as 0.
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === canonicalDepthMax) {
        throw new RecordError('too_deep', `JSON is nested deeper than ${canonicalDepthMax} levels`);
      }
      return Array.isArray(value) ? writeArray(value, depth + 1) : writeObject(value, depth + 1);
    default:
      throw new RecordError('not_json', `JSON cannot hold a value of type ${typeof value}`);
  }
}

function writeArray(items: readonly unknown[], depth: number): string {
  let text = '[';
  // A counting loop, because map() and join() would skip the holes of a sparse array.
  for (let index = 0; index < items.length; index += 1) {
    if (index > 0) text += ',';
    text += write(items[index], depth);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  if (!isPlainObject(value)) throw new RecordError('not_json', 'JSON cannot hold an object with a class');
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += `${quote(key)}:${write(member, depth)}`;
  }
  return `${text}}`;
}

/** Printable ASCII that JSON does not escape: most texts, which then need no closer look. */
const plainText = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new RecordError('not_json', 'JSON text holds a lone surrogate');
  return JSON.stringify(text);
}

/** Whether a value is an object as JSON means it: not an array, not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm have that realm's Object.prototype, which is the one prototype that has none.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
