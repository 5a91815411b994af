import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto';
import { boxNonce, entryKeyInfo, type SealingCrypto } from '@pawprint/record';

const tagBytes = 16;

/** What `@pawprint/record` seals and opens with. */
export const sealingCrypto: SealingCrypto = {
  sha256: (bytes) => hash('sha256', bytes),
  entryKey: (key, id) => new Uint8Array(hkdfSync('sha256', key, id, entryKeyInfo, 32)),
  encrypt: (key, plaintext, additionalData) => encrypt(key, boxNonce, plaintext, additionalData),
  decrypt: (key, box, additionalData) => decrypt(key, boxNonce, box, additionalData),
};

/** AES-256-GCM: the ciphertext with its tag behind it. */
export function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additionalData);
  return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
}

/** The plaintext, or undefined where anything is not as it was encrypted. */
export function decrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  box: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | undefined {
  if (box.length < tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(additionalData).setAuthTag(box.subarray(-tagBytes));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(box.subarray(0, -tagBytes)), decipher.final()]));
  } catch {
    return undefined;
  }
}
