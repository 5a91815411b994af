import { sha256 } from '@noble/hashes/sha2.js';
import {
  boxNonce,
  closeEntry,
  decodeOpenedEntry,
  erasedText,
  type OpenedEntry,
  RecordError,
} from '@pawprint/record';
import {
  type Checkpoint,
  type Cosignature,
  parseTlogProof,
  parseVerifierKey,
  parseWitnessKey,
  readCosignatures,
  VerificationError,
  verifyTlogProof,
} from '@pawprint/verifier';
import type { AuditLogEntry } from './audit-log-entry-type.ts';

/** What the instance answers when asked for a proof. */
export interface EntryProof {
  /** The entry as it is hashed, in base64. */
  readonly entry: string;
  /** The entry as it is exported: the readable record, and the keys to make its hashed form from it. */
  readonly opened: string;
  /** The text of a `.tlog-proof` file (C2SP tlog-proof). */
  readonly proof: string;
}

/**
 * Checks that the record on the page is in the ledger that the key stands for, at its index. Of what the instance says only
 * the proof, and the keys of what is sealed, are used, and only as far as they hold.
 * @param witnesses the public keys of the ledger's witnesses
 * @returns the signed checkpoint that covers it, with the cosignatures of those witnesses
 * @throws {VerificationError} says what does not hold
 */
export async function verifyEntry(
  { index, id, record }: AuditLogEntry,
  answer: Pick<EntryProof, 'opened' | 'proof'>,
  vkey: string,
  witnesses: readonly string[] = [],
): Promise<Checkpoint & { readonly cosignatures: readonly Cosignature[] }> {
  const proof = parseTlogProof(answer.proof);
  if (proof.index !== index) {
    throw new VerificationError('invalid_proof', `the proof is of record ${proof.index}, not of ${index}`);
  }
  const entry = await hashedForm({ id, record }, answer.opened);
  const checkpoint = await verifyTlogProof({ entry, proof, key: parseVerifierKey(vkey, sha256), sha256 });
  const keys = witnesses.map((witness) => parseWitnessKey(witness, sha256));
  return { ...checkpoint, cosignatures: await readCosignatures(proof.checkpoint, keys) };
}

/** The bytes that are hashed, made from what is shown, so that nothing else can stand here. */
async function hashedForm(shown: Pick<AuditLogEntry, 'id' | 'record'>, opened: string): Promise<Uint8Array> {
  const { id, record } = shown;
  try {
    const answered = decodeOpenedEntry(encoder.encode(opened));
    if (isErasedSince(shown, answered)) {
      throw new VerificationError(
        'entry_mismatch',
        'somebody in the record has been erased since this page read it; load it again',
      );
    }
    const entry: OpenedEntry =
      answered.v === 1 ? { v: 1, id, record } : { v: 2, id, record, sealed: answered.sealed };
    return await closeEntry(entry, { sha256: (bytes) => sha256(bytes).toHex(), encrypt });
  } catch (error) {
    if (error instanceof RecordError) throw new VerificationError('entry_mismatch', error.message);
    throw error;
  }
}

const encoder = new TextEncoder();

/** Whether the instance has "(erased)" somewhere where the page, which read the record earlier, has something else. */
function isErasedSince({ record }: Pick<AuditLogEntry, 'record'>, answered: OpenedEntry): boolean {
  const count = (value: unknown) => JSON.stringify(value).split(JSON.stringify(erasedText)).length;
  return count(answered.record) > count(record);
}

async function encrypt(
  key: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Promise<Uint8Array> {
  const raw = await crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv: boxNonce, additionalData: new Uint8Array(additionalData) };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, raw, new Uint8Array(plaintext)));
}

/** Why this browser or page can't check signatures, or undefined if it can. */
export async function verificationObstacle(): Promise<string | undefined> {
  if (!('fromBase64' in Uint8Array)) return 'This browser is too old to check records.';
  if (globalThis.crypto?.subtle === undefined) {
    return 'This page came over plain HTTP, where browsers check no signatures. Open the console over HTTPS.';
  }
  const canSign = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
    () => true,
    () => false,
  );
  return canSign ? undefined : 'This browser can not check Ed25519 signatures.';
}
