import { decodeBase64 } from './base64.ts';
import type { TreeHead } from './merkle-proof.ts';
import { openNote, type VerifierKey, type VerifyEd25519 } from './signed-note.ts';
import { hashBytes } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';

/** A log's statement of what it holds (C2SP tlog-checkpoint). */
export interface Checkpoint extends TreeHead {
  /** The log's name. */
  readonly origin: string;
  /** Further lines, opaque here. */
  readonly extensions?: readonly string[];
}

/**
 * The checkpoint in a note that the log's key has signed. The key's name is the log's origin.
 * @throws {VerificationError} `malformed_note`, `malformed_checkpoint`, `unknown_key`, `bad_signature`, `wrong_origin`
 */
export async function openCheckpoint(
  note: string,
  key: VerifierKey,
  verify?: VerifyEd25519,
): Promise<Checkpoint> {
  const { text } = await openNote(note, [key], verify);
  const checkpoint = parseCheckpoint(text);
  if (checkpoint.origin !== key.name) {
    throw new VerificationError(
      'wrong_origin',
      `the checkpoint is of ${checkpoint.origin}, not of ${key.name}`,
    );
  }
  return checkpoint;
}

/** The text to sign. */
export function formatCheckpoint({ origin, size, rootHash, extensions = [] }: Checkpoint): string {
  return `${[origin, size, rootHash.toBase64(), ...extensions].join('\n')}\n`;
}

/**
 * @param text the text of a note, without its signatures
 * @throws {VerificationError} `malformed_checkpoint`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n');
  const end = rest.pop();
  if (origin === '' || end !== '' || rest.includes('')) throw malformed('a line is empty or not ended');
  if (!/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw malformed('its size is not a number');
  const rootHash = decodeBase64(root);
  if (rootHash?.length !== hashBytes) throw malformed('its root hash is not 32 bytes in base64');
  return { origin, size: Number(size), rootHash, extensions: rest };
}

function malformed(why: string): VerificationError {
  return new VerificationError('malformed_checkpoint', `the checkpoint can't be read: ${why}`);
}
