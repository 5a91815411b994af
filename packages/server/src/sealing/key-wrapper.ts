import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './sealing-crypto.ts';

/** Encrypts people's keys for keeping: by a master key in memory, or a key management service. */
export interface KeyWrapper {
  /** @param keyId binds the result to this key's name. */
  wrap(keyId: string, key: Uint8Array): Promise<Uint8Array>;
  /** Undefined for what was wrapped by another master key, or under another name. */
  unwrap(keyId: string, wrapped: Uint8Array): Promise<Uint8Array | undefined>;
}

export const masterKeyBytes = 32;
const nonceBytes = 12;

/** Wraps by AES-256-GCM with a random nonce, which stands before the ciphertext. */
export function createKeyWrapper(masterKey: Uint8Array): KeyWrapper {
  return {
    async wrap(keyId, key) {
      const nonce = randomBytes(nonceBytes);
      return Buffer.concat([nonce, encrypt(masterKey, nonce, key, Buffer.from(keyId))]);
    },
    unwrap: async (keyId, wrapped) =>
      decrypt(masterKey, wrapped.subarray(0, nonceBytes), wrapped.subarray(nonceBytes), Buffer.from(keyId)),
  };
}

/** A master key from its text, 32 bytes in base64; undefined for another text. */
export function parseMasterKey(text: string): Uint8Array | undefined {
  const key = Buffer.from(text.trim(), 'base64');
  return key.length === masterKeyBytes && key.toString('base64') === text.trim() ? key : undefined;
}
