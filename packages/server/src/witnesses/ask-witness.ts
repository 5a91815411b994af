import {
  type Cosignature,
  formatAddCheckpoint,
  readCosignatures,
  VerificationError,
  type WitnessKey,
} from '@pawprint/verifier';
import { type OutboundAnswer, OutboundError, type SendOutbound } from '../outbound/outbound-request.ts';

/** How a witness answered. The messages are for the operator, without the witness's name. */
export type WitnessAnswer =
  | { readonly kind: 'cosigned'; readonly cosignature: Cosignature }
  /** It has cosigned another history of this ledger, or one that is longer. */
  | { readonly kind: 'forked'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** A checkpoint, and how to show that it goes on from a smaller tree. */
export interface ShownCheckpoint {
  readonly size: number;
  readonly note: string;
  consistencyProof(oldSize: number): Promise<readonly Uint8Array[]>;
}

export interface AskedWitness {
  readonly key: WitnessKey;
  /** The submission prefix of C2SP tlog-witness. */
  readonly url: string;
  /** Size of the tree that it cosigned last, as far as is known. */
  readonly size: number;
}

const sizeType = 'text/x.tlog.size';
const answerBytesMax = 64 * 1024;

/** Has a checkpoint cosigned by a witness (C2SP tlog-witness, add-checkpoint). Nothing of its answer is taken on trust. */
export async function askWitness(
  send: SendOutbound,
  witness: AskedWitness,
  checkpoint: ShownCheckpoint,
  timeoutMs: number,
): Promise<WitnessAnswer> {
  const ask = async (oldSize: number) => {
    const hashes = await checkpoint.consistencyProof(oldSize);
    return send({
      url: `${witness.url.replace(/\/+$/, '')}/add-checkpoint`,
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'pawprint' },
      body: formatAddCheckpoint({ oldSize, hashes, note: checkpoint.note }),
      timeoutMs,
      answerBytesMax,
    });
  };
  try {
    // What it cosigned of a longer ledger, before this one was restored from a copy, it will say itself.
    const oldSize = Math.min(witness.size, checkpoint.size);
    const answer = await ask(oldSize);
    const knownSize = sizeIn(answer);
    if (knownSize === undefined || knownSize === oldSize) return judge(answer, oldSize, witness, checkpoint);
    if (knownSize > checkpoint.size) return shorterThan(knownSize, checkpoint);
    return await judge(await ask(knownSize), knownSize, witness, checkpoint);
  } catch (error) {
    if (error instanceof OutboundError) return { kind: 'failed', message: error.message };
    throw error;
  }
}

async function judge(
  answer: OutboundAnswer,
  oldSize: number,
  { key }: AskedWitness,
  checkpoint: ShownCheckpoint,
): Promise<WitnessAnswer> {
  const { status } = answer;
  if (status === 200) return readCosignature(answer.body, key, checkpoint.note);
  // It knows another root for the size that it was shown, or the proof from the root that it knows does not hold.
  if ((status === 409 && oldSize === checkpoint.size) || (status === 422 && oldSize > 0)) {
    const message = `it cosigned another history, whose first ${oldSize} entries are not those of this ledger`;
    return { kind: 'forked', message };
  }
  return { kind: 'failed', message: refusals.get(status) ?? `it answered ${status}` };
}

const refusals: ReadonlyMap<number, string> = new Map([
  [403, "it does not accept this ledger's key (403)"],
  [404, 'it does not witness this ledger, or is not at this address (404)'],
  [409, 'it can not say what it cosigned last (409)'],
]);

async function readCosignature(body: Uint8Array, key: WitnessKey, note: string): Promise<WitnessAnswer> {
  // As the specification suggests: the answer is what comes after the signatures of the note.
  const answered = note + Buffer.from(body).toString();
  try {
    const [cosignature] = await readCosignatures(answered, [key]);
    if (cosignature !== undefined) return { kind: 'cosigned', cosignature };
    return { kind: 'failed', message: `its answer has no cosignature by ${key.name}` };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return {
      kind: 'failed',
      message: `its answer is not a cosignature of this checkpoint: ${error.message}`,
    };
  }
}

/** The size that a witness names in a conflict. */
function sizeIn({ status, headers, body }: OutboundAnswer): number | undefined {
  if (status !== 409 || String(headers['content-type']).split(';', 1)[0] !== sizeType) return undefined;
  const [, size] = /^(0|[1-9]\d{0,15})\n$/.exec(Buffer.from(body).toString()) ?? [];
  return size === undefined ? undefined : Number(size);
}

function shorterThan(knownSize: number, { size }: ShownCheckpoint): WitnessAnswer {
  return {
    kind: 'forked',
    message: `it cosigned ${knownSize} entries of this ledger, which has only ${size} now: it was cut back, or restored from an older copy`,
  };
}
