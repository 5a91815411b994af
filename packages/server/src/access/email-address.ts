import * as z from 'zod';
import { nameKey } from './text-field.ts';

/** RFC 5321 §4.5.3.1: 64 octets before the @, and 256 for the path with its angle brackets. */
const localPartBytesMax = 64;
const addressBytesMax = 254;

/**
 * White space, invisible characters (controls, format marks, lone surrogates), and what would end an address in a mail
 * header. Quoted local parts (RFC 5321 §4.1.2), where some of them are legal, are of no use to anyone.
 */
const forbidden = /[\s<>()[\],;:"\\\p{Cc}\p{Cf}\p{Cs}]/u;

/** An e-mail address as people wrote it, trimmed and in Unicode normalization form C. Compare by `emailKey`. */
export const emailAddressSchema = z
  .string('must be text')
  .trim()
  .normalize('NFC')
  .refine(isEmailAddress, 'must be an e-mail address such as ada@example.com');

/** The normal form for comparison: no two accounts may share it. Providers that heed letter case are not in use. */
export function emailKey(address: string): string {
  return nameKey(address);
}

function isEmailAddress(text: string): boolean {
  if (Buffer.byteLength(text) > addressBytesMax || forbidden.test(text)) return false;
  const [localPart = '', domain = '', ...more] = text.split('@');
  if (more.length > 0 || localPart === '' || Buffer.byteLength(localPart) > localPartBytesMax) return false;
  return domain.split('.').every((label) => label !== '');
}
