import { decodeBase64 } from './base64.ts';
import type { Sha256 } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** One signature line. The name and id together say which key made it (C2SP signed-note). */
export interface NoteSignature {
  readonly name: string;
  /** The key id, a uint32. */
  readonly keyId: number;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What is signed, with its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/**
 * The byte that a key's id and "vkey" begin with: signatures over notes as they are (C2SP signed-note), and those that witnesses
 * put on checkpoints with the time (C2SP tlog-cosignature). Both are Ed25519.
 */
const typeBytes = { ed25519: 0x01, cosignature: 0x04 } as const;

export type SignatureType = keyof typeof typeBytes;

/** An Ed25519 public key under the name by which notes call it. */
export interface VerifierKey<Type extends SignatureType = 'ed25519'> {
  readonly type: Type;
  readonly name: string;
  readonly keyId: number;
  /** 32 bytes, RFC 8032. */
  readonly publicKey: Uint8Array;
}

/** Whether `signature` is the Ed25519 signature of `message` by `publicKey`. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

// The specification wants a limit and at least 16; a post-quantum signature is up to 5 kB.
const signaturesMax = 64;
const noteLengthMax = 512 * 1024;

const publicKeyBytes = 32;
const signatureLine = /^\u2014 (\S+) (\S+)$/u;

/**
 * The text of a note once a known key has signed it, with the signatures that hold. Signatures by other keys are left out
 * unread, as the specification demands.
 * @throws {VerificationError} `malformed_note`, `unknown_key` (none of `keys` signed it), `bad_signature`
 */
export async function openNote(
  note: string,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyWithWebCrypto,
): Promise<SignedNote> {
  const { text, signatures } = parseNote(note);
  const message = new TextEncoder().encode(text);
  const verified: NoteSignature[] = [];
  for (const signature of signatures) {
    const key = keys.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    if (key === undefined) continue;
    if (!(await verify(key.publicKey, message, signature.signature))) {
      throw new VerificationError('bad_signature', `the signature by ${key.name} does not hold`);
    }
    verified.push(signature);
  }
  if (verified.length === 0) {
    const expected = keys.map(({ name, keyId }) => `${name}+${hexKeyId(keyId)}`).join(', ');
    throw new VerificationError('unknown_key', `the note is not signed by ${expected}`);
  }
  return { text, signatures: verified };
}

/** @throws {VerificationError} `malformed_note` */
export function parseNote(note: string): SignedNote {
  if (note.length > noteLengthMax) throw malformedNote(`it is longer than ${noteLengthMax} characters`);
  if (!note.isWellFormed() || [...note].some((character) => character < ' ' && character !== '\n')) {
    throw malformedNote('it has control characters or is not Unicode');
  }
  // The text may have empty lines itself: the last one separates it from the signatures.
  const separator = note.lastIndexOf('\n\n');
  if (separator < 0 || !note.endsWith('\n')) throw malformedNote('it has no text, empty line and signatures');
  const lines = note.slice(separator + 2, -1).split('\n');
  if (lines.length > signaturesMax) throw malformedNote(`it has more than ${signaturesMax} signatures`);
  return { text: note.slice(0, separator + 1), signatures: lines.map(parseSignature) };
}

/** @throws {VerificationError} `malformed_note` for bytes that are not UTF-8 */
export function decodeNote(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new VerificationError('malformed_note', 'the signed note is not UTF-8', { cause });
  }
}

/** @param note its text ends with a newline */
export function formatNote(note: SignedNote): string {
  const lines = note.signatures.map(({ name, keyId, signature }) => {
    const bytes = new Uint8Array(4 + signature.length);
    new DataView(bytes.buffer).setUint32(0, keyId);
    bytes.set(signature, 4);
    return `\u2014 ${name} ${bytes.toBase64()}\n`;
  });
  return `${note.text}\n${lines.join('')}`;
}

/**
 * The key of a "vkey" string: `<name>+<key id, 8 hex digits>+<base64 of the type byte and the public key>`.
 * @throws {VerificationError} `malformed_key`, also for a key of another type
 */
export function parseVerifierKey(vkey: string, sha256: Sha256): VerifierKey {
  return parseKey(vkey, 'ed25519', sha256);
}

/** As `parseVerifierKey`, of a key of the type that is wanted. */
export function parseKey<Type extends SignatureType>(
  vkey: string,
  type: Type,
  sha256: Sha256,
): VerifierKey<Type> {
  const [name = '', id = '', encoded = '', ...rest] = vkey.split('+');
  // Base64 may hold plus signs itself.
  const bytes = decodeBase64([encoded, ...rest].join('+'));
  if (bytes?.[0] !== typeBytes[type] || bytes.length !== 1 + publicKeyBytes) {
    const wanted = type === 'ed25519' ? 'an Ed25519 key' : "a witness's key (an Ed25519 cosignature key)";
    throw new VerificationError('malformed_key', `the verifier key is not ${wanted}`);
  }
  const key = createVerifierKey(name, bytes.slice(1), sha256, type);
  if (hexKeyId(key.keyId) !== id) {
    throw new VerificationError('malformed_key', `the verifier key of ${name} does not have the id ${id}`);
  }
  return key;
}

export function formatVerifierKey(key: VerifierKey<SignatureType>): string {
  const bytes = Uint8Array.of(typeBytes[key.type], ...key.publicKey);
  return `${key.name}+${hexKeyId(key.keyId)}+${bytes.toBase64()}`;
}

export function createVerifierKey(name: string, publicKey: Uint8Array, sha256: Sha256): VerifierKey;
export function createVerifierKey<Type extends SignatureType>(
  name: string,
  publicKey: Uint8Array,
  sha256: Sha256,
  type: Type,
): VerifierKey<Type>;
/**
 * Names a public key; its id is the start of SHA-256(name, newline, type, public key).
 * @throws {VerificationError} `malformed_key` for a name that is empty or has spaces, plus signs or control characters
 */
export function createVerifierKey(
  name: string,
  publicKey: Uint8Array,
  sha256: Sha256,
  type: SignatureType = 'ed25519',
): VerifierKey<SignatureType> {
  if (!isKeyName(name))
    throw new VerificationError('malformed_key', `${JSON.stringify(name)} can't name a key`);
  const id = sha256(Uint8Array.of(...new TextEncoder().encode(`${name}\n`), typeBytes[type], ...publicKey));
  return { type, name, keyId: new DataView(id.buffer, id.byteOffset).getUint32(0), publicKey };
}

/** Web Crypto's Ed25519. Browsers offer it to pages served over HTTPS or from this machine only. */
export const verifyWithWebCrypto: VerifyEd25519 = async (publicKey, message, signature) => {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message));
};

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = signatureLine.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5) {
    throw malformedNote('a signature line is not "\u2014 name base64"');
  }
  return { name, keyId: new DataView(bytes.buffer).getUint32(0), signature: bytes.subarray(4) };
}

function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]+$/u.test(name);
}

function hexKeyId(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

function malformedNote(why: string): VerificationError {
  return new VerificationError('malformed_note', `the signed note can't be read: ${why}`);
}
