import { secret } from '@pawprint/record';
import * as z from 'zod';

/** In Unicode code points of the normal form. */
const lengthMin = 12;
const lengthMax = 256;

/** A password as someone enters it; never recorded. The bound keeps normalizing and hashing it cheap. */
export const passwordSchema = secret(
  z.string('must be text').max(lengthMax * 4, `must have at most ${lengthMax} characters`),
);

/** What everyone guesses first, alone or repeated, with digits and signs around it: after NIST SP 800-63B-4 §3.1.1.2. */
const obvious = [
  'correcthorsebatterystaple',
  'administrator',
  'iloveyou',
  'changeme',
  'password',
  'passw0rd',
  'pawprint',
  'security',
  'welcome',
  'letmein',
  'default',
  'panther',
  'secret',
  'monkey',
  'dragon',
  'admin',
  'login',
  '0123456789',
  '1234567890',
  '9876543210',
  '123456',
  'abcdefghijklmnopqrstuvwxyz',
  'abcdef',
  '1q2w3e4r5t',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwerty',
];
/** Letters and digits that may stand beside something obvious without making it less so: a year, a counter. */
const paddingMax = 4;
const distinctCharactersMin = 5;

/**
 * The form in which passwords are judged, hashed and compared: one password typed on different systems is one sequence of
 * characters (NFKC, NIST SP 800-63B-4 §3.1.1.2).
 */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/**
 * What is wrong with a new password, in words for whoever chose it.
 *
 * @returns undefined for a good one. Nothing is demanded about kinds of characters: that only makes passwords predictable.
 */
export function passwordProblem(password: string, email: string): string | undefined {
  if (!password.isWellFormed()) return 'must not contain broken Unicode';
  const normal = normalizePassword(password);
  const characters = [...normal];
  if (characters.length < lengthMin) return `must have at least ${lengthMin} characters`;
  if (characters.length > lengthMax) return `must have at most ${lengthMax} characters`;
  if (new Set(characters).size < distinctCharactersMin) {
    return `must have at least ${distinctCharactersMin} different characters`;
  }
  const [localPart = ''] = email.split('@');
  if (isMadeOf([email, localPart], normal)) return 'must not be the e-mail address';
  if (isMadeOf(obvious, normal)) return 'must not be a common password or a sequence of keys';
  return undefined;
}

/** Whether hardly a letter or digit is left without these words. */
function isMadeOf(words: readonly string[], password: string): boolean {
  const compact = lettersAndDigits(password);
  const rest = words
    .map(lettersAndDigits)
    .filter((word) => word.length > paddingMax)
    .reduce((text, word) => text.replaceAll(word, ''), compact);
  return rest.length < compact.length && rest.length <= paddingMax;
}

function lettersAndDigits(text: string): string {
  return normalizePassword(text)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}
