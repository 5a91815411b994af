import { createCipheriv, createDecipheriv, hash } from 'node:crypto';
import {
  boxNonce,
  canonicalJson,
  closeEntry,
  decodeEntry,
  decodeOpenedEntry,
  openEntry,
  RecordError,
} from '@pawprint/record';

const tagBytes = 16;

const boxCrypto = {
  sha256: (bytes: Uint8Array) => hash('sha256', bytes),
  encrypt(key: Uint8Array, plaintext: Uint8Array, additionalData: Uint8Array): Uint8Array {
    const cipher = createCipheriv('aes-256-gcm', key, boxNonce).setAAD(additionalData);
    return new Uint8Array(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
  },
  decrypt(key: Uint8Array, box: Uint8Array, additionalData: Uint8Array): Uint8Array | undefined {
    const decipher = createDecipheriv('aes-256-gcm', key, boxNonce, { authTagLength: tagBytes });
    try {
      decipher.setAAD(additionalData).setAuthTag(box.subarray(-tagBytes));
      return new Uint8Array(Buffer.concat([decipher.update(box.subarray(0, -tagBytes)), decipher.final()]));
    } catch {
      return undefined;
    }
  },
};

/** What opens the boxes of one entry, in base64; null for one that was erased. */
export type EntryKeys = readonly (string | null)[];

/**
 * An entry of the log as it is exported: readable as far as there are keys, the rest "(erased)"; without any keys as it is.
 * @throws {RecordError} for bytes that are not an entry, or keys that are not the entry's
 */
export function exportedEntry(bytes: Uint8Array, keys: EntryKeys | undefined): Uint8Array {
  const entry = decodeEntry(bytes);
  if (keys === undefined) return bytes;
  const opened = openEntry(
    entry,
    keys.map((key) => (key === null ? undefined : new Uint8Array(Buffer.from(key, 'base64')))),
    boxCrypto,
  );
  return Buffer.from(canonicalJson(opened));
}

/** The bytes that the log has a hash of, for an exported entry; anything else stands for itself. */
export async function loggedEntry(exported: Uint8Array): Promise<Uint8Array> {
  try {
    return await closeEntry(decodeOpenedEntry(exported), boxCrypto);
  } catch (error) {
    // Its hash will say what it is not.
    if (error instanceof RecordError) return exported;
    throw error;
  }
}
