import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createVerifierKey, formatVerifierKey, type VerifierKey } from '@pawprint/verifier';
import { LedgerError } from './ledger-error.ts';
import { sha256 } from './sha256.ts';
import { createDurableFile, isErrno } from './storage/durable-file.ts';

/** Signs the checkpoints of one log. */
export interface Signer {
  /** Its name is the log's origin. */
  readonly key: VerifierKey;
  /** The public key as a "vkey" string (C2SP signed-note), to give to those who verify. */
  readonly vkey: string;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/**
 * The signer whose Ed25519 key is in a file (PKCS#8, PEM), or undefined when there is no file.
 * @param origin the log's name; it should be where the log is served, without scheme and final slash
 * @throws {LedgerError} `signing_key`
 */
export async function loadSigner(path: string, origin: string): Promise<Signer | undefined> {
  try {
    return createKeySigner(createPrivateKey(await readFile(path)), origin);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return undefined;
    throw new LedgerError('signing_key', `the signing key of ${origin} could not be loaded`, { cause });
  }
}

/**
 * Makes a key in a new file that only this user can read. The file is whole and durable, or not there.
 * @throws {LedgerError} `signing_key`, also when the file exists: a log's key is never replaced
 */
export async function createSigner(path: string, origin: string): Promise<Signer> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    const signer = createKeySigner(privateKey, origin);
    await createDurableFile(path, Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })), 0o600);
    return signer;
  } catch (cause) {
    throw new LedgerError('signing_key', `the signing key of ${origin} could not be created`, { cause });
  }
}

function createKeySigner(privateKey: KeyObject, origin: string): Signer {
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('the key is not an Ed25519 key');
  // The public key is the last 32 bytes of its SubjectPublicKeyInfo (RFC 8410 section 4).
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const key = createVerifierKey(origin, publicKey, sha256);
  return { key, vkey: formatVerifierKey(key), sign: (message) => sign(null, message, privateKey) };
}
