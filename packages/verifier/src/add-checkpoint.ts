import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { parseNote } from './signed-note.ts';
import { malformedProof, parseHash } from './tlog-proof.ts';

/** What a log sends to a witness, to have a checkpoint cosigned (C2SP tlog-witness, add-checkpoint). */
export interface AddCheckpoint {
  /** Size of the tree that the witness cosigned last; 0 for none. */
  readonly oldSize: number;
  /** The consistency proof from there to the checkpoint (RFC 6962 section 2.1.2). */
  readonly hashes: readonly Uint8Array[];
  /** The signed note, as it is. */
  readonly note: string;
}

/** As the specification has it. */
const hashesMax = 63;

/** The body of the request. */
export function formatAddCheckpoint({ oldSize, hashes, note }: AddCheckpoint): string {
  return [`old ${oldSize}`, ...hashes.map((hash) => hash.toBase64()), '', note].join('\n');
}

/**
 * Reads the body of a request, with the checkpoint in its note, whose signatures are not checked.
 * @throws {VerificationError} `malformed_proof`, `malformed_note`, `malformed_checkpoint`
 */
export function parseAddCheckpoint(body: string): AddCheckpoint & { readonly checkpoint: Checkpoint } {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n');
  const [, oldSize] = /^old (0|[1-9]\d*)$/.exec(first) ?? [];
  if (oldSize === undefined || !Number.isSafeInteger(Number(oldSize))) {
    throw malformedProof('it does not begin with "old" and a size, and end with a checkpoint');
  }
  if (lines.length > hashesMax) throw malformedProof(`it has more than ${hashesMax} hashes`);
  const hashes = lines.map(parseHash);
  const note = body.slice(end + 2);
  return { oldSize: Number(oldSize), hashes, note, checkpoint: parseCheckpoint(parseNote(note).text) };
}
