import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalBytes } from '@pawprint/record';
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
  /** The text of a `.tlog-proof` file (C2SP tlog-proof). */
  readonly proof: string;
}

/**
 * Checks that the record on the page is in the ledger that the key stands for, at its index. Of what the instance says only
 * the proof is used, and only as far as it holds.
 * @param witnesses the public keys of the ledger's witnesses
 * @returns the signed checkpoint that covers it, with the cosignatures of those witnesses
 * @throws {VerificationError} says what does not hold
 */
export async function verifyEntry(
  { index, id, record }: AuditLogEntry,
  answer: Pick<EntryProof, 'proof'>,
  vkey: string,
  witnesses: readonly string[] = [],
): Promise<Checkpoint & { readonly cosignatures: readonly Cosignature[] }> {
  const proof = parseTlogProof(answer.proof);
  if (proof.index !== index) {
    throw new VerificationError('invalid_proof', `the proof is of record ${proof.index}, not of ${index}`);
  }
  // The bytes that are hashed are made from what is shown, so that nothing else can stand here.
  const entry = canonicalBytes({ v: 1, id, record });
  const checkpoint = await verifyTlogProof({ entry, proof, key: parseVerifierKey(vkey, sha256), sha256 });
  const keys = witnesses.map((witness) => parseWitnessKey(witness, sha256));
  return { ...checkpoint, cosignatures: await readCosignatures(proof.checkpoint, keys) };
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
