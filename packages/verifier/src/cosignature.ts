import {
  type NoteSignature,
  parseKey,
  parseNote,
  type VerifierKey,
  type VerifyEd25519,
  verifyWithWebCrypto,
} from './signed-note.ts';
import type { Sha256 } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** The key of a witness: one that vouches for a log's growing without ever changing (C2SP tlog-cosignature). */
export type WitnessKey = VerifierKey<'cosignature'>;

/** That a witness, at a time, knew no larger tree of the log than this checkpoint's, and that it goes on from all before. */
export interface Cosignature {
  readonly key: WitnessKey;
  /** Seconds since 1970-01-01T00:00:00Z, as the witness's clock had it. */
  readonly timestamp: number;
  /** The line in the note. */
  readonly signature: NoteSignature;
}

const timestampBytes = 8;
const ed25519SignatureBytes = 64;

/** @throws {VerificationError} `malformed_key`, also for a log's key */
export function parseWitnessKey(vkey: string, sha256: Sha256): WitnessKey {
  return parseKey(vkey, 'cosignature', sha256);
}

/**
 * What a witness signs (tlog-cosignature, Ed25519 signed message).
 * @param text the whole text of the checkpoint's note, without its signatures
 * @param timestamp seconds since 1970
 */
export function cosignedMessage(text: string, timestamp: number | bigint): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timestamp}\n${text}`);
}

/** The signature line of a cosignature; `signature` is that of `cosignedMessage`. */
export function cosignatureLine(key: WitnessKey, timestamp: number, signature: Uint8Array): NoteSignature {
  const bytes = new Uint8Array(timestampBytes + signature.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timestamp));
  bytes.set(signature, timestampBytes);
  return { name: key.name, keyId: key.keyId, signature: bytes };
}

/**
 * The cosignatures that some of `keys` made on a checkpoint, at most one for each key: the newest. Signatures by other keys are
 * left out unread. Times in the future are taken as they are.
 * @throws {VerificationError} `malformed_note`; `bad_signature` when one of the keys did not make its signature
 */
export async function readCosignatures(
  note: string,
  keys: readonly WitnessKey[],
  verify: VerifyEd25519 = verifyWithWebCrypto,
): Promise<readonly Cosignature[]> {
  const { text, signatures } = parseNote(note);
  const found = new Map<WitnessKey, Cosignature>();
  for (const signature of signatures) {
    const key = keys.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId);
    if (key === undefined) continue;
    const timestamp = await verifiedTime(text, key, signature.signature, verify);
    if (timestamp >= (found.get(key)?.timestamp ?? 0)) found.set(key, { key, timestamp, signature });
  }
  return [...found.values()];
}

async function verifiedTime(
  text: string,
  key: WitnessKey,
  bytes: Uint8Array,
  verify: VerifyEd25519,
): Promise<number> {
  const isWhole = bytes.length === timestampBytes + ed25519SignatureBytes;
  // A bigint, as what was signed has all its digits.
  const timestamp = isWhole ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0) : 0n;
  const message = cosignedMessage(text, timestamp);
  if (
    !isWhole ||
    timestamp >= 2n ** 63n ||
    !(await verify(key.publicKey, message, bytes.slice(timestampBytes)))
  ) {
    throw new VerificationError('bad_signature', `the cosignature by ${key.name} does not hold`);
  }
  return Number(timestamp);
}
