import { generateKeyPairSync, sign } from 'node:crypto';
import { createVerifierKey, formatNote, formatVerifierKey } from '../src/signed-note.ts';
import { sha256 } from './reference-tree.ts';

/** A log's key, with all that a test signs by it. */
export function createTestSigner(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey(origin, raw, sha256);
  return {
    key,
    vkey: formatVerifierKey(key),
    /** The signed note of a tree. */
    checkpoint(size: number, rootHash: Uint8Array): string {
      const text = `${origin}\n${size}\n${Buffer.from(rootHash).toString('base64')}\n`;
      const signature = sign(null, Buffer.from(text), privateKey);
      return formatNote({ text, signatures: [{ name: origin, keyId: key.keyId, signature }] });
    },
  };
}
