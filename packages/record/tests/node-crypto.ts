import { createCipheriv, createDecipheriv, hash, hkdfSync } from 'node:crypto';
import { boxNonce, entryKeyInfo, type SealingCrypto, type SubjectKey } from '../src/index.ts';

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes);
}

/** The sealing written out with what Node has. */
export const nodeCrypto: SealingCrypto = {
  sha256,
  entryKey: (key, id) => new Uint8Array(hkdfSync('sha256', key, id, entryKeyInfo, 32)),
  encrypt(key, plaintext, additionalData) {
    const cipher = createCipheriv('aes-256-gcm', key, boxNonce).setAAD(additionalData);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt(key, box, additionalData) {
    const decipher = createDecipheriv('aes-256-gcm', key, boxNonce).setAAD(additionalData);
    decipher.setAuthTag(box.subarray(-16));
    try {
      return new Uint8Array(Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
};

/** A key for each subject, always the same. */
export function keyOf(subject: string): SubjectKey {
  const digest = sha256(new TextEncoder().encode(subject));
  return { id: digest.slice(0, 32), key: Buffer.from(sha256(new TextEncoder().encode(digest)), 'hex') };
}

/** The same keys by their ids. */
export function keysById(...subjects: readonly string[]): (id: string) => Uint8Array | undefined {
  const keys = new Map(subjects.map(keyOf).map(({ id, key }) => [id, key]));
  return (id) => keys.get(id);
}
