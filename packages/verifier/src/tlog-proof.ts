import { decodeBase64 } from './base64.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { type InclusionProof, verifyInclusion } from './merkle-proof.ts';
import type { VerifierKey, VerifyEd25519 } from './signed-note.ts';
import { createTreeHasher, hashBytes, type Sha256 } from './tree-hasher.ts';
import { VerificationError } from './verification-error.ts';
import { checkPolicy, type WitnessPolicy } from './witness-policy.ts';

/** That one entry is in a log, to be checked without the log (C2SP tlog-proof). */
export interface TlogProof extends InclusionProof {
  /** The signed note, as it came. */
  readonly checkpoint: string;
  /** What an application adds; nothing vouches for it. */
  readonly extra?: Uint8Array;
}

export interface EntryCheck {
  readonly entry: Uint8Array;
  readonly proof: TlogProof;
  /** The key of the log that the entry must be in. */
  readonly key: VerifierKey;
  readonly sha256: Sha256;
  readonly verify?: VerifyEd25519;
  /** Whose cosignatures the checkpoint must have as well. */
  readonly policy?: WitnessPolicy | undefined;
}

const header = 'c2sp.org/tlog-proof@v1';
/** A path is as long as the tree is high, and a tree of 2^53 entries is 53 high. */
const hashesMax = 64;

/**
 * Checks that an entry is in the log that the key stands for, at the proof's index.
 * @returns the checkpoint that covers it
 * @throws {VerificationError} `invalid_proof`, or what is wrong with the checkpoint as of `openCheckpoint` and `checkPolicy`
 */
export async function verifyTlogProof({
  entry,
  proof,
  key,
  sha256,
  verify,
  policy,
}: EntryCheck): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(proof.checkpoint, key, verify);
  if (policy !== undefined) await checkPolicy(proof.checkpoint, policy, verify);
  const hasher = createTreeHasher(sha256);
  verifyInclusion(hasher, hasher.leaf(entry), proof, checkpoint);
  return checkpoint;
}

/** The text of a `.tlog-proof` file. */
export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    header,
    ...(extra === undefined ? [] : [`extra ${extra.toBase64()}`]),
    `index ${index}`,
    ...hashes.map((hash) => hash.toBase64()),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** @throws {VerificationError} `malformed_proof` */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  if (first !== header) throw malformedProof(`it does not begin with ${header} and end with a checkpoint`);
  const extra = lines[0]?.startsWith('extra ') ? decodeBase64(lines.shift()?.slice(6) ?? '') : null;
  if (extra === undefined) throw malformedProof('its extra data is not base64');
  const [, index] = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '') ?? [];
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw malformedProof('it has no index');
  if (lines.length > hashesMax) throw malformedProof(`it has more than ${hashesMax} hashes`);
  return {
    index: Number(index),
    hashes: lines.map(parseHash),
    checkpoint: text.slice(end + 2),
    ...(extra !== null && { extra }),
  };
}

/** @throws {VerificationError} `malformed_proof` */
export function parseHash(line: string): Uint8Array {
  const hash = decodeBase64(line);
  if (hash?.length !== hashBytes) throw malformedProof('a line is not a hash of 32 bytes in base64');
  return hash;
}

export function malformedProof(why: string): VerificationError {
  return new VerificationError('malformed_proof', `the proof can't be read: ${why}`);
}
