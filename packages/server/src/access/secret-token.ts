import { randomBytes as cryptoRandomBytes, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a secret opens, with the prefix of its text: it tells people, and programs that look for leaked secrets, what they found. */
const prefixes = {
  api_token: 'pawprint_',
  session: 'pawprint_session_',
  one_time_link: 'pawprint_link_',
} as const;

export type SecretTokenKind = keyof typeof prefixes;

export interface SecretToken {
  /** The prefix, 64 hex digits (256 random bits), and the CRC-32 of all before it as 8 hex digits. Shown once. */
  readonly value: string;
  /** Of the value, as lower-case hex: all that is stored. A value of 256 random bits needs no slow hash. */
  readonly sha256: string;
}

/** @param randomBytes a cryptographically secure source; tests pass their own. */
export function newSecretToken(
  kind: SecretTokenKind,
  randomBytes: (size: number) => Uint8Array = cryptoRandomBytes,
): SecretToken {
  const unchecked = prefixes[kind] + Buffer.from(randomBytes(32)).toString('hex');
  const value = unchecked + checksum(unchecked);
  return { value, sha256: hash('sha256', value) };
}

/**
 * The SHA-256 to look a secret up by. No comparison in constant time is needed: how far a guess's hash agrees with a stored
 * one tells nothing about the secret.
 *
 * @returns undefined when the text can't be a secret of this kind, so that most guesses cost neither a hash nor a look-up.
 */
export function secretTokenSha256(kind: SecretTokenKind, text: string): string | undefined {
  const prefix = prefixes[kind];
  if (text.length !== prefix.length + 72 || !text.startsWith(prefix)) return undefined;
  if (!/^[0-9a-f]{72}$/.test(text.slice(prefix.length))) return undefined;
  return checksum(text.slice(0, -8)) === text.slice(-8) ? hash('sha256', text) : undefined;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
