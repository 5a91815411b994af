import { type Cosignature, readCosignatures, type WitnessKey } from './cosignature.ts';
import type { VerifyEd25519 } from './signed-note.ts';
import { VerificationError } from './verification-error.ts';

/** How many of which witnesses must have cosigned a checkpoint. */
export interface WitnessPolicy {
  readonly witnesses: readonly WitnessKey[];
  /** From 0 to the number of witnesses. */
  readonly required: number;
}

/**
 * "`required` of these".
 * @throws {VerificationError} `malformed_policy` for more than there are, or two that have one public key: they would be one
 *   witness that counts twice
 */
export function createWitnessPolicy(witnesses: readonly WitnessKey[], required: number): WitnessPolicy {
  const publicKeys = new Set(witnesses.map(({ publicKey }) => publicKey.toHex()));
  if (publicKeys.size < witnesses.length) {
    throw new VerificationError('malformed_policy', 'two of the witnesses have the same public key');
  }
  if (!Number.isSafeInteger(required) || required < 0 || required > witnesses.length) {
    throw new VerificationError(
      'malformed_policy',
      `${required} of ${witnesses.length} witnesses can not be required`,
    );
  }
  return { witnesses, required };
}

/**
 * Checks that enough witnesses have cosigned a checkpoint. Who signed it as the log is another question (`openCheckpoint`).
 * @returns the cosignatures of the policy's witnesses
 * @throws {VerificationError} `not_witnessed`; `malformed_note`, `bad_signature`
 */
export async function checkPolicy(
  note: string,
  { witnesses, required }: WitnessPolicy,
  verify?: VerifyEd25519,
): Promise<readonly Cosignature[]> {
  const cosignatures = await readCosignatures(note, witnesses, verify);
  if (cosignatures.length >= required) return cosignatures;
  const missing = witnesses.filter((witness) => !cosignatures.some(({ key }) => key === witness));
  throw new VerificationError(
    'not_witnessed',
    `${cosignatures.length} of ${witnesses.length} witnesses have cosigned the checkpoint, and ${required} are required; ` +
      `not ${missing.map(({ name }) => name).join(', ')}`,
  );
}
