import * as z from 'zod';

/** Characters a name may have at most, counted in UTF-16 code units after normalization. */
export const nameLengthMax = 256;

/**
 * Control characters, line separators and lone surrogates, and the marks that reorder text (Unicode TR 36 §2.5): with them a
 * name in the audit log could be shown as another name.
 */
const forbidden = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const text = z
  .string('must be text')
  .trim()
  .normalize('NFC')
  .max(nameLengthMax, `must have at most ${nameLengthMax} characters`)
  .refine((name) => !forbidden.test(name), 'must not contain control characters or broken Unicode');

/** A name that people give to things: trimmed, in Unicode normalization form C, 1 to 256 characters. */
export const nameSchema = text.min(1, 'must not be empty');

/** The normal form of a name for comparison: names that differ in letter case alone are one. */
export function nameKey(name: string): string {
  return name.trim().normalize('NFC').toLowerCase().normalize('NFC');
}

/** A name that may be left out; empty text means the same as null. */
export const optionalNameSchema = text.transform((name) => (name === '' ? null : name)).nullish();
